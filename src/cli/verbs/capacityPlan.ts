import { capacityFlags, type CapacityOutput, capacityOutput, exitCode } from "../../engine/protocol/cli.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { amountText, capacityName, firstText, runsOutText, spreadText } from "../../text/capacity.ts";
import { bytesText, countText, numberText, UNKNOWN } from "../../text/figures.ts";
import { reasonText } from "../../text/reasons.ts";
import type { Line, Span } from "../lines.ts";
import { swarmIdOf } from "../swarmFlag.ts";
import { type Column, table } from "../table.ts";
import { defineVerb } from "../verb.ts";

const DAY_MS = 86_400_000;

const KIND_COLUMNS: readonly Column[] = [
  { title: "KIND", align: "left" },
  { title: "LIVE", align: "right" },
  { title: "MEMORY EACH", align: "right" },
  { title: "CPU EACH", align: "right" },
  { title: "MORE FIT", align: "right" },
  { title: "BY", align: "left" },
];
const ROW_COLUMNS: readonly Column[] = [
  { title: "RESOURCE", align: "left" },
  { title: "USED", align: "right" },
  { title: "OF", align: "right" },
  { title: "A DAY", align: "right" },
  { title: "RUNS OUT", align: "left" },
];

type Kind = CapacityOutput["kinds"][number];
type Row = CapacityOutput["rows"][number];

export const capacityPlan = defineVerb({
  name: "capacity-plan",
  summary: "Show how many agents fit, when what runs out, and what more agents or another machine would mean",
  notes: [
    "What an agent takes is learned from the agents: half of them take no more than the first figure, 95% no more than p95.",
    "What fits is beyond a reserve for the rest of the machine. Growth is learned from at least two weeks of history, with its",
    "interval of 95%; below that only what fits now is told. Used is what 95% of the history did not exceed, or else now.",
    "Exit code 3: neither what fits nor any growth is known.",
  ],
  flags: capacityFlags,
  output: capacityOutput,
  run: async (flags, context): Promise<CapacityOutput> => {
    const { horizon, growth, agents, memory, cpus } = flags;
    const connection = await context.connect(!flags["no-start"]);
    const isNamed = flags.demo || flags["swarm-id"] !== undefined;
    const asked = {
      horizonDays: horizon / DAY_MS,
      growth,
      ...(isNamed ? { swarmId: swarmIdOf(flags) } : {}),
      ...(agents === undefined ? {} : { agents }),
      ...(memory === undefined ? {} : { memoryBytes: memory }),
      ...(cpus === undefined ? {} : { cpus }),
    };
    return connection.call(calls.capacityPlan, asked, context.interrupt);
  },
  render: (output, width) => capacityLines(output, width),
  exit: ({ kinds, rows }) =>
    kinds.some(({ fit }) => fit.agents !== null) || rows.some(({ runsOut }) => runsOut !== null)
      ? exitCode.ok
      : exitCode.notReady,
});

function capacityLines(output: CapacityOutput, width: number | null): Line[] {
  const { swarmId, machine, kinds, rows, reason } = output;
  const memory = machine.memoryBytes === null ? UNKNOWN : bytesText(machine.memoryBytes);
  const cores = machine.cpuCores === null ? UNKNOWN : `${numberText(machine.cpuCores)} cores`;
  const unlike = rows.flatMap((row) => (row.reason === null || row.reason.code === reason?.code ? [] : [row]));
  return [
    [
      { text: swarmId ?? "all swarms", tone: "strong" },
      `  ${machine.isAssumed ? "on a machine with" : "on this machine:"} ${memory}, ${cores}`,
    ],
    ...(kinds.length === 0 ? [] : [[], ...table(KIND_COLUMNS, kinds.map(kindCells), width)]),
    [],
    ...table(ROW_COLUMNS, rows.map(rowCells), width),
    ...whatIfLines(kinds),
    [],
    [firstText(output)],
    ...(reason === null ? [] : [[`Only what fits now is known. ${reasonText(reason)}`]]),
    ...unlike.map((row): Line => [
      { text: capacityName(row), tone: "faint" },
      `: ${row.reason === null ? "" : reasonText(row.reason)}`,
    ]),
  ];
}

function kindCells({ swarmId, live, rssBytes, cpuCores, fit }: Kind): Span[] {
  return [
    swarmId,
    String(live),
    spreadText(rssBytes, bytesText),
    spreadText(cpuCores, (value) => numberText(value)),
    fit.agents === null ? UNKNOWN : String(fit.agents),
    fit.by ?? "",
  ];
}

function rowCells(row: Row): Span[] {
  const { used, usedBy, capacity, unit, growth, runsOut } = row;
  return [
    capacityName(row),
    `${amountText(used, unit)}${usedBy === "p95" ? " (p95)" : ""}`,
    amountText(capacity, unit),
    growth === null ? UNKNOWN : signed(growth.perDay, unit),
    runsOutText(runsOut),
  ];
}

function signed(perDay: number, unit: Row["unit"]): string {
  return `${perDay > 0 ? "+" : ""}${unit === "bytes" ? bytesText(perDay) : numberText(perDay, 3)}`;
}

function whatIfLines(kinds: readonly Kind[]): Line[] {
  const lines = kinds.flatMap(({ swarmId, whatIf }): Line[] => {
    if (whatIf === null) return [];
    const { agents, needsBytes, needsCores, fits, short, costPerHour } = whatIf;
    const verdict = fits === null ? "cannot be said" : fits ? "fits" : `does not fit: ${short ?? ""} is short`;
    const needs = `${spreadText(needsBytes, bytesText)} of memory, ${spreadText(needsCores, (v) => numberText(v))} cores`;
    const cost =
      costPerHour.kind === "known"
        ? `${numberText(costPerHour.amount)} ${costPerHour.currency} an hour`
        : reasonText(costPerHour.reason);
    return [
      [
        { text: `${countText(agents, "agent")} of ${swarmId}: `, tone: "faint" },
        { text: verdict, tone: fits === null ? "faint" : fits ? "good" : "bad" },
        `; ${needs}; ${cost}`,
      ],
    ];
  });
  return lines.length === 0 ? [] : [[], ...lines];
}
