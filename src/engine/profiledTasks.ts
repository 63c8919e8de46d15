import type { ProfiledSwarm } from "./ports.ts";
import type { ApplicationReport, ProfileAdvice, ProfiledTasks, ProfileReport } from "./protocol/profiling.ts";
import type { Overview } from "./protocol/rpc.ts";

/** A chain of so many tasks, each of which waited for the one before, is worth a word. */
const LEAST_CHAIN = 3;
/** Of the whole time of the batch. */
const LEAST_SHARE = 0.5;

/** The swarm to one of whose agents a process belongs: it is the agent, or one of its helpers or tools. */
export function swarmOfProcess(overview: () => Overview, pid: number): ProfiledSwarm | null {
  const all = () => overview().swarms.map(({ id, agents }) => ({ id, processes: agents.flatMap(processesOf) }));
  const found = all().find(({ processes }) => processes.some((one) => one.pid === pid));
  if (found === undefined) return null;
  const { id: swarmId } = found;
  return { swarmId, processes: () => all().find(({ id }) => id === swarmId)?.processes ?? [] };
}

function processesOf({ id: agentId, pid, startTime, helpers, tools }: Overview["swarms"][number]["agents"][number]) {
  return [{ pid, startTime }, ...helpers, ...tools].map((one) => ({
    ...{ agentId, pid: one.pid, startTime: one.startTime },
  }));
}

/** The report with what the tasks did. They are told without an inspector too; the runtime's part then says why it is empty. */
export function withTasks(report: ProfileReport, tasks: ProfiledTasks): ProfileReport {
  const missing = report.missing.find(({ component }) => component === "application");
  const application = report.application ?? { ...NO_RUNTIME, runtimeReason: missing?.reason ?? null };
  return {
    ...report,
    application: { ...application, tasks },
    missing: report.missing.filter(({ component }) => component !== "application"),
    recommendations: [...report.recommendations, ...taskAdvice(tasks)],
  };
}

/** Whether more agents, or more places in a lane, would have ended the batch sooner: its last tasks stood in line. */
function taskAdvice({ swarmId, path }: ProfiledTasks): ProfileAdvice[] {
  if (path === null) return [];
  return (["agent", "place"] as const).flatMap((cause): ProfileAdvice[] => {
    const behind = path.links.filter(({ waitedFor }) => waitedFor === cause);
    const ms = behind.reduce((sum, { waitMs, runMs }) => sum + waitMs + runMs, 0);
    if (behind.length < LEAST_CHAIN - 1 || ms < LEAST_SHARE * path.makespanMs) return [];
    const code = cause === "agent" ? "profileAdvice.moreAgents" : "profileAdvice.morePlaces";
    const args = { tasks: path.tasks, ms: path.makespanMs, behind: behind.length };
    return [
      {
        ...{ type: "application", target: swarmId, suggestion: { code, args: {} } },
        evidence: { code: "profileEvidence.path", args },
      },
    ];
  });
}

const NO_RUNTIME: ApplicationReport = {
  ...{ loopDelayMeanMs: null, loopDelayP50Ms: null, loopDelayP99Ms: null, loopDelayMaxMs: null, loopBusyRatio: null },
  ...{ uptimeSeconds: null, nodeVersion: null, resources: [], runtimeReason: null, tasks: null },
};
