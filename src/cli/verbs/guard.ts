import {
  breakerFlags,
  breakerOutput,
  breakersFlags,
  breakersOutput,
  type CliBreaker,
  type CliLane,
  exitCode,
  faultInjectFlags,
  faultInjectOutput,
  laneFlags,
  laneOutput,
  lanesFlags,
  lanesOutput,
} from "../../engine/protocol/cli.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { clockText } from "../../text/clock.ts";
import { bytesText, durationText } from "../../text/figures.ts";
import { printable } from "../../text/printable.ts";
import { faultsText } from "../../text/faults.ts";
import { reasonText } from "../../text/reasons.ts";
import { act } from "../act.ts";
import { CliFailure } from "../failure.ts";
import type { Line, Span } from "../lines.ts";
import { type Column, table } from "../table.ts";
import { defineVerb } from "../verb.ts";

const DEMO = "demo";

export const lanes = defineVerb({
  name: "lanes",
  summary: "Show the lanes: what runs and waits in each, what was shed, how long tasks waited",
  flags: lanesFlags,
  output: lanesOutput,
  run: async (flags, context) => {
    const connection = await context.connect(!flags["no-start"]);
    const { wallMs, lanes: rows, faults } = await connection.call(calls.guard, {}, context.interrupt);
    return { wallMs, lanes: rows, faults };
  },
  render: ({ lanes: rows, faults }, width) => [
    ...laneLines(rows, width),
    ...(faults === null ? [] : [[{ text: "Faults are injected into the demo swarm.", tone: "warn" }] satisfies Line]),
  ],
});

export const lane = defineVerb({
  name: "lane",
  summary: "Pause, drain, resume or resize one lane",
  notes: ["What runs goes on, and what waits stays; a smaller size is reached as tasks end."],
  positional: "lane",
  flags: laneFlags,
  output: laneOutput,
  run: async (flags, context) => {
    const connection = await context.connect(!flags["no-start"]);
    const { action, capacity, queue } = flags;
    const waiting = { code: "waiting.lane", args: { lane: flags.lane } };
    if (capacity !== undefined || queue !== undefined) {
      const size = {
        ...(capacity === undefined ? {} : { capacity }),
        ...(queue === undefined ? {} : { queueLimit: queue }),
      };
      await act(context, connection, calls.laneResize, { lane: flags.lane, ...size }, waiting);
    }
    if (action !== undefined) await act(context, connection, calls.laneAction, { lane: flags.lane, action }, waiting);
    const { lanes: rows } = await connection.call(calls.guard, {}, context.interrupt);
    const row = rows.find((one) => one.lane === flags.lane);
    if (row === undefined) throw new CliFailure(exitCode.failure, "internal", { message: `no lane ${flags.lane}` });
    return row;
  },
  render: (row, width) => laneLines([row], width),
});

export const breakers = defineVerb({
  name: "breakers",
  summary: "Show the circuit breakers: state, window, threshold, and until when one is open",
  flags: breakersFlags,
  output: breakersOutput,
  run: async (flags, context) => {
    const connection = await context.connect(!flags["no-start"]);
    const { wallMs, breakers: rows } = await connection.call(calls.guard, {}, context.interrupt);
    return { wallMs, breakers: rows };
  },
  render: ({ breakers: rows, wallMs }, width) => breakerLines(rows, wallMs, width),
});

export const breaker = defineVerb({
  name: "breaker",
  summary: "Force a breaker open, let everything through, or reset it",
  positional: "breaker-id",
  flags: breakerFlags,
  output: breakerOutput,
  run: async (flags, context) => {
    const connection = await context.connect(!flags["no-start"]);
    const revision = flags.revision === undefined ? {} : { expectedRevision: flags.revision };
    return act(
      context,
      connection,
      calls.breakerAction,
      { breakerId: flags["breaker-id"], action: flags.action, ...revision },
      { code: "waiting.breaker", args: { breakerId: flags["breaker-id"] } },
    );
  },
  render: (row, width) => breakerLines([row], Date.now(), width),
});

export const faultInject = defineVerb({
  name: "fault-inject",
  summary:
    "Make tasks of the demo swarm fail, hang, crash, take longer, burn, leak or wait for the disk, to watch what follows",
  notes: ["Only the demo swarm is touched. Faults end with --off, and with the engine."],
  flags: faultInjectFlags,
  output: faultInjectOutput,
  run: async (flags, context) => {
    const connection = await context.connect(!flags["no-start"]);
    const { errors, hang, crash, latency, cpu, leak, disk } = flags;
    const shares = { errorRatio: errors, hangRatio: hang, crashRatio: crash };
    const faults = flags.off ? null : { ...shares, latencyMs: latency, cpuMs: cpu, leakBytes: leak, diskMs: disk };
    await connection.call(calls.faultInject, { swarmId: DEMO, faults }, context.interrupt);
    const state = await connection.call(calls.guard, {}, context.interrupt);
    return { faults: state.faults };
  },
  render: ({ faults }) =>
    faults === null
      ? [["No faults are injected."]]
      : [[{ text: "injected", tone: "warn" }, "  into the demo swarm"], [`  ${faultsText(faults)}`]],
});

const LANE_COLUMNS: readonly Column[] = [
  { title: "LANE", align: "left" },
  { title: "GATE", align: "left" },
  { title: "RUNNING", align: "right" },
  { title: "LEASED", align: "right" },
  { title: "AT ONCE", align: "right" },
  { title: "WAITING", align: "right" },
  { title: "MAY WAIT", align: "right" },
  { title: "SHED", align: "right" },
  { title: "WAIT P50", align: "right" },
  { title: "P95", align: "right" },
];

function laneLines(rows: readonly CliLane[], width: number | null): Line[] {
  const leasedOf = ({ leases = [] }: CliLane) => leases.reduce((sum, { units }) => sum + units, 0);
  const cells = rows.map((row): Span[] => [
    { text: row.lane, tone: "strong" },
    row.gate === "open" ? "open" : { text: row.gate, tone: "warn" },
    String(row.inUse - leasedOf(row)),
    String(leasedOf(row)),
    row.limit < row.capacity ? `${row.limit} of ${row.capacity}` : String(row.capacity),
    String(row.queued),
    String(row.queueLimit),
    row.shed === 0 ? "0" : { text: String(row.shed), tone: "warn" },
    durationText(row.waitP50Ms),
    durationText(row.waitP95Ms),
  ]);
  return [...table(LANE_COLUMNS, cells, width), ...rows.flatMap(leaseLines)];
}

/** `leased to claude-code 4121: 2 of background, 1.2 GB, for 4 min more (ID)`. */
function leaseLines({ lane: name, leases = [] }: CliLane): Line[] {
  return leases.map(({ id, by, units, memoryBytes, sinceMs, untilMs }): Line => [
    { text: `leased to ${printable(by)}`, tone: "strong" },
    `: ${units} of ${name}${memoryBytes === null ? "" : `, ${bytesText(memoryBytes)}`}, for ${durationText(untilMs - sinceMs)} until ${clockText(untilMs)}`,
    { text: `  ${id}`, tone: "faint" },
  ]);
}

const BREAKER_COLUMNS: readonly Column[] = [
  { title: "BREAKER", align: "left" },
  { title: "STATE", align: "left" },
  { title: "FAILED", align: "right" },
  { title: "IN A ROW", align: "right" },
  { title: "OPEN FOR", align: "right" },
  { title: "OPENED", align: "right" },
  { title: "WHY", align: "left", elastic: true },
];

function breakerLines(rows: readonly CliBreaker[], nowMs: number, width: number | null): Line[] {
  const cells = rows.map((row): Span[] => [
    { text: row.id, tone: "strong" },
    stateSpan(row, nowMs),
    `${row.failures} of ${row.calls}`,
    `${row.consecutiveFailures} of ${row.failureThreshold}${row.adaptive ? " (adapted)" : ""}`,
    durationText(row.recoveryMs),
    String(row.opens),
    row.state.kind === "open" ? reasonText(row.state.reason) : "",
  ]);
  return table(BREAKER_COLUMNS, cells, width);
}

function stateSpan({ state }: CliBreaker, nowMs: number): Span {
  switch (state.kind) {
    case "closed":
      return { text: "closed", tone: "good" };
    case "open":
      return { text: `open, next try in ${durationText(Math.max(0, state.untilMs - nowMs))}`, tone: "bad" };
    case "halfOpen":
      return { text: `half-open, ${state.successes} of ${state.needed} succeeded`, tone: "warn" };
    case "forcedOpen":
      return { text: `forced open by ${state.by}`, tone: "bad" };
    case "metricsOnly":
      return { text: `metrics only by ${state.by}`, tone: "warn" };
  }
}
