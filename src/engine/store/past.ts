import { CodedError } from "../common/errors.ts";
import type { Sliced } from "../common/slices.ts";
import type { ImportRun, PastSeries, PastStore } from "../ports.ts";
import type { HistoryPolicy } from "../protocol/config.ts";
import type { ImportedSpan } from "../protocol/imports.ts";
import type { SeriesKey } from "../protocol/model.ts";
import type { Durability, StoreConnection } from "./connection.ts";
import { durable } from "./journal.ts";
import { DAY_MS, floorTo, HOUR_MS, MINUTE_MS } from "./packing.ts";
import { hoursOf } from "./pastHours.ts";
import { PastRuns } from "./pastRuns.ts";
import { PastRows } from "./pastRows.ts";
import type { RollUps } from "./rollUp.ts";
import type { SeriesCatalog } from "./seriesCatalog.ts";
import type { SeriesReader } from "./seriesReader.ts";

/** Work of one transaction: a few milliseconds. An hour of roll-ups is one unit, one with samples twelve. */
const UNITS_A_PIECE = 24;
const UNITS_OF_SAMPLES = 12;

export interface SqlitePastParts {
  readonly store: StoreConnection;
  readonly machineId: string;
  readonly catalog: SeriesCatalog;
  readonly rollUps: RollUps;
  readonly reader: SeriesReader;
}

/** See `PastStore`. */
export class SqlitePast implements PastStore {
  readonly #parts: SqlitePastParts;
  readonly #rows: PastRows;
  readonly #runs: PastRuns;

  constructor(parts: SqlitePastParts) {
    this.#parts = parts;
    this.#rows = new PastRows(parts.store, parts.rollUps);
    this.#runs = new PastRuns(parts.store, parts.machineId);
  }

  firstMeasuredMs(key: SeriesKey, wallMs: number): number | null {
    const { catalog, reader } = this.#parts;
    if (catalog.find(key) === undefined) return null;
    // Nothing is ever imported behind the first value that was measured, so that one lies behind all that was imported.
    const imported = this.spans(key).reduce((most, { toMs }) => Math.max(most, toMs), 0);
    const first = (fromMs: number, widthMs: number, count: number): number | null => {
      const [read] = reader.read([key], fromMs, widthMs, count);
      const at = read?.buckets.means().findIndex((mean) => !Number.isNaN(mean)) ?? -1;
      return at < 0 ? null : fromMs + at * widthMs;
    };
    // The hour is enough up to where samples begin, whose minutes are known: a measured hour is never added to.
    const oldest = Math.max(imported, this.#rows.oldestMs() ?? wallMs);
    const from = floorTo(oldest, HOUR_MS);
    const hours = Math.ceil((wallMs + HOUR_MS - from) / HOUR_MS);
    for (let hour = from, left = hours; left > 0;) {
      const found = first(hour, HOUR_MS, left);
      if (found === null) return null;
      const minute = first(Math.max(found, floorTo(imported, MINUTE_MS)), MINUTE_MS, minutesTo(found, imported));
      if (minute !== null) return minute;
      // Only the imported part of that hour had a value.
      left -= (found + HOUR_MS - hour) / HOUR_MS;
      hour = found + HOUR_MS;
    }
    return null;
  }

  spans(key: SeriesKey): readonly ImportedSpan[] {
    if (key.scope !== "swarm") return [];
    return this.#runs
      .of(key.key)
      .flatMap(({ series }) => series)
      .filter(({ metric }) => metric === key.metric)
      .map(({ fromMs, toMs, stepMs }) => ({ fromMs, toMs, stepMs }))
      .toSorted((a, b) => a.fromMs - b.fromMs);
  }

  newest(swarmId: string): ImportRun | null {
    return this.#runs.of(swarmId).at(-1) ?? null;
  }

  *write(run: ImportRun, series: readonly PastSeries[], wallMs: number, policy: HistoryPolicy): Sliced<void> {
    const { catalog, rollUps } = this.#parts;
    // 1. The note that something is under way, before a single value: whatever happens now, the next start knows.
    const ids = this.#transact("FULL", () => {
      this.#runs.add(run);
      rollUps.beginAt(wallMs);
      // A series that is measured already keeps its tag; a new one is somebody else's word until it is.
      return series.map(({ key }) => catalog.find(key)?.id ?? catalog.ensure(key, "claimed", Math.round(wallMs)));
    });
    if (ids.includes(null)) throw new CodedError("store.seriesCap", { max: catalog.maxSeries });

    // 2. The values, an hour after the other, in pieces.
    const where = this.#rows.plan(wallMs, policy);
    for (const [index, one] of series.entries()) {
      const seriesId = ids[index] as number;
      const hours = hoursOf(one, (hourMs) => hourMs + HOUR_MS > where.samplesFromMs);
      for (let isMore = true; isMore;) {
        isMore = this.#transact("NORMAL", () => {
          for (let units = 0; units < UNITS_A_PIECE;) {
            const next = hours.next();
            if (next.done === true) return false;
            this.#rows.writeHour(seriesId, next.value, where);
            units += next.value.samples === null ? 1 : UNITS_OF_SAMPLES;
          }
          return true;
        });
        yield;
      }
    }
    // 3. From here on it is there.
    this.#transact("FULL", () => this.#runs.setState(run.id, "published"));
  }

  *remove(runId: string): Sliced<void> {
    const { catalog } = this.#parts;
    const run = this.#runs.get(runId);
    if (run === null) return;
    this.#transact("FULL", () => this.#runs.setState(runId, "removing"));
    for (const { metric, fromMs, toMs } of run.series) {
      const seriesId = catalog.find({ scope: "swarm", key: run.swarmId, metric })?.id;
      if (seriesId === undefined) continue;
      for (let dayMs = floorTo(fromMs, DAY_MS); dayMs < toMs; dayMs += DAY_MS) {
        // Hours with samples cost more, and there are few of them.
        for (const part of [0, 1, 2, 3]) {
          const begin = Math.max(fromMs, dayMs + (part * DAY_MS) / 4);
          const end = Math.min(toMs, dayMs + ((part + 1) * DAY_MS) / 4);
          if (begin >= end) continue;
          this.#transact("NORMAL", () => this.#rows.clear(seriesId, begin, end));
        }
        yield;
      }
    }
    this.#transact("FULL", () => this.#runs.drop(runId));
  }

  /** What an engine that died left half written, or half removed, goes. @throws CodedError `store.write` */
  *recover(): Sliced<number> {
    const broken = this.#runs.unpublished();
    for (const id of broken) yield* this.remove(id);
    return broken.length;
  }

  /** @throws CodedError `store.write`; memory then knows what the file says */
  #transact<T>(durability: Durability, work: () => T): T {
    try {
      return durable("import", () => this.#parts.store.transaction(durability, work));
    } catch (error) {
      this.#parts.catalog.reload();
      throw error;
    }
  }
}

/** From the hour's begin, or from where the imported part of it ends, to its end. */
function minutesTo(hourMs: number, importedMs: number): number {
  return (hourMs + HOUR_MS - Math.max(hourMs, floorTo(importedMs, MINUTE_MS))) / MINUTE_MS;
}
