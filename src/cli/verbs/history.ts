import {
  exitCode,
  HISTORY_METRICS,
  historyFlags,
  type HistoryOutput,
  historyOutput,
} from "../../engine/protocol/cli.ts";
import type { SeriesRange } from "../../engine/protocol/model.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { durationText } from "../../text/figures.ts";
import { usageFailure } from "../failure.ts";
import type { Line, Span } from "../lines.ts";
import { metricFigure } from "../metricFigure.ts";
import { nearest } from "../nearest.ts";
import { sparkline } from "../sparkline.ts";
import { type Column, table } from "../table.ts";
import { thinned } from "../thinned.ts";
import { localTime, timeOf } from "../times.ts";
import { defineVerb } from "../verb.ts";

const MAX_ROWS = 12;
const MAX_SPARK_CELLS = 60;

export const history = defineVerb({
  name: "history",
  summary: "Show what was measured of a swarm, an agent or the machine",
  notes: [
    `Of a swarm: ${HISTORY_METRICS.swarm.slice(0, 6).join(", ")},`,
    `${HISTORY_METRICS.swarm.slice(6).join(", ")}.`,
    `Of an agent: ${HISTORY_METRICS.agent.join(", ")}.`,
    `Of the machine: ${HISTORY_METRICS.machine.slice(0, 6).join(", ")},`,
    `${HISTORY_METRICS.machine.slice(6).join(", ")}.`,
    "Exit code 3: nothing was measured in that time.",
  ],
  flags: historyFlags,
  output: historyOutput,
  run: async (flags, context): Promise<HistoryOutput> => {
    const { metric, points } = flags;
    const { scope, key } = subjectOf(flags["swarm-id"], flags["agent-id"]);
    knownMetric(scope, metric);
    const nowMs = context.wallMs();
    const fromMs = timeOf("from", flags.from, nowMs);
    const toMs = timeOf("to", flags.to, nowMs);
    if (fromMs >= toMs) throw usageFailure("history.order", { from: flags.from, to: flags.to });
    const connection = await context.connect(!flags["no-start"]);
    const answer = await connection.call(
      calls.history,
      { series: [{ scope, key, metric }], fromMs, toMs, points },
      context.interrupt,
    );
    const [range] = answer.series;
    return {
      fromMs,
      toMs,
      scope,
      key,
      metric,
      source: range?.source ?? "unknown",
      resolution: range?.resolution ?? null,
      bucketMs: range?.bucketMs ?? null,
      imported: (range?.imported ?? []).map(({ fromMs: begin, toMs: end, stepMs }) => ({
        from: new Date(begin).toISOString(),
        to: new Date(end).toISOString(),
        stepSeconds: stepMs / 1000,
      })),
      points: range === undefined ? [] : pointsOf(range),
    };
  },
  render: (output, width) => historyLines(output, width),
  exit: ({ points }) => (points.some(({ mean }) => mean !== null) ? exitCode.ok : exitCode.notReady),
});

type Scope = HistoryOutput["scope"];

function subjectOf(swarmId: string | undefined, agentId: string | undefined): { scope: Scope; key: string } {
  if (swarmId !== undefined) return { scope: "swarm", key: swarmId };
  return agentId === undefined ? { scope: "machine", key: "" } : { scope: "agent", key: agentId };
}

/** @throws CliFailure `metric.unknown` */
function knownMetric(scope: Scope, metric: string): void {
  const known: readonly string[] = HISTORY_METRICS[scope];
  if (known.includes(metric)) return;
  throw usageFailure("metric.unknown", { metric, scope, known: known.join(", "), nearest: nearest(metric, known) });
}

function pointsOf({ fromMs, bucketMs, mean, min, max }: SeriesRange): HistoryOutput["points"] {
  return mean.map((value, bucket) => ({
    t: new Date(fromMs + bucket * bucketMs).toISOString(),
    mean: value,
    min: min[bucket] ?? null,
    max: max[bucket] ?? null,
  }));
}

const COLUMNS: readonly Column[] = [
  { title: "FROM", align: "left" },
  { title: "MEAN", align: "right" },
  { title: "LEAST", align: "right" },
  { title: "GREATEST", align: "right" },
];

export function historyLines(output: HistoryOutput, width: number | null): Line[] {
  const { points, metric, source, bucketMs, resolution } = output;
  const subject = output.scope === "machine" ? "machine" : output.key;
  const measured = points.filter(({ mean }) => mean !== null).length;
  const title: Span = { text: `${subject} ${metric}`, tone: "strong" };
  if (measured === 0) {
    return [
      [title, `  nothing was measured from ${localTime(output.fromMs)} to ${localTime(output.toMs)}`],
      ["  Ask for another time with --from and --to; 'status' lists the swarms and agents."],
    ];
  }
  const figure = metricFigure(metric);
  const rows = thinned(points.length, MAX_ROWS).flatMap((index): Span[][] => {
    const point = points[index];
    if (point === undefined) return [];
    return [[localTime(Date.parse(point.t)), figure(point.mean), figure(point.min), figure(point.max)]];
  });
  const gaps = points.length - measured;
  const facts = [
    `${points.length} × ${durationText(bucketMs)}`,
    ...(resolution === "sample" ? [] : [`from roll-ups of ${resolution === "hour" ? "an hour" : "a minute"}`]),
    ...(source === "measured" ? [] : [source]),
    ...output.imported.map(({ to }) => `imported until ${localTime(Date.parse(to))}`),
    ...(gaps === 0 ? [] : [`${gaps} not measured`]),
  ];
  const cells = Math.min(MAX_SPARK_CELLS, points.length, Math.max(10, width ?? MAX_SPARK_CELLS));
  return [
    [title, `  ${facts.join(" · ")}`],
    [sparkline(points, cells)],
    ...table(COLUMNS, rows, width),
    ...(rows.length < points.length
      ? [[{ text: `${rows.length} of ${points.length} points; all with --json`, tone: "faint" }] satisfies Line]
      : []),
  ];
}
