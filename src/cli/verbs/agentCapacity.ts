import { agentCapacityFlags, agentCapacityOutput } from "../../engine/protocol/cli.ts";
import type { AgentCapacity } from "../../engine/protocol/agentCapacity.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { UNKNOWN } from "../../text/figures.ts";
import type { Line, Span } from "../lines.ts";
import { type Column, table } from "../table.ts";
import { defineVerb } from "../verb.ts";

export const agentCapacity = defineVerb({
  name: "agent-capacity",
  summary: "Show which agents and lanes have room for a task now, for a load balancer",
  notes: ["--json prints what GET /v1/capacity of the HTTP door answers; --schema prints its contract."],
  flags: agentCapacityFlags,
  output: agentCapacityOutput,
  run: async (flags, context) => {
    const connection = await context.connect(!flags["no-start"]);
    return connection.call(calls.agentCapacity, {}, context.interrupt);
  },
  render: (capacity, width) => capacityLines(capacity, width),
});

const SWARM_COLUMNS: readonly Column[] = [
  { title: "SWARM", align: "left" },
  { title: "HEALTH", align: "left" },
  { title: "FREE", align: "right" },
  { title: "BUSY", align: "right" },
  { title: "WAITING", align: "right" },
  { title: "AGENTS", align: "right" },
  { title: "BREAKER", align: "left" },
];

const LANE_COLUMNS: readonly Column[] = [
  { title: "LANE", align: "left" },
  { title: "GATE", align: "left" },
  { title: "RUNNING", align: "right" },
  { title: "AT ONCE", align: "right" },
  { title: "WAITING", align: "right" },
  { title: "BREAKER", align: "left" },
];

function capacityLines({ swarms, lanes }: AgentCapacity, width: number | null): Line[] {
  const rows = swarms.map((swarm): Span[] => [
    { text: swarm.id, tone: "strong" },
    { text: swarm.health, tone: TONES[swarm.health] },
    String(swarm.freeSlots),
    String(swarm.busySlots),
    swarm.waitingTasks === null ? UNKNOWN : String(swarm.waitingTasks),
    `${swarm.live} of ${swarm.target}`,
    swarm.breaker ?? UNKNOWN,
  ]);
  const laneRows = lanes.map((lane): Span[] => [
    { text: lane.lane, tone: "strong" },
    lane.gate,
    String(lane.inUse),
    String(lane.limit),
    String(lane.queued),
    lane.breaker ?? UNKNOWN,
  ]);
  return [...table(SWARM_COLUMNS, rows, width), [], ...table(LANE_COLUMNS, laneRows, width)];
}

const TONES = { ok: "good", degraded: "warn", unavailable: "bad", stopped: "faint" } as const;
