import type { FootprintsPort, ForecastsPort, SeriesValue, WorkRecords } from "./ports.ts";
import type { Forecast, HostFacts, ManagedSwarmRow } from "./protocol/model.ts";
import type { Overview } from "./protocol/rpc.ts";

export interface KeySeriesParts {
  readonly work: Pick<WorkRecords, "counts" | "startable">;
  readonly forecasts: Pick<ForecastsPort, "latest">;
  readonly footprints: Pick<FootprintsPort, "taskSeconds">;
}

/**
 * What of a tick key figures and capacity plans rest on beside what is shown anyway: how long the engine took, the disk,
 * and for each managed swarm the memory of what serves it without being an agent, the tasks so far (counters that begin at
 * 0 with the engine), whether a task could start in time, and what the forecast in force says about now.
 */
export function keySeries(
  { work, forecasts, footprints }: KeySeriesParts,
  { wallMs, facts, swarms, engine }: Pick<Overview, "wallMs" | "facts" | "swarms" | "engine">,
): readonly SeriesValue[] {
  const ofMachine = { scope: "machine", key: "" } as const;
  const values: SeriesValue[] = [{ ...ofMachine, metric: "tickMs", value: engine.tickMs, source: "measured" }];
  const disk = shownDisk(facts);
  if (disk !== null) values.push({ ...ofMachine, metric: "diskUsedBytes", value: disk.usedBytes, source: "measured" });
  for (const row of swarms) {
    if (row.kind !== "managed") continue;
    const ofSwarm = { scope: "swarm", key: row.id } as const;
    const forecast = forecasts.latest(row.id);
    const said = forecast === null ? null : saidFor(forecast, wallMs);
    values.push({ ...ofSwarm, metric: "forecastDemand", value: row.target === 0 ? null : said, source: "derived" });
    const { support } = row;
    if (support.length > 0)
      values.push({ ...ofSwarm, metric: "supportRssBytes", value: bytesOf(support), source: "measured" });
    const counts = work.counts(row.id);
    if (counts === null) continue;
    const { done, failed, faultDone, faultFailed } = counts;
    for (const [metric, value] of Object.entries({
      tasksDone: done,
      tasksFailed: failed,
      faultTasksDone: faultDone,
      faultTasksFailed: faultFailed,
    }))
      values.push({ ...ofSwarm, metric, value, source: "measured" });
    values.push({ ...ofSwarm, metric: "startableRatio", value: startable(row, work, footprints), source: "derived" });
  }
  return values;
}

/** `null` while one of them is not known. */
function bytesOf(processes: ManagedSwarmRow["support"]): number | null {
  let sum = 0;
  for (const { rssBytes } of processes) {
    if (rssBytes === null) return null;
    sum += rssBytes;
  }
  return sum;
}

/** The file system that is told of: the root, or where there is none the largest. */
export function shownDisk(facts: HostFacts | null): HostFacts["fileSystems"][number] | null {
  const all = facts?.fileSystems ?? [];
  return all.find(({ mount }) => mount === "/") ?? all.toSorted((a, b) => b.sizeBytes - a.sizeBytes)[0] ?? null;
}

/** Nobody waits for a swarm that is stopped. */
function startable(
  { id, target }: ManagedSwarmRow,
  work: KeySeriesParts["work"],
  footprints: KeySeriesParts["footprints"],
): number | null {
  if (target === 0) return null;
  const can = work.startable(id, footprints.taskSeconds(id));
  return can === null ? null : Number(can);
}

/** Only what decisions could go by counts as said: a forecast that has not passed its tests has said nothing. */
function saidFor({ ready, points, stepMs }: Forecast, wallMs: number): number | null {
  if (!ready) return null;
  const point = points.find(({ atMs }) => wallMs <= atMs && wallMs > atMs - stepMs);
  return point?.mean ?? null;
}
