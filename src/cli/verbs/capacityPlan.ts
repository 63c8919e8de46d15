import { capacityFlags, type CapacityOutput, capacityOutput, exitCode } from "../../engine/protocol/cli.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import {
  amountText,
  growthText,
  machineText,
  noteTexts,
  rowName,
  runsOutText,
  sentenceText,
  spreadText,
  usedText,
  whatIfWords,
} from "../../text/capacity.ts";
import { bytesText, numberText, UNKNOWN } from "../../text/figures.ts";
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
  const { swarmId, machine, kinds, rows } = output;
  return [
    [{ text: swarmId ?? "all swarms", tone: "strong" }, `  ${machineText(machine)}`],
    ...(kinds.length === 0 ? [] : [[], ...table(KIND_COLUMNS, kinds.map(kindCells), width)]),
    [],
    ...table(ROW_COLUMNS, rows.map(rowCells), width),
    ...whatIfLines(kinds),
    [],
    [sentenceText(output)],
    ...noteTexts(output).map(({ name, text }): Line =>
      name === "" ? [text] : [{ text: name, tone: "faint" }, `: ${text}`],
    ),
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
  const { capacity, unit, runsOut } = row;
  return [rowName(row), usedText(row), amountText(capacity, unit), growthText(row), runsOutText(runsOut)];
}

function whatIfLines(kinds: readonly Kind[]): Line[] {
  const lines = kinds.flatMap((kind): Line[] => {
    const words = whatIfWords(kind);
    if (words === null) return [];
    const { subject, fits, verdict, rest } = words;
    return [
      [
        { text: `${subject}: `, tone: "faint" },
        { text: verdict, tone: fits === null ? "faint" : fits ? "good" : "bad" },
        `; ${rest}`,
      ],
    ];
  });
  return lines.length === 0 ? [] : [[], ...lines];
}
