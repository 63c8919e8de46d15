import { BOTTLENECK_COMPONENTS, type Severity } from "../../engine/protocol/bottlenecks.ts";
import {
  bottleneckFlags,
  type BottleneckOutput,
  type BottlenecksWithClaims,
  bottlenecksWithClaims,
  exitCode,
  type ExitCode,
} from "../../engine/protocol/cli.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { COMPONENT_WORDS, evidenceText, KIND_WORDS } from "../../text/bottlenecks.ts";
import { countText, durationText } from "../../text/figures.ts";
import { reasonText } from "../../text/reasons.ts";
import { claimedLines, ownOrClaimed } from "../claimed.ts";
import type { Line, Tone } from "../lines.ts";
import { swarmIdOf } from "../swarmFlag.ts";
import { type Column, table } from "../table.ts";
import { defineVerb } from "../verb.ts";

const COLUMNS: readonly Column[] = [
  { title: "SEVERITY", align: "left" },
  { title: "WHERE", align: "left" },
  { title: "WHAT", align: "left" },
  { title: "SOURCE", align: "left" },
  { title: "EVIDENCE", align: "left" },
];
const TONES: Readonly<Partial<Record<Severity, Tone>>> = { critical: "bad", major: "bad", minor: "warn", none: "good" };

type Finding = BottleneckOutput["findings"][number];

export const bottleneckAnalyze = defineVerb({
  name: "bottleneck-analyze",
  summary: "Find what holds the machine and its swarms back",
  notes: [
    "Utilisation, saturation and errors (USE) of each component over the last 15 minutes, the worst first, with what it rests",
    "on and one thing to do. What the system does not tell is unknown, never 0. Exit code 3: nothing is known yet.",
  ],
  flags: bottleneckFlags,
  output: bottlenecksWithClaims,
  run: async (flags, context): Promise<BottlenecksWithClaims> => {
    const connection = await context.connect(!flags["no-start"]);
    const components = flags.component === "all" ? [...BOTTLENECK_COMPONENTS] : [flags.component];
    const isNamed = flags.demo || flags["swarm-id"] !== undefined;
    const asked = { components, ...(isNamed ? { swarmId: swarmIdOf(flags) } : {}) };
    const ask = () => connection.call(calls.bottlenecks, asked, context.interrupt);
    const told = await ownOrClaimed(ask, connection, asked.swarmId, "bottleneck_analyze", context.interrupt);
    if ("own" in told) return told.own;
    const { swarmId, answers } = told.claimed;
    return { swarmId, madeAtMs: answers[0]?.atMs ?? 0, windowMs: 0, findings: [], claimed: answers };
  },
  render: (output, width) =>
    output.claimed === undefined
      ? bottleneckLines(output, width)
      : claimedLines({ swarmId: output.swarmId ?? "", answers: output.claimed }, width),
  exit: (output) => exitOf(output),
});

function exitOf({ findings }: BottleneckOutput): ExitCode {
  return findings.length === 0 || findings.some(({ severity }) => severity !== "unknown")
    ? exitCode.ok
    : exitCode.notReady;
}

function bottleneckLines({ swarmId, windowMs, findings }: BottleneckOutput, width: number | null): Line[] {
  const found = findings.filter(({ severity }) => severity !== "none" && severity !== "unknown");
  const quiet = findings.filter(({ severity }) => severity === "none");
  const unknown = findings.filter(({ severity }) => severity === "unknown");
  return [
    [
      { text: swarmId ?? "all swarms", tone: "strong" },
      `  last ${durationText(windowMs)}: ${found.length === 0 ? "no bottleneck" : countText(found.length, "bottleneck")}`,
    ],
    ...(findings.length === 0 ? [] : [[], ...table(COLUMNS, [...found, ...quiet].map(cells), width)]),
    ...(found.length === 0 ? [] : [[]]),
    ...suggestionLines(found),
    ...(unknown.length === 0 ? [] : [[], [{ text: "Not known:", tone: "faint" as const }]]),
    ...unknown.map((one): Line => [
      `  ${where(one)} ${KIND_WORDS[one.kind]}: ${one.reason === null ? "" : reasonText(one.reason)}`,
    ]),
  ];
}

/** Two figures of one place may ask for the same. */
function suggestionLines(found: readonly Finding[]): Line[] {
  const told = new Set<string>();
  return found.flatMap((one): Line[] => {
    const text = one.suggestion === null ? "" : reasonText(one.suggestion);
    if (text === "" || told.has(text)) return [];
    told.add(text);
    return [[{ text: where(one), tone: "faint" }, `: ${text}`]];
  });
}

function cells(one: Finding) {
  const tone = TONES[one.severity];
  return [
    tone === undefined ? one.severity : { text: one.severity, tone },
    where(one),
    KIND_WORDS[one.kind],
    one.evidence[0]?.source ?? "",
    one.evidence
      .filter(({ value }) => value !== null)
      .map(evidenceText)
      .join(" · "),
  ];
}

function where({ component, subject }: Finding): string {
  return subject === null ? COMPONENT_WORDS[component] : `${COMPONENT_WORDS[component]} ${subject}`;
}
