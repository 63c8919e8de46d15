import type { CapacityKind, CapacityPlan, CapacityRow } from "../../engine/protocol/capacity.ts";
import type { PagePlan } from "../../engine/protocol/capacityPage.ts";
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
import { bytesText, countText, numberText, UNKNOWN } from "../../text/figures.ts";

/** A plan as the page shows it: everything in words, and the days that are drawn. */
export function planWords(plan: CapacityPlan): PagePlan {
  const { madeAtMs, horizonDays, machine, kinds, rows } = plan;
  return {
    ...{ madeAtMs, horizonDays },
    sentence: sentenceText(plan),
    basis: basisText(plan, machineText(machine)),
    whatIf: kinds.flatMap((kind) => whatIfWords(kind) ?? []),
    kinds: kinds.map(kindCells),
    resources: rows.map((row) => ({
      cells: rowCells(row, plan.growth.kind),
      name: rowName(row),
      runsOut: row.runsOut,
      text: runsOutText(row.runsOut),
    })),
    notes: noteTexts(plan).map(({ name, text }) => (name === "" ? text : `${name}: ${text}`)),
  };
}

function basisText({ growth, basis }: CapacityPlan, machine: string): string {
  const of = `${machine.slice(0, 1).toUpperCase()}${machine.slice(1)}.`;
  if (growth.kind === "percent") return `${of} Growth as you gave it: ${numberText(growth.percent)}% in 30 days.`;
  return basis === "growth" ? `${of} Growth as learned, with its interval of 95%.` : `${of} No growth is known.`;
}

/** Kind, live, memory each, CPU each, fit by memory, by CPU, by disk, more fit, source. */
function kindCells({ swarmId, live, seen, rssBytes, cpuCores, fit }: CapacityKind): readonly string[] {
  const by = fit.by === null ? "" : ` by ${fit.by === "cpu" ? "CPU" : fit.by}`;
  return [
    swarmId,
    String(live),
    spreadText(rssBytes, bytesText),
    spreadText(cpuCores, (value) => numberText(value)),
    spreadText(fit.memory, String),
    spreadText(fit.cpu, String),
    spreadText(fit.disk, String),
    fit.agents === null ? UNKNOWN : `${fit.agents}${by}`,
    seen === 0 ? UNKNOWN : `derived from ${countText(seen, "agent")}`,
  ];
}

/** Resource, used, of, a day, runs out, source. */
function rowCells(row: CapacityRow, growth: CapacityPlan["growth"]["kind"]): readonly string[] {
  const days = row.growth === null ? "" : growth === "percent" ? ", growth given" : ", growth derived";
  return [
    rowName(row),
    usedText(row),
    amountText(row.capacity, row.unit),
    growthText(row),
    runsOutText(row.runsOut),
    `${row.source}${days}`,
  ];
}
