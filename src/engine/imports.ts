import { setImmediate as otherWork } from "node:timers/promises";
import type { Clock } from "./common/clock.ts";
import type { Disposable } from "./common/disposable.ts";
import { CodedError } from "./common/errors.ts";
import type { Sliced } from "./common/slices.ts";
import { cleanText } from "./common/text.ts";
import { uuidv7 } from "./common/uuid.ts";
import type { ImportRun, ImportsPort, PastStore, PlannedSeries, ReadTable, TableReading, TablesPort } from "./ports.ts";
import type { HistoryPolicy } from "./protocol/config.ts";
import type {
  ImportColumnChoice,
  ImportResult,
  ImportShift,
  ImportSummary,
  ImportUndoResult,
} from "./protocol/imports.ts";
import type { SeriesKey } from "./protocol/model.ts";
import type { Params } from "./protocol/params.ts";

/** Files being read at once, over all clients: each may hold its 160 MB of numbers. */
const MAX_OPEN = 2;
/** As long as somebody may look at a preview; after it the memory is given back. That of a client that is gone goes at once. */
const IDLE_MS = 900_000;
/** Longer than this nothing else waits for an import. */
const SLICE_MS = 4;
/** Characters read between two looks at the clock: about a millisecond. */
const CHARACTERS_A_STEP = 16_384;

type OpenState =
  | { readonly kind: "reading"; readonly reading: TableReading; readonly decoder: TextDecoder }
  /** `summary` is what was shown: a move in time that was agreed to is the one that is made. */
  | { readonly kind: "read"; readonly table: ReadTable; readonly summary: ImportSummary };

interface Open {
  readonly id: string;
  readonly clientId: number;
  readonly swarmId: string;
  readonly file: string;
  state: OpenState;
  /** What is being done for it; the next thing is refused until it has settled. */
  busy: Promise<unknown> | null;
  expiry: Disposable | null;
  readonly cancelled: AbortController;
}

export interface ImportsParts {
  readonly past: PastStore;
  readonly tables: TablesPort;
  readonly clock: Clock;
  readonly policy: () => HistoryPolicy;
  /** The history of this swarm is another one now. */
  readonly onChanged: (swarmId: string) => void;
  /** Calls back after `ms`; the result cancels. */
  readonly setTimer: (callback: () => void, ms: number) => Disposable;
}

/**
 * Makes files the past of swarms. A client sends the bytes in pieces, is told what they say, and then has columns of them
 * imported. Everything is done in slices of a few milliseconds on the engine's own thread, so that the tick is in time:
 * the numbers of a large file would take longer to be handed to a child than they take to be read.
 *
 * What is imported is somebody else's word (`claimed`). It never drives a swarm by itself: a forecast that has learned
 * from it acts only when it passes the gate on back-tests, which judge it by what comes after, like any other.
 */
export class Imports implements ImportsPort {
  readonly #parts: ImportsParts;
  readonly #open = new Map<string, Open>();
  /** Writing and taking back: one at a time. */
  #isWriting = false;

  constructor(parts: ImportsParts) {
    this.#parts = parts;
  }

  begin({ swarmId, file, columns, events }: Params["importBegin"], clientId: number): string {
    if (this.#open.size >= MAX_OPEN) throw new CodedError("import.tooMany", { most: MAX_OPEN });
    const id = uuidv7(this.#parts.clock.wallMs());
    const reading = this.#parts.tables.read({ wanted: columns, events: events ?? null, isLoad: true });
    const name = cleanText(file.split(/[\\/]/).at(-1) ?? "", 200) || "unnamed";
    const state: OpenState = { kind: "reading", reading, decoder: new TextDecoder() };
    const open: Open = {
      id,
      clientId,
      swarmId,
      file: name,
      state,
      busy: null,
      expiry: null,
      cancelled: new AbortController(),
    };
    this.#open.set(id, open);
    this.#rest(open);
    return id;
  }

  piece(id: string, bytes: Uint8Array, clientId: number, asked: AbortSignal): Promise<number> {
    return this.#use(id, clientId, asked, async (open, signal) => {
      if (open.state.kind !== "reading") throw new CodedError("import.ended", {});
      const { reading, decoder } = open.state;
      await this.#inSlices(pushed(reading, decoder.decode(bytes, { stream: true })), signal);
      return reading.rows;
    });
  }

  read(id: string, clientId: number, asked: AbortSignal): Promise<ImportSummary> {
    return this.#use(id, clientId, asked, async (open, signal) => (await this.#read(open, signal)).summary);
  }

  commit(
    { importId, columns, shiftToNow }: Params["importCommit"],
    client: { readonly id: number; readonly name: string },
    asked: AbortSignal,
  ): Promise<ImportResult> {
    return this.#use(importId, client.id, asked, async (open, signal) => {
      const metrics = columns.map(({ metric }) => metric);
      const twice = metrics.find((metric, at) => metrics.indexOf(metric) !== at);
      if (twice !== undefined) throw new CodedError("import.metricTwice", { metric: twice });
      const { table, summary } = await this.#read(open, signal);
      return this.#alone(async () => {
        const nowMs = this.#parts.clock.wallMs();
        const shift: ImportShift = shiftToNow ? summary.shiftToNow : { ms: 0, unit: "none" };
        const planned: PlannedSeries[] = [];
        for (const choice of columns) planned.push(await this.#plan(open.swarmId, table, choice, shift, nowMs, signal));
        const run: ImportRun = {
          id: uuidv7(nowMs),
          swarmId: open.swarmId,
          wallMs: nowMs,
          file: open.file,
          by: client.name,
          rows: table.rows,
          series: planned.map(({ report: { metric, fromMs, toMs, stepMs } }) => ({ metric, fromMs, toMs, stepMs })),
        };
        await this.#write(run, planned, nowMs, signal);
        this.#close(open);
        this.#parts.onChanged(open.swarmId);
        const series = planned.map(({ report }) => report);
        return { runId: run.id, swarmId: run.swarmId, file: run.file, rows: run.rows, shift, series };
      });
    });
  }

  /** What clients that are gone have begun goes; what is being done for one ends by its own signal. */
  keepOnly(clientIds: ReadonlySet<number>): void {
    for (const open of this.#open.values()) if (!clientIds.has(open.clientId) && open.busy === null) this.#close(open);
  }

  async cancel(id: string, clientId: number): Promise<void> {
    const open = this.#open.get(id);
    if (open === undefined || open.clientId !== clientId) return;
    this.#close(open);
    open.cancelled.abort();
    // Its own caller is told how it ended; here it only matters that it has.
    await open.busy?.catch(() => undefined);
  }

  async undo(swarmId: string, runId: string | undefined): Promise<ImportUndoResult> {
    return this.#alone(async () => {
      const { past } = this.#parts;
      const run = past.newest(swarmId);
      if (run === null) throw new CodedError("import.none", { swarmId });
      if (runId !== undefined && run.id !== runId)
        throw new CodedError("import.notNewest", { file: run.file, swarmId });
      // Begun, it is finished: half an import is worse than either.
      await this.#inSlices(past.remove(run.id), null);
      this.#parts.onChanged(swarmId);
      return { runId: run.id, swarmId, file: run.file, importedAtMs: run.wallMs, series: run.series };
    });
  }

  async #read(open: Open, signal: AbortSignal): Promise<Extract<OpenState, { kind: "read" }>> {
    if (open.state.kind === "read") return open.state;
    const { reading, decoder } = open.state;
    const { tables, clock } = this.#parts;
    await this.#inSlices(pushed(reading, decoder.decode()), signal);
    const table = await this.#inSlices(reading.end(), signal);
    const summary = await this.#inSlices(tables.summary(table, clock.wallMs()), signal);
    return (open.state = { kind: "read", table, summary });
  }

  async #plan(
    swarmId: string,
    table: ReadTable,
    choice: ImportColumnChoice,
    shift: ImportShift,
    nowMs: number,
    signal: AbortSignal,
  ): Promise<PlannedSeries> {
    const { past, tables, policy } = this.#parts;
    const key = keyOf(swarmId, choice.metric);
    const bounds = { nowMs, measuredMs: past.firstMeasuredMs(key, nowMs), hourDays: policy().hourDays };
    const planned = await this.#inSlices(tables.plan(table, choice, shift, bounds), signal);
    const { fromMs, toMs } = planned.report;
    const other = past.spans(key).find((span) => span.fromMs < toMs && span.toMs > fromMs);
    if (other !== undefined) {
      const [from, to] = [other.fromMs, other.toMs].map((ms) => new Date(ms).toISOString());
      throw new CodedError("import.overlaps", { metric: choice.metric, swarmId, from: from ?? null, to: to ?? null });
    }
    return planned;
  }

  /** As a whole or not at all. */
  async #write(run: ImportRun, planned: readonly PlannedSeries[], nowMs: number, signal: AbortSignal): Promise<void> {
    const { past, policy } = this.#parts;
    const series = planned.map(({ report: { metric, fromMs, toMs, stepMs }, times, values }) => ({
      key: keyOf(run.swarmId, metric),
      times,
      values,
      stepMs,
      fromMs,
      toMs,
    }));
    try {
      await this.#inSlices(past.write(run, series, nowMs, policy()), signal);
    } catch (error) {
      // Should even this fail, the next start finds the note and removes the rest.
      await this.#inSlices(past.remove(run.id), null);
      throw error;
    }
  }

  /** @throws CodedError `aborted`; the work is then over */
  async #inSlices<T>(work: Sliced<T>, signal: AbortSignal | null): Promise<T> {
    const { clock } = this.#parts;
    for (;;) {
      const until = clock.monotonicMs() + SLICE_MS;
      do {
        const { done, value } = work.next();
        if (done === true) return value;
      } while (clock.monotonicMs() < until);
      await otherWork();
      if (signal?.aborted === true) {
        work.return(undefined as never);
        throw new CodedError("aborted", {});
      }
    }
  }

  /** @throws CodedError `import.unknown`, `import.busy` */
  async #use<T>(
    id: string,
    clientId: number,
    asked: AbortSignal,
    work: (open: Open, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const open = this.#open.get(id);
    if (open === undefined || open.clientId !== clientId) throw new CodedError("import.unknown", {});
    if (open.busy !== null) throw new CodedError("import.busy", {});
    open.expiry?.dispose();
    open.expiry = null;
    const done = work(open, AbortSignal.any([asked, open.cancelled.signal]));
    open.busy = done;
    try {
      return await done;
    } catch (error) {
      // A file that cannot be read is not sent on; a choice that cannot be made can be made otherwise.
      if (open.state.kind === "reading") this.#close(open);
      throw error;
    } finally {
      open.busy = null;
      if (asked.aborted) this.#close(open);
      if (this.#open.has(id)) this.#rest(open);
    }
  }

  async #alone<T>(work: () => Promise<T>): Promise<T> {
    if (this.#isWriting) throw new CodedError("import.busy", {});
    this.#isWriting = true;
    try {
      return await work();
    } finally {
      this.#isWriting = false;
    }
  }

  #rest(open: Open): void {
    open.expiry = this.#parts.setTimer(() => this.#open.delete(open.id), IDLE_MS);
  }

  #close(open: Open): void {
    open.expiry?.dispose();
    this.#open.delete(open.id);
  }
}

function* pushed(reading: TableReading, text: string): Sliced<void> {
  for (let at = 0; at < text.length; at += CHARACTERS_A_STEP) {
    reading.push(text.slice(at, at + CHARACTERS_A_STEP));
    yield;
  }
}

function keyOf(swarmId: string, metric: string): SeriesKey {
  return { scope: "swarm", key: swarmId, metric };
}
