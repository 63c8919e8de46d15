import { CodedError } from "../common/errors.ts";
import { type Sliced, STEPS_A_SLICE } from "../common/slices.ts";
import type { ImportBounds, PlannedSeries, ReadTable, TablesPort } from "../ports.ts";
import type { ImportColumn, ImportColumnChoice, ImportShift, ImportSummary } from "../protocol/imports.ts";
import { namedColumn, namesOf } from "./layout.ts";
import { TableReader } from "./tableReader.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const WEEK_MS = 7 * DAY_MS;
/** Weeks keep the weekday, but only of what has seen all of them. */
const LEAST_FOR_WEEKS_MS = WEEK_MS;
/** Of a file moved by whole days or weeks at least this share must lie before now. */
const LEAST_KEPT = 0.5;

/** Reads tables and plans imports of them. */
export const tables: TablesPort = {
  read: (request) => new TableReader(request),
  summary,
  plan,
};

interface TimedTable extends ReadTable {
  readonly times: Float64Array;
  readonly stepMs: number;
}

/** @throws CodedError `csv.noTimes`, `import.noStep` */
function timed(table: ReadTable): TimedTable {
  const { times, stepMs } = table;
  if (times === null) throw new CodedError("csv.noTimes", {});
  if (stepMs === null) throw new CodedError("import.noStep", { rows: table.rows });
  return { ...table, times, stepMs };
}

function* summary(table: ReadTable, nowMs: number): Sliced<ImportSummary> {
  const { times, stepMs, format, rows, isResampled, meant, columns } = timed(table);
  const fromMs = times[0] ?? 0;
  const lastMs = times.at(-1) ?? 0;
  const described: ImportColumn[] = [];
  for (const { name, values, problem } of columns) described.push({ name, ...(yield* facts(values)), problem });
  const shiftToNow = shiftOf(fromMs, lastMs, stepMs, nowMs);
  return { format, rows, fromMs, lastMs, stepMs, isResampled, columns: described, meant, shiftToNow };
}

function* facts(values: Float64Array): Sliced<Pick<ImportColumn, "steps" | "missing" | "least" | "greatest">> {
  let missing = 0;
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    if (i % STEPS_A_SLICE === 0) yield;
    const value = values[i] as number;
    if (Number.isNaN(value)) missing++;
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  const isKnown = missing < values.length;
  return { steps: values.length, missing, least: isKnown ? least : null, greatest: isKnown ? greatest : null };
}

/**
 * The move that lets a series end now. Whole weeks for one of a week and more, so that weekdays stay; else whole days, so
 * that the time of day stays; in both cases the next one that reaches now, and what then lies behind it is left out. Where
 * that would leave out more than half (and for a step of a day and more, which has no time of day) the last step ends now.
 */
function shiftOf(fromMs: number, lastMs: number, stepMs: number, nowMs: number): ImportShift {
  const endMs = lastMs + stepMs;
  const behindMs = nowMs - endMs;
  if (behindMs < stepMs) return { ms: 0, unit: "none" };
  const spanMs = endMs - fromMs;
  for (const [unit, widthMs] of [
    ["week", WEEK_MS],
    ["day", DAY_MS],
  ] as const) {
    if (unit === "week" ? spanMs < LEAST_FOR_WEEKS_MS : stepMs >= DAY_MS) continue;
    const ms = Math.ceil(behindMs / widthMs) * widthMs;
    if (ms - behindMs <= (1 - LEAST_KEPT) * spanMs) return { ms, unit };
  }
  return { ms: behindMs, unit: "exact" };
}

function* plan(
  table: ReadTable,
  { column: wanted, metric }: ImportColumnChoice,
  shift: ImportShift,
  { nowMs, measuredMs, hourDays }: ImportBounds,
): Sliced<PlannedSeries> {
  const { times: asRead, stepMs, columns, meant } = timed(table);
  const name = wanted ?? meant;
  if (name === null) throw new CodedError("csv.whichColumn", { known: namesOf(columns) });
  const column = namedColumn(
    columns.map((one, index) => ({ ...one, index })),
    name,
  );
  if (column.problem !== null) throw new CodedError(column.problem.code, column.problem.args);
  const { values } = column;
  if ((yield* facts(values)).least === null) throw new CodedError("import.allMissing", { column: column.name });

  // The minute that is not over yet is being measured; a day that is older than anything kept would be dropped at once.
  const endMs = floorTo(nowMs, MINUTE_MS);
  const beginMs = floorTo(nowMs - hourDays * DAY_MS, DAY_MS) + DAY_MS;
  const measured = measuredMs === null ? endMs : Math.min(endMs, floorTo(measuredMs, MINUTE_MS));
  const leftOut = { measured: 0, future: 0, tooOld: 0 };
  let first = -1;
  let last = -1;
  let missing = 0;
  for (let at = 0; at < asRead.length; at++) {
    if (at % STEPS_A_SLICE === 0) yield;
    const ms = (asRead[at] as number) + shift.ms;
    if (ms >= endMs) leftOut.future++;
    else if (ms >= measured) leftOut.measured++;
    else if (ms + stepMs <= beginMs) leftOut.tooOld++;
    else {
      if (first < 0) first = at;
      last = at;
      if (Number.isNaN(values[at])) missing++;
    }
  }
  if (first < 0 || missing === last - first + 1) {
    throw new CodedError("import.nothing", { column: column.name, metric, ...leftOut });
  }
  const steps = last - first + 1;
  // Not moved, they need no copy.
  const times = shift.ms === 0 ? asRead.subarray(first, last + 1) : new Float64Array(steps);
  for (let at = 0; shift.ms !== 0 && at < steps; at++) {
    if (at % STEPS_A_SLICE === 0) yield;
    times[at] = (asRead[first + at] as number) + shift.ms;
  }
  const fromMs = Math.max(beginMs, floorTo(times[0] ?? 0, MINUTE_MS));
  const toMs = Math.min(measured, floorTo((times.at(-1) ?? 0) + stepMs + MINUTE_MS - 1, MINUTE_MS));
  return {
    report: { column: column.name, metric, fromMs, toMs, stepMs, steps, missing, leftOut },
    times,
    values: values.subarray(first, last + 1),
  };
}

function floorTo(ms: number, widthMs: number): number {
  return Math.floor(ms / widthMs) * widthMs;
}
