import { CodedError } from "../common/errors.ts";
import type { ProfileAgent, ProfilingPort } from "../ports.ts";
import { recordsToProfile } from "../protocol/orchestratedProcesses.ts";
import type { Overview, StopPreview } from "../protocol/rpc.ts";
import type { Handlers } from "./handlers.ts";

/** What the calls about profiles need of the engine. */
export interface ProfileCallsApi {
  readonly profiling: ProfilingPort;
  readonly overview: () => Overview;
}

/** @param agentOf @throws CodedError `agent.unknown` */
export function createProfileHandlers(
  { profiling, overview }: ProfileCallsApi,
  agentOf: (agentId: string) => StopPreview,
): Pick<Handlers, "profilePreview" | "profile" | "profileEngine" | "profileStacks" | "profileLatest"> {
  const agent = (agentId: string): ProfileAgent => {
    const { pid, startTime, command, swarmId, openWork } = agentOf(agentId);
    return { agentId, pid, startTime, command, swarmId, openWork };
  };
  return {
    profilePreview: (asked) => {
      if ("agentId" in asked) return profiling.preview(agent(asked.agentId));
      if ("swarmId" in asked) return profiling.preview(agent(busiest(overview(), asked.swarmId)));
      // A pid of an agent is that agent: what it has open is told as well.
      const agents = overview().swarms.flatMap((swarm) => swarm.agents);
      const known = agents.find(({ pid }) => pid === asked.pid);
      return profiling.preview(known === undefined ? { pid: asked.pid } : agent(known.id));
    },
    profile: (asked, { signal, progress }) => profiling.run(asked, signal, progress),
    profileEngine: (asked, { signal, progress }) => profiling.runEngine(asked, signal, progress),
    profileLatest: () => profiling.latest(),
    profileStacks: (asked, { signal }) => profiling.stacks(asked, signal),
  };
}

/** The one that uses the most. @throws CodedError `swarm.unknown`, `profile.noAgents`, `profile.records` */
function busiest({ swarms }: Overview, swarmId: string): string {
  const swarm = swarms.find(({ id }) => id === swarmId);
  if (swarm === undefined)
    throw new CodedError("swarm.unknown", { swarmId, known: swarms.map(({ id }) => id).join(", ") });
  // Which of them is meant is not for us to say: none is ours, and most records have no process.
  if (swarm.kind === "orchestrated") throw new CodedError("profile.records", recordsToProfile(swarm));
  const [first] = swarm.agents.toSorted((a, b) => (b.usage.cpuCores ?? 0) - (a.usage.cpuCores ?? 0));
  if (first === undefined) throw new CodedError("profile.noAgents", { swarmId });
  return first.id;
}
