import type { StatusOutput, SwarmStatus } from "../../engine/protocol/cli.ts";
import { untilText } from "../../text/clock.ts";
import { adviceText } from "../../text/policy.ts";
import { bytesText, countText, durationText, numberText, ratioText } from "../../text/figures.ts";
import { reasonText } from "../../text/reasons.ts";
import { shadowText } from "../../text/shadow.ts";
import { indent, type Line, type Span } from "../lines.ts";
import { orchestratedFacts, orchestratedLines } from "./orchestratedLines.ts";
import { type Column, table } from "../table.ts";

type AgentStatus = SwarmStatus["agents"][number];

/** The whole of `status` for people: engine, machine, then one block a swarm. */
export function statusLines(output: StatusOutput, width: number | null): Line[] {
  return [
    engineLine(output),
    hostLine(output.host),
    ...output.engine.notices.map((notice): Line => [{ text: "! ", tone: "warn" }, reasonText(notice)]),
    ...(output.swarms.length === 0
      ? [[], ["No agents found. Start the demo swarm with 'swarm-allocator swarm-start --demo'."]]
      : output.swarms.flatMap((swarm) => [[], ...swarmLines(swarm, output.wallMs, width)])),
  ];
}

function engineLine({ engine, wallMs }: StatusOutput): Line {
  const facts = [
    engine.version,
    `pid ${engine.pid}`,
    `up ${durationText(wallMs - engine.startedAtMs)}`,
    `${ratioText(engine.cpuRatio)} of a core`,
    bytesText(engine.rssBytes),
    `keeper ${bytesText(engine.keeperRssBytes)}`,
    countText(engine.clients, "client"),
    ...(engine.restarts > 0 ? [countText(engine.restarts, "restart")] : []),
    ...(engine.lateTicks > 0 ? [countText(engine.lateTicks, "late tick")] : []),
  ];
  return [{ text: "engine", tone: "strong" }, `   ${facts.join(" · ")}`];
}

function hostLine(host: StatusOutput["host"]): Line {
  const title: Span = { text: "machine", tone: "strong" };
  if (host === null) return [title, "  not measured yet"];
  const cores =
    host.cpuCapacityCores < host.cpuCount
      ? `${numberText(host.cpuCapacityCores)} of ${countText(host.cpuCount, "core")} usable`
      : countText(host.cpuCount, "core");
  const facts = [
    `CPU ${ratioText(host.cpuBusyRatio)} of ${cores}`,
    `memory ${bytesText(host.memoryUsedBytes)} used, ${bytesText(host.memoryAvailableBytes)} available of ${bytesText(host.memoryCapacityBytes)}`,
    ...(host.swapUsedBytes > 0 ? [`swap ${bytesText(host.swapUsedBytes)}`] : []),
    ...(host.loadAverage === null ? [] : [`load ${numberText(host.loadAverage[0])}`]),
    ...(host.pressure === null ? [] : [`memory pressure ${ratioText(host.pressure.memory.someRatio10s)}`]),
  ];
  return [title, `  ${facts.join(" · ")}`];
}

function swarmLines(swarm: SwarmStatus, wallMs: number, width: number | null): Line[] {
  const name = swarm.label === swarm.id || swarm.label === "" ? swarm.id : `${swarm.label} (${swarm.id})`;
  return [
    [{ text: name, tone: "strong" }, `  ${swarmFacts(swarm).join(" · ")}`, ...activitySpans(swarm, wallMs)],
    ...(swarm.problem === null ? [] : [problemLine("", swarm.problem)]),
    ...scalerLines(swarm),
    ...orchestratedLines(swarm, width),
    ...agentTable(swarm, wallMs, width),
    ...swarm.agents.flatMap((agent) =>
      agent.problem === null ? [] : [problemLine(`pid ${agent.pid}: `, agent.problem)],
    ),
  ];
}

function swarmFacts(swarm: SwarmStatus): string[] {
  const cost = `${ratioText(swarm.usage.cpuCores)} of a core · ${bytesText(swarm.usage.rssBytes)}`;
  if (swarm.kind === "observed") return [countText(swarm.live, "agent"), cost, "observed"];
  if (swarm.orchestrated !== undefined) return orchestratedFacts(swarm, swarm.orchestrated);
  return [
    ...(swarm.demo ? ["demo"] : []),
    `${swarm.live} of ${countText(swarm.target ?? 0, "agent")}`,
    ...demandFacts(swarm),
    ...(swarm.waitingTasks === null ? [] : [`${numberText(swarm.waitingTasks)} waiting`]),
    ...(swarm.tasksDone === null ? [] : [`${numberText(swarm.tasksDone)} done`]),
    cost,
    ...(swarm.mode === null ? [] : [swarm.mode]),
    ...(swarm.timeScale === null || swarm.timeScale === 1 ? [] : [`×${numberText(swarm.timeScale)}`]),
  ];
}

/** Demand in agents' worth of work and what it is of the agents alive; said where it comes from when nobody counted it. */
function demandFacts({ demand, demandSource, utilisation }: SwarmStatus): string[] {
  const tag = demandSource === "measured" ? "" : ` (${demandSource})`;
  return [
    ...(demand === null ? [] : [`demand ${numberText(demand)}${tag}`]),
    ...(utilisation === null ? [] : [`load ${numberText(utilisation)}`]),
  ];
}

/** What the scaler wants or why it leaves things as they are, and what waits for the operator. */
function scalerLines({ scaling }: SwarmStatus): Line[] {
  if (scaling === null) return [];
  const { from, to, reason, inputs, recommendationId, dqn } = scaling;
  const wish = to === from ? `stays at ${to}` : `wants ${to}`;
  return [
    [`  ${wish}: ${reasonText(reason)}`],
    ...(inputs.shadow === undefined ? [] : [[`  ${shadowText(inputs.shadow)} (derived)`]]),
    ...(dqn === undefined ? [] : [[`  ${adviceText(dqn)}`] satisfies Line]),
    ...(recommendationId === null
      ? []
      : [
          [
            { text: "  recommended", tone: "warn" },
            `: ${from} → ${to}; 'swarm-allocator decision-apply ${recommendationId}' or 'decision-dismiss'`,
          ] satisfies Line,
        ]),
  ];
}

function activitySpans({ activity, held, heldUntilMs }: SwarmStatus, wallMs: number): Span[] {
  // An operator's hold is shown also while something else goes on.
  const hold: Span[] = held ? [" · ", { text: `on hold${untilText(heldUntilMs)}`, tone: "warn" }] : [];
  switch (activity?.kind) {
    case undefined:
    case "steady":
      return hold;
    case "stopped":
      return [...hold, " · ", { text: "stopped", tone: "faint" }];
    case "scaling":
      return [...hold, ` · scaling ${activity.from} → ${activity.to} for ${durationText(wallMs - activity.sinceMs)}`];
    case "unconfirmed":
      return [...hold, " · ", { text: "unconfirmed", tone: "warn" }, `: ${reasonText(activity.reason)}`];
    case "held":
      return [" · ", { text: "on hold", tone: "warn" }, `: ${reasonText(activity.reason)}`];
  }
}

const AGENT_COLUMNS: readonly Column[] = [
  { title: "PID", align: "right" },
  { title: "STATE", align: "left" },
  { title: "FOR", align: "right" },
  { title: "CPU", align: "right" },
  { title: "MEMORY", align: "right" },
  { title: "DONE", align: "right" },
  { title: "HELPERS", align: "right" },
  { title: "NAME", align: "left" },
  { title: "ID", align: "left" },
  { title: "TOOLS", align: "left", elastic: true },
];

function agentTable(swarm: SwarmStatus, wallMs: number, width: number | null): Line[] {
  const rows = swarm.agents.map((agent): Span[] => [
    String(agent.pid),
    stateSpan(agent),
    durationText(Math.max(0, wallMs - agent.stateSinceMs)),
    ratioText(agent.usage.cpuCores),
    bytesText(agent.usage.rssBytes),
    agent.tasksDone === null ? "" : numberText(agent.tasksDone),
    agent.helpers.length === 0 ? "" : String(agent.helpers.length),
    agent.name,
    agent.id,
    agent.tools.map((tool) => tool.name).join(", "),
  ]);
  return indent(table(AGENT_COLUMNS, rows, width === null ? null : width - 2));
}

function stateSpan({ state, stateSource }: AgentStatus): Span {
  const text = stateSource === "measured" ? state : `${state} (${stateSource})`;
  return state === "unconfirmed" || state === "unresponsive" ? { text, tone: "warn" } : text;
}

function problemLine(prefix: string, problem: NonNullable<SwarmStatus["problem"]>): Line {
  return ["  ", { text: "! ", tone: "bad" }, `${prefix}${reasonText(problem)}`];
}
