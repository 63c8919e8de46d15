import { type StatusOutput, statusFlags, statusOutput, type SwarmStatus } from "../../engine/protocol/cli.ts";
import type { SwarmRow } from "../../engine/protocol/model.ts";
import { calls, type Overview } from "../../engine/protocol/rpc.ts";
import { firstSample } from "../firstSample.ts";
import { defineVerb } from "../verb.ts";
import { statusLines } from "./statusLines.ts";

export const status = defineVerb({
  name: "status",
  summary: "Show the machine, the swarms and their agents",
  notes: [
    "CPU of an agent: 100% is one core, its helpers and tools included. CPU of the machine: 100% is all cores.",
    "A figure that was not measured carries its source: derived, claimed or unknown.",
  ],
  flags: statusFlags,
  output: statusOutput,
  run: async (flags, context) => {
    const connection = await context.connect(!flags["no-start"]);
    const overview = await firstSample(
      context,
      () => connection.call(calls.overview, {}, context.interrupt),
      (answer) => answer.host !== null && answer.intervalMs !== null,
    );
    return statusOf(overview);
  },
  render: (output, width) => statusLines(output, width),
});

export function statusOf(overview: Overview): StatusOutput {
  const { wallMs, engine, host, swarms } = overview;
  return { wallMs, engine, host, swarms: swarms.map(swarmStatusOf) };
}

/** One flat shape for all kinds, so that a program need not know them apart: what a kind does not have is `null`. */
function swarmStatusOf(row: SwarmRow): SwarmStatus {
  const { id, label, usage, agents } = row;
  const none = {
    mode: null,
    target: null,
    live: agents.length,
    minAgents: null,
    maxAgents: null,
    activity: null,
    demand: null,
    demandSource: "unknown",
    scaling: null,
    held: false,
    heldUntilMs: null,
    utilisation: null,
    waitingTasks: null,
    tasksDone: null,
    timeScale: null,
    support: [],
    provider: null,
    demo: false,
    agentKind: null,
    directory: null,
    problem: null,
  } as const;
  if (row.kind === "observed") {
    const { kind, agentKind, directory } = row;
    return { id, label, kind, ...none, agentKind, directory, usage, agents };
  }
  if (row.kind === "orchestrated") {
    const { kind, mode, target, minAgents, maxAgents, activity, provider, problem } = row;
    const { link, server, dialect, serverPid, recordCount, recordsAtMs, records, tools, breaker, advice } = row;
    return {
      ...{ id, label, kind, ...none, mode, target, minAgents, maxAgents, activity, provider, problem },
      orchestrated: { link, server, dialect, serverPid, recordCount, recordsAtMs, records, tools, breaker, advice },
      ...{ usage, agents },
    };
  }
  return {
    id,
    label,
    kind: row.kind,
    mode: row.mode,
    target: row.target,
    live: row.live,
    minAgents: row.minAgents,
    maxAgents: row.maxAgents,
    activity: row.activity,
    demand: row.demand,
    demandSource: row.demandSource,
    scaling: row.scaling,
    held: row.held,
    heldUntilMs: row.heldUntilMs ?? null,
    utilisation: row.utilisation,
    waitingTasks: row.waitingTasks,
    tasksDone: row.tasksDone,
    timeScale: row.timeScale,
    support: row.support,
    provider: row.provider,
    demo: row.demo,
    agentKind: null,
    directory: null,
    problem: row.problem,
    usage,
    agents,
  };
}
