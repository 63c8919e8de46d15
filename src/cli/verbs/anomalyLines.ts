import type { Deviation } from "../../engine/analyse/anomaly/detector.ts";
import { countText, numberText } from "../../text/figures.ts";
import type { FileAnomalies, JudgedRow } from "../fileAnomalies.ts";
import type { Line, Span } from "../lines.ts";
import { type Column, table } from "../table.ts";

const MAX_STRETCHES = 20;

const COLUMNS: readonly Column[] = [
  { title: "FROM", align: "left" },
  { title: "ROWS", align: "right" },
  { title: "VALUE", align: "right" },
  { title: "SCORE", align: "right" },
  { title: "WHAT DEVIATES", align: "left", elastic: true },
];

/** Flagged rows that follow each other. */
interface Stretch {
  readonly from: JudgedRow["row"]["t"];
  readonly place: number;
  rows: number;
  /** Its most unusual row. */
  peak: JudgedRow;
}

/** The most unusual of the flagged stretches in order of time, under how many there are. */
export function anomalyLines(file: FileAnomalies, width: number | null): Line[] {
  const facts = { flagged: 0, stretches: 0, missing: 0 };
  let shown: Stretch[] = [];
  let open: Stretch | null = null;
  let place = 0;
  for (const judged of file.rows()) {
    place++;
    const { t, value, score, flag } = judged.row;
    if (value === null) facts.missing++;
    if (!flag) {
      open = null;
      continue;
    }
    facts.flagged++;
    if (open === null) {
      open = { from: t, place, rows: 0, peak: judged };
      facts.stretches++;
      shown.push(open);
    }
    open.rows++;
    if (score > open.peak.row.score) open.peak = judged;
    // Never more than twice what is shown: ten million rows may have a hundred thousand.
    if (shown.length > 2 * MAX_STRETCHES) shown = mostUnusual(shown, open);
  }
  shown = mostUnusual(shown, null).toSorted((a, b) => a.place - b.place);
  const title: Span = { text: file.column, tone: "strong" };
  const missing = facts.missing === 0 ? "" : ` · ${facts.missing} not measured`;
  if (facts.flagged === 0) return [[title, `  nothing unusual in ${countText(file.count, "row")}${missing}`]];
  return [
    [
      title,
      `  ${countText(facts.flagged, "unusual row")} of ${file.count}`,
      `, in ${countText(facts.stretches, "stretch", "stretches")}${missing}`,
    ],
    [],
    ...table(COLUMNS, shown.map(cells), width),
    ...(shown.length < facts.stretches
      ? [
          [
            { text: `the ${shown.length} most unusual of ${facts.stretches}; every row with --json`, tone: "faint" },
          ] satisfies Line,
        ]
      : []),
  ];
}

/** @param open one that goes on, and so may become more unusual yet */
function mostUnusual(stretches: readonly Stretch[], open: Stretch | null): Stretch[] {
  const done = stretches.filter((stretch) => stretch !== open);
  const sorted = done.toSorted((a, b) => b.peak.row.score - a.peak.row.score || a.place - b.place);
  return [...sorted.slice(0, MAX_STRETCHES), ...(open === null ? [] : [open])];
}

function cells({ from, rows, peak }: Stretch): Span[] {
  const { row, deviated } = peak;
  return [
    String(from),
    String(rows),
    numberText(row.value, 4),
    numberText(row.score),
    deviated === null ? "" : deviationText(deviated),
  ];
}

function deviationText({ feature, direction, expected, sigmas }: Deviation): string {
  const usual = `usually about ${numberText(expected)}`;
  const by = `${numberText(sigmas, 1)} deviations ${direction}`;
  switch (feature) {
    case "residual":
      return `${by}; ${usual}`;
    case "level":
      return `${by}; ${usual}, and far from the long-run level`;
    case "change":
      return `${by}; ${usual}, and a sudden change`;
  }
}
