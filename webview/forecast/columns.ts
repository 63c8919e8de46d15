import type { ForecastPageState } from "../../src/engine/protocol/forecastPage.ts";
import { csvText } from "../../src/text/csv.ts";
import type { Row } from "./rows.ts";

/** What the table and the exported file have of each row, in one order. */
export interface Column {
  readonly head: string;
  /** In a file: a name without blanks, so that it can be used as a variable. */
  readonly name: string;
  readonly value: (row: Row) => number | string | null;
}

export const COLUMNS: readonly Column[] = [
  { head: "Demand", name: "demand", value: ({ demand }) => demand },
  {
    head: "Source",
    name: "source",
    value: ({ demand, isImported }) => (demand === null ? null : isImported ? "imported" : "here"),
  },
  { head: "Live agents", name: "live_agents", value: ({ live }) => live },
  { head: "Forecast", name: "forecast", value: ({ mean }) => mean },
  { head: "Lower", name: "forecast_lower", value: ({ lo }) => lo },
  { head: "Upper", name: "forecast_upper", value: ({ hi }) => hi },
  { head: "Said then", name: "said", value: ({ said }) => said?.mean ?? null },
  { head: "Said lower", name: "said_lower", value: ({ said }) => said?.lo ?? null },
  { head: "Said upper", name: "said_upper", value: ({ said }) => said?.hi ?? null },
  { head: "Unusual", name: "unusual", value: ({ unusual }) => unusual },
];

/** The rows with a head, as a table in a file. Times in ISO 8601. */
export function csvOf(rows: readonly Row[], { now, swarms, swarmId }: ForecastPageState): string {
  const label = swarms.find(({ id }) => id === swarmId)?.label ?? "";
  const measured = now?.demandSource ?? "unknown";
  const lines = rows.map((row) => [
    new Date(row.atMs).toISOString(),
    label,
    ...COLUMNS.map(({ name, value }) => (name === "source" && value(row) === "here" ? measured : value(row))),
  ]);
  return csvText([["time", "swarm", ...COLUMNS.map(({ name }) => name)], ...lines]);
}
