import { exitCode, kpisFlags, type KpisOutput, kpisOutput } from "../../engine/protocol/cli.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { ratioText } from "../../text/figures.ts";
import { KPI_WORDS, kpiDenominatorText, kpiFigureText, kpiTargetText, kpiTrendText } from "../../text/kpis.ts";
import { reasonText } from "../../text/reasons.ts";
import type { Line, Span } from "../lines.ts";
import { swarmIdOf } from "../swarmFlag.ts";
import { type Column, table } from "../table.ts";
import { defineVerb } from "../verb.ts";

type Row = KpisOutput["kpis"][number];

const COLUMNS: readonly Column[] = [
  { title: "FIGURE", align: "left" },
  { title: "VALUE", align: "right" },
  { title: "GOAL", align: "right" },
  { title: "TREND", align: "left" },
  { title: "OVER", align: "right" },
  { title: "SOURCE", align: "left" },
];

export const kpis = defineVerb({
  name: "kpis",
  summary: "Show the key figures of a swarm over a time",
  notes: [
    "Each is told with its goal, what it is divided by, and how the second half of the time compares with the first. Below 30",
    "observations it is unknown, and why. Cost needs 'prices' in the configuration: {currency, agentHour, cpuHour,",
    "memoryGigabyteHour}, set with config-set. Exit code 3: nothing is known yet.",
  ],
  flags: kpisFlags,
  output: kpisOutput,
  run: async (flags, context): Promise<KpisOutput> => {
    const connection = await context.connect(!flags["no-start"]);
    const asked = { swarmId: swarmIdOf(flags), timeframe: flags.timeframe };
    return connection.call(calls.kpis, asked, context.interrupt);
  },
  render: (output, width) => kpiLines(output, width),
  exit: ({ kpis: rows }) => (rows.some(({ figure }) => figure.kind === "known") ? exitCode.ok : exitCode.notReady),
});

function kpiLines(output: KpisOutput, width: number | null): Line[] {
  const { swarmId, timeframe, coverageRatio, currency, kpis: rows } = output;
  const unknown = rows.flatMap(({ id, figure }) => (figure.kind === "unknown" ? [{ id, reason: figure.reason }] : []));
  return [
    [{ text: swarmId, tone: "strong" }, `  last ${timeframe}, measured ${ratioText(coverageRatio)} of it`],
    [],
    ...table(
      COLUMNS,
      rows.map((row) => cells(row, currency)),
      width,
    ),
    ...(unknown.length === 0 ? [] : [[]]),
    ...unknown.map(({ id, reason }): Line => [{ text: KPI_WORDS[id].name, tone: "faint" }, `: ${reasonText(reason)}`]),
  ];
}

function cells(row: Row, currency: string | null): Span[] {
  const value = kpiFigureText(row, currency);
  return [
    KPI_WORDS[row.id].name,
    row.met === null ? value : { text: value, tone: row.met ? "good" : "warn" },
    kpiTargetText(row),
    kpiTrendText(row.trend, row.unit, currency),
    row.figure.kind === "known" ? kpiDenominatorText(row.denominator, currency) : "",
    row.figure.kind === "known" ? row.figure.source : "",
  ];
}
