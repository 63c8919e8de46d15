import type { AllocatedLane, MeasuredTasks } from "../../ports.ts";
import type { Coded } from "../../common/errors.ts";
import type { Calibration, LaneCalibration, ServiceCalibration } from "../../protocol/optimize.ts";
import { type ArrivalLoad, arrivalLoad } from "./arrivalLoad.ts";
import { type Moments, momentsOf } from "./moments.ts";
import { varyingWait } from "./varyingQueue.ts";

/** Below so many observations a mean is a guess, and a variance more so. */
export const LEAST_OBSERVATIONS = 30;
/**
 * Of tasks that were begun, no more than this may still run: those that have ended are the short ones of them. Where the
 * mean is as long as the window, half of them run at its end.
 */
const MOST_UNFINISHED = 0.5;

/**
 * Parameters of the queues from what was measured: per lane the rates of arrivals over the window and how
 * they vary, per lane and kind how long tasks take; and how far the model is from the waits that were measured, with the
 * agents of that time. A lane is `idle` when nothing arrived at all, `unknown` below `LEAST_OBSERVATIONS` of anything that
 * it takes, and where more than half of what was begun still runs.
 *
 * @throws RangeError for a window that is none, columns of different lengths, or a value that cannot be, by name and row
 */
export function calibrate(
  lanes: readonly AllocatedLane[],
  kindIds: readonly string[],
  tasks: MeasuredTasks,
): Calibration {
  checkTasks(tasks, lanes.length, kindIds.length);
  const all = lanes.map((lane, index) => laneOf(lane, index, kindIds, tasks));
  let measured = 0;
  let error = 0;
  let reason: Coded | null = null;
  for (const [index, lane] of all.entries()) {
    if (lane.kind !== "known" || lane.waitMeasuredSec === null) continue;
    const servedBy = lanes[index]?.servedBy ?? null;
    if (lane.waitModelSec === null) {
      // With the agents known, only an unstable queue has no figure. What an endless wait is wrong by is no number.
      if (servedBy !== null)
        reason ??= { code: "optimize.modelUnstable", args: { lane: lane.lane, agents: Math.round(servedBy) } };
      continue;
    }
    measured += lane.waitMeasuredSec;
    error += Math.abs(lane.waitModelSec - lane.waitMeasuredSec);
  }
  return {
    lanes: all,
    waitWape: reason === null && measured > 0 ? error / measured : null,
    waitWapeReason: reason,
    observations: tasks.arrivals.arrivedMs.length,
  };
}

function laneOf(
  { lane, servedBy }: AllocatedLane,
  index: number,
  kindIds: readonly string[],
  { fromMs, toMs, arrivals: arrived, services: served }: MeasuredTasks,
): LaneCalibration {
  const rows = rowsOf(arrived.lane, index);
  const base = { lane, arrivals: rows.length };
  if (rows.length === 0) return { ...base, kind: "idle" };
  const unknown = (datum: string, observations: number, more: Coded["args"] = {}): LaneCalibration => ({
    ...base,
    kind: "unknown",
    reason: { code: "optimize.unmeasured", args: { datum, lane, observations, least: LEAST_OBSERVATIONS, ...more } },
  });
  if (rows.length < LEAST_OBSERVATIONS) return unknown("arrivals", rows.length);
  const arrivals = rows.map((row) => arrived.arrivedMs[row] as number).toSorted((a, b) => a - b);
  // All at one moment: a rate of that is none.
  if (!((arrivals.at(-1) as number) > (arrivals[0] as number))) return unknown("arrivals", 1);

  const begun = rowsOf(served.lane, index);
  const services = kindIds.map((kindId, kind): ServiceCalibration => {
    const { count, mean, scv } = momentsOf(
      seconds(
        served.ranMs,
        begun.filter((row) => served.kind[row] === kind),
      ),
    );
    // Tasks that take no time at all keep nobody busy: no queue can be made of them.
    return count >= LEAST_OBSERVATIONS && mean > 0
      ? { kindId, kind: "known", observations: count, meanSec: mean, scv }
      : { kindId, kind: "unknown", observations: count };
  });
  const most = Math.max(0, ...services.map(({ observations }) => observations));
  if (!services.some(({ kind }) => kind === "known")) return unknown("service", most);

  const service = momentsOf(seconds(served.ranMs, begun));
  const unfinished = begun.length - service.count;
  if (unfinished > MOST_UNFINISHED * begun.length) return unknown("service", service.count, { unfinished });

  const load = arrivalLoad(arrivals, fromMs, toMs);
  const waits = momentsOf(seconds(arrived.waitedMs, rows));
  return {
    ...base,
    kind: "known",
    arrivalsPerSec: (rows.length * 1_000) / (toMs - fromMs),
    arrivalScv: load.arrivalScv,
    rates: [...load.rates],
    stretchSec: load.stretchSec,
    services,
    waitMeasuredSec: waits.count < LEAST_OBSERVATIONS ? null : waits.mean,
    waitModelSec: servedBy === null ? null : modelled(load, service, servedBy),
  };
}

function rowsOf(lanes: Uint8Array, index: number): readonly number[] {
  return [...lanes.keys()].filter((row) => lanes[row] === index);
}

/** Of these rows those that are known. */
function seconds(columnMs: Float64Array, rows: readonly number[]): readonly number[] {
  return rows.map((row) => (columnMs[row] as number) / 1_000).filter((value) => !Number.isNaN(value));
}

/** Of all kinds together, as they served then; `null` where the agents of that time could not have done the work. */
function modelled(load: ArrivalLoad, service: Moments, servedBy: number): number | null {
  if (!(servedBy > 0 && Number.isFinite(servedBy)))
    throw new RangeError(`servedBy must be finite and > 0, got ${servedBy}`);
  const servers = Math.max(1, Math.round(servedBy));
  const wait = varyingWait({ ...load, serviceSec: service.mean, servers, serviceScv: service.scv });
  return wait.kind === "stable" ? wait.meanSec : null;
}

function checkTasks({ fromMs, toMs, arrivals, services }: MeasuredTasks, lanes: number, kinds: number): void {
  if (!(Number.isFinite(fromMs) && Number.isFinite(toMs) && fromMs < toMs))
    throw new RangeError(`fromMs must be before toMs, got ${fromMs} and ${toMs}`);
  for (const [row, at] of arrivals.arrivedMs.entries())
    if (!(at >= fromMs && at <= toMs)) throw new RangeError(`arrivedMs[${row}] must lie in the window, got ${at}`);
  checkColumns(arrivals, arrivals.arrivedMs.length, lanes);
  checkDurations("waitedMs", arrivals.waitedMs);
  checkColumns(services, services.lane.length, lanes);
  checkDurations("ranMs", services.ranMs);
  for (const [row, kind] of services.kind.entries())
    if (kind < 0 || kind >= kinds) throw new RangeError(`kind[${row}] must be 0 to ${kinds - 1}, got ${kind}`);
}

function checkColumns(
  columns: { readonly [name: string]: ArrayLike<number> } & { readonly lane: Uint8Array },
  rows: number,
  lanes: number,
): void {
  for (const [name, column] of Object.entries<ArrayLike<number>>(columns))
    if (column.length !== rows) throw new RangeError(`${name} must have ${rows} rows, got ${column.length}`);
  for (const [row, lane] of columns.lane.entries())
    if (lane >= lanes) throw new RangeError(`lane[${row}] must be below ${lanes}, got ${lane}`);
}

function checkDurations(name: string, columnMs: Float64Array): void {
  for (const [row, value] of columnMs.entries())
    if (!(Number.isNaN(value) || (value >= 0 && Number.isFinite(value))))
      throw new RangeError(`${name}[${row}] must be ≥ 0 or NaN, got ${value}`);
}
