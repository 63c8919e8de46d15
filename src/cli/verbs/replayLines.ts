import type { ReplayOutput } from "../../engine/protocol/cli.ts";
import { countText, durationText, numberText } from "../../text/figures.ts";
import { costText, forecastsText, isBound, missingText, policyName, policyTexts } from "../../text/replay.ts";
import type { Line, Span } from "../lines.ts";
import { type Column, table } from "../table.ts";

const COLUMNS: readonly Column[] = [
  { title: "POLICY", align: "left" },
  { title: "UNMET", align: "right" },
  { title: "AGENT·S", align: "right" },
  { title: "WAIT P95", align: "right" },
  { title: "AGENT-HOURS", align: "right" },
  { title: "ACTIONS", align: "right" },
  { title: "REVERSALS", align: "right" },
  { title: "BUSY", align: "right" },
];

type Row = ReplayOutput["policies"][number];

export function replayLines(output: ReplayOutput, width: number | null): Line[] {
  const { series, swarm, policies } = output;
  // The bound last: it is no policy anybody could run.
  const ordered = policies.toSorted((a, b) => Number(isBound(a)) - Number(isBound(b)));
  const hours = (series.steps * series.stepSeconds) / 3_600;
  return [
    [
      { text: series.column, tone: "strong" },
      `  ${countText(series.steps, "step")} of ${durationText(series.stepSeconds * 1_000)}, ${numberText(hours)} h`,
      ` · ${swarm.minAgents} to ${swarm.maxAgents} agents, ${durationText(swarm.startUpSeconds * 1_000)} to start`,
    ],
    [`  ${capacityText(output)}`],
    ...trainingLines(output),
    ...noteLines(output),
    [],
    ...table(COLUMNS, ordered.map(cells), width),
    [],
    [sentence(policies)],
  ];
}

function cells(row: Row): Span[] {
  const texts = policyTexts(row);
  return [
    isBound(row) ? { text: policyName(row), tone: "faint" } : policyName(row),
    texts.unmetRatio,
    texts.unmet,
    texts.waitP95Sec,
    texts.agentHours,
    texts.actions,
    texts.reversals,
    texts.utilisation,
  ];
}

function capacityText({ capacity, swarm }: ReplayOutput): string {
  const each = numberText(capacity.unitsPerAgent, 4);
  if (capacity.source === "agents") return "the column counts agents; --capacity says otherwise";
  if (capacity.source === "given") return `one busy agent serves ${each}`;
  return `one busy agent serves ${each}, so that high load keeps 70% of ${swarm.maxAgents} agents busy; --capacity says otherwise`;
}

function noteLines({ series, forecasts, policies }: ReplayOutput): Line[] {
  const notes: string[] = [];
  if (series.stepSource === "assumed")
    notes.push("The file has no times: its rows are taken as a minute apart. Say otherwise with --step SECONDS.");
  if (series.missing > 0) notes.push(missingText(series.missing));
  if (policies.some(({ name }) => name === "adaptive")) notes.push(forecastsText(forecasts));
  return notes.map((note): Line => [`  ${note}`]);
}

function trainingLines({ series: { steps, scoredFrom }, training }: ReplayOutput): Line[] {
  if (training === null) return [];
  const learned = `dqn learned on the first ${countText(scoredFrom, "step")} in ${countText(training.episodes, "episode")}`;
  return [[`  ${learned}; every policy is scored on the other ${countText(steps - scoredFrom, "step")}.`]];
}

function sentence(policies: readonly Row[]): string {
  const real = policies.filter((row) => !isBound(row));
  const bound = policies.find(isBound);
  const known =
    bound === undefined ? "" : `${costText(bound.agentHours)} agent-hours would do if the future were known.`;
  const [first] = real;
  if (first === undefined) return known;
  const least = real.reduce((best, row) => (row.unmet < best.unmet ? row : best), first);
  const cheapest = real.reduce((best, row) => (row.agentHours < best.agentHours ? row : best), first);
  const same = least === cheapest;
  const texts = same
    ? [`${least.name} leaves the least unmet and takes the fewest agent-hours.`]
    : [
        `${least.name} leaves the least unmet, ${cheapest.name} takes the fewest agent-hours:`,
        `${costText(cheapest.agentHours)} against ${costText(least.agentHours)}.`,
      ];
  return [...(real.length === 1 ? [] : texts), known].filter((text) => text !== "").join(" ");
}
