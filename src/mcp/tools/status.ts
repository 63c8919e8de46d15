import * as z from "zod";
import type { AgentRow, SwarmRow } from "../../engine/protocol/model.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { ToolFailure } from "../failure.ts";
import { bounded, reason, reasonOf, source } from "../shapes.ts";
import { defineTool } from "../tool.ts";

const MAX_SWARMS = 50;
const MAX_AGENTS = 50;

const usage = z.object({
  cpuCores: z.number().nullable(),
  rssBytes: z.number().nullable(),
  processCount: z.int(),
});

const swarm = z.object({
  id: z.string(),
  label: z.string(),
  kind: z
    .enum(["observed", "managed", "orchestrated"])
    .describe("observed: somebody else's agents, never scaled or limited; orchestrated: records of an orchestrator"),
  demo: z.boolean(),
  mode: z.enum(["observe", "recommend", "auto"]).nullable().describe("null, as all of sizing, for an observed swarm"),
  live: z.int().describe("Agents seen alive"),
  claimedRecords: z
    .int()
    .nullable()
    .describe("Agents that an orchestrator tells of: its word, which live does not count; null of any other swarm"),
  target: z.int().nullable(),
  minAgents: z.int().nullable(),
  maxAgents: z.int().nullable(),
  activity: z.enum(["stopped", "steady", "scaling", "unconfirmed", "held"]).nullable(),
  held: z.boolean().describe("An operator has put it on hold"),
  heldUntilMs: z.number().nullable(),
  demand: z.number().nullable().describe("Busy agents and waiting tasks, in agents' worth of work"),
  demandSource: source,
  utilisation: z.number().nullable().describe("Demand ÷ live agents; may exceed 1"),
  waitingTasks: z.number().nullable(),
  plan: z.object({ to: z.int(), reason }).nullable().describe("The size the scaler would choose now, and why"),
  problem: reason.nullable(),
  usage,
  agents: z
    .array(z.object({ id: z.string(), pid: z.int(), name: z.string(), state: z.string(), usage }))
    .readonly()
    .describe("Empty unless asked for"),
  moreAgents: z.int(),
});

export const swarmStatus = defineTool({
  name: "swarm_status",
  title: "Swarm status",
  description:
    "The machine's CPU and memory, and every swarm of agents on it: size, load, waiting tasks, mode, and the size the scaler would choose now and why.",
  kind: "reads",
  input: z.strictObject({
    swarmId: z.string().min(1).max(200).optional().describe("Only this one"),
    agents: z.boolean().optional().describe("With the agents of each, 50 at most"),
  }),
  output: z.object({
    wallMs: z.number(),
    host: z
      .object({
        cpuCapacityCores: z.number().describe("What this machine may use: its cores, or the limit it runs under"),
        cpuBusyRatio: z.number().nullable(),
        memoryCapacityBytes: z.number(),
        memoryAvailableBytes: z.number(),
        memoryPressureRatio10s: z.number().nullable(),
        cpuPressureRatio10s: z.number().nullable(),
      })
      .nullable(),
    swarms: z.array(swarm).readonly(),
    moreSwarms: z.int(),
  }),
  run: async ({ swarmId, agents = false }, { call }) => {
    const overview = await call(calls.overview, {});
    const { host } = overview;
    const wanted = overview.swarms.filter(({ id }) => swarmId === undefined || id === swarmId);
    if (swarmId !== undefined && wanted.length === 0) throw unknownSwarm(swarmId, overview.swarms);
    const { rows, more } = bounded(wanted, MAX_SWARMS);
    return {
      wallMs: overview.wallMs,
      host:
        host === null
          ? null
          : {
              cpuCapacityCores: host.cpuCapacityCores,
              cpuBusyRatio: host.cpuBusyRatio,
              memoryCapacityBytes: host.memoryCapacityBytes,
              memoryAvailableBytes: host.memoryAvailableBytes,
              memoryPressureRatio10s: host.pressure?.memory.someRatio10s ?? null,
              cpuPressureRatio10s: host.pressure?.cpu.someRatio10s ?? null,
            },
      swarms: rows.map((row) => swarmOf(row, agents)),
      moreSwarms: more,
    };
  },
});

function swarmOf(row: SwarmRow, withAgents: boolean): z.input<typeof swarm> {
  const shown = bounded(row.agents, withAgents ? MAX_AGENTS : 0);
  const base = {
    id: row.id,
    label: row.label,
    usage: usageOf(row.usage),
    agents: shown.rows.map((agent) => ({
      id: agent.id,
      pid: agent.pid,
      // Never its command line: there may be keys in it.
      name: agent.name,
      state: agent.state,
      usage: usageOf(agent.usage),
    })),
    moreAgents: shown.more,
  };
  if (row.kind === "orchestrated")
    return {
      ...base,
      ...{
        kind: "orchestrated",
        demo: false,
        mode: row.mode,
        live: row.agents.length,
        claimedRecords: row.recordCount,
      },
      ...{ target: row.target, minAgents: row.minAgents, maxAgents: row.maxAgents, activity: row.activity.kind },
      ...{ held: false, heldUntilMs: null, demand: null, demandSource: "unknown", utilisation: null, plan: null },
      ...{ waitingTasks: null, problem: row.problem === null ? null : reasonOf(row.problem) },
    };
  if (row.kind === "observed")
    return {
      ...{ ...base, claimedRecords: null },
      ...{ kind: "observed", demo: false, mode: null, live: row.agents.length, target: null, minAgents: null },
      ...{ maxAgents: null, activity: null, held: false, heldUntilMs: null, demand: null, demandSource: "unknown" },
      ...{ utilisation: null, waitingTasks: null, plan: null, problem: null },
    };
  const { mode, live, target, minAgents, maxAgents, demand, demandSource, utilisation, waitingTasks, scaling } = row;
  return {
    ...{ ...base, claimedRecords: null },
    ...{ kind: "managed", demo: row.demo, mode, live, target, minAgents, maxAgents, demand, demandSource, utilisation },
    ...{ waitingTasks, activity: row.activity.kind, held: row.held, heldUntilMs: row.heldUntilMs ?? null },
    plan: scaling === null ? null : { to: scaling.to, reason: reasonOf(scaling.reason) },
    problem: row.problem === null ? null : reasonOf(row.problem),
  };
}

function usageOf({ cpuCores, rssBytes, processCount }: AgentRow["usage"]): z.input<typeof usage> {
  return { cpuCores, rssBytes, processCount };
}

/** As the engine refuses it in its other calls. */
function unknownSwarm(swarmId: string, swarms: readonly SwarmRow[]): ToolFailure {
  const known = swarms
    .slice(0, MAX_SWARMS)
    .map(({ id }) => id)
    .join(", ");
  return new ToolFailure("swarm.unknown", { swarmId, known });
}
