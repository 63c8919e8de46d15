import type { ChartData, Row } from "./rows.ts";
import type { LineLook } from "../shared/plot.ts";
import type { Theme } from "./theme.ts";

/** How each part of the picture looks: read by the chart, by its legend and by the exported picture. */
export interface Look extends LineLook {
  readonly column: Exclude<keyof ChartData, "times"> | null;
  readonly colour: keyof Pick<
    Theme,
    "history" | "imported" | "forecast" | "said" | "capacity" | "up" | "down" | "unusual" | "band" | "saidBand"
  >;
  /** Shown only with what the back-tests said. */
  readonly isSaid?: boolean;
}

export const LOOKS: readonly Look[] = [
  { name: "Demand", column: "demand", colour: "history", width: 1, dash: [], shape: "line" },
  { name: "Imported", column: "imported", colour: "imported", width: 1, dash: [2, 2], shape: "line" },
  { name: "Forecast", column: "mean", colour: "forecast", width: 1, dash: [7, 4], shape: "line" },
  { name: "Upper", column: "hi", colour: "forecast", width: 0.3, dash: [], shape: "edge" },
  { name: "Lower", column: "lo", colour: "forecast", width: 0.3, dash: [], shape: "edge" },
  { name: "Said then", column: "said", colour: "said", width: 0.7, dash: [], shape: "line", isSaid: true },
  { name: "Said upper", column: "saidHi", colour: "said", width: 0.2, dash: [], shape: "edge", isSaid: true },
  { name: "Said lower", column: "saidLo", colour: "said", width: 0.2, dash: [], shape: "edge", isSaid: true },
  { name: "Capacity", column: "capacity", colour: "capacity", width: 1, dash: [], shape: "step" },
  { name: "More above", column: "up", colour: "up", width: 0.6, dash: [2, 3], shape: "line" },
  { name: "Fewer below", column: "down", colour: "down", width: 0.6, dash: [2, 5], shape: "line" },
  { name: "Unusual", column: null, colour: "unusual", width: 1, dash: [], shape: "diamond" },
];

/** Those of this picture: what it does not have needs no explanation. */
export function looksOf(rows: readonly Row[], withSaid: boolean): readonly Look[] {
  const hasImported = rows.some(({ isImported }) => isImported);
  const hasUnusual = rows.some(({ unusual }) => unusual !== null);
  return LOOKS.filter(({ name, isSaid }) => {
    if (isSaid === true) return withSaid;
    if (name === "Imported") return hasImported;
    return name !== "Unusual" || hasUnusual;
  });
}
