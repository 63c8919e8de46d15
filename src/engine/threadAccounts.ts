import type { ThreadAccount, ThreadReader, ThreadReading } from "./ports.ts";

/** Threads looked at in one tick: about a millisecond. One process is looked at in any case. */
const THREADS_A_TICK = 64;
/** Names of one process and minute; what has used less is together under one. */
const MOST_NAMES = 12;
/** CPU that was not divided within so many minutes stays undivided: the system tells no threads, or there are too many. */
const MOST_MINUTES = 10;
const REST = "other threads";
/** What tells threads of a pool apart: `pool-1-thread-2`, `worker12`. */
const NUMBERS = /(?<=^|[-_.:#/ ])\d+|\d+$/g;

interface Tally {
  readonly pid: number;
  readonly startTime: number;
  /** CPU seconds of its threads at the last look; `null` before the first. */
  base: ReadonlyMap<number, { readonly startTime: number; readonly cpuSeconds: number }> | null;
  /** All of its threads were in it: one that is not began later. */
  isComplete: boolean;
  /** What the process used since the last look, by the minute it was counted in. */
  readonly since: Map<number, number>;
  /** What is known of minutes that are not yet handed over: by name, `main` first. */
  readonly shares: Map<number, Map<string, { readonly name: string; readonly isMain: boolean; cpuSeconds: number }>>;
}

/**
 * Divides the CPU of processes among their threads. Threads are looked at about once a minute, soon after its end, a few
 * processes a tick. What a process used between two looks is divided as its threads used it between them, so the parts of a
 * minute never sum up to more than the process's own figure. What threads used that ended meanwhile stays undivided.
 */
export class ThreadAccounts {
  readonly #reader: ThreadReader | null;
  readonly #tallies = new Map<string, Tally>();
  #reads = 0;

  /** @param reader `null`: the system does not tell threads */
  constructor(reader: ThreadReader | null) {
    this.#reader = reader;
  }

  /** Threads read so far. */
  get reads(): number {
    return this.#reads;
  }

  /** @param isNew it began since the tick before, and is counted from its start */
  begin(key: string, pid: number, startTime: number, isNew: boolean): void {
    if (this.#reader === null) return;
    this.#tallies.set(key, {
      ...{ pid, startTime, since: new Map(), shares: new Map() },
      ...{ base: isNew ? new Map<number, never>() : null, isComplete: true },
    });
  }

  used(key: string, minuteMs: number, cpuSeconds: number): void {
    const since = this.#tallies.get(key)?.since;
    if (since === undefined || cpuSeconds <= 0) return;
    since.set(minuteMs, (since.get(minuteMs) ?? 0) + cpuSeconds);
    const [first] = since.keys();
    if (since.size > MOST_MINUTES && first !== undefined) since.delete(first);
  }

  /** The process has ended. @returns what is known of its last minutes */
  end(key: string): readonly ThreadAccount[] {
    const tally = this.#tallies.get(key);
    if (tally === undefined) return [];
    this.#tallies.delete(key);
    return handedOver(tally, Number.POSITIVE_INFINITY);
  }

  /** Looks at some of those whose turn it is. @returns minutes that are whole by now */
  look(minuteMs: number): readonly ThreadAccount[] {
    const rows: ThreadAccount[] = [];
    let left = THREADS_A_TICK;
    for (const [key, tally] of this.#tallies) {
      if (left <= 0 || this.#reader === null) break;
      if (!isDue(tally, minuteMs)) continue;
      const read = this.#reader.read(tally.pid, tally.startTime);
      left -= Math.max(1, read?.threads.length ?? 1);
      this.#reads += read?.threads.length ?? 0;
      if (read === null) tally.since.clear();
      else divide(tally, read.threads, read.isComplete);
      rows.push(...handedOver(tally, minuteMs));
      // Behind all others, so that each comes to its turn when there are too many for a minute.
      this.#tallies.delete(key);
      this.#tallies.set(key, tally);
    }
    return rows;
  }
}

/** It has used something in a minute that is over, or was never looked at. */
function isDue({ base, since }: Tally, minuteMs: number): boolean {
  if (base === null) return true;
  const [first] = since.keys();
  return first !== undefined && first < minuteMs;
}

function divide(tally: Tally, threads: readonly ThreadReading[], isComplete: boolean): void {
  const { pid, base, since, shares } = tally;
  if (base !== null) {
    const used = threads.map(({ tid, startTime, cpuSeconds }) => {
      const before = base.get(tid);
      if (before?.startTime === startTime) return Math.max(0, cpuSeconds - before.cpuSeconds);
      // Not among all threads of the last look: it began since. Of one that may have been left out nothing is known.
      return tally.isComplete ? cpuSeconds : 0;
    });
    const all = [...since.values()].reduce((sum, seconds) => sum + seconds, 0);
    // Threads and process are read one after the other and rounded each: the parts are at most the whole.
    const scale =
      1 /
      Math.max(
        all,
        used.reduce((sum, seconds) => sum + seconds, 0),
      );
    for (const [minuteMs, seconds] of since) {
      const names = shares.get(minuteMs) ?? new Map();
      shares.set(minuteMs, names);
      for (const [at, { tid, name: raw }] of threads.entries()) {
        const part = (used[at] as number) * seconds * scale;
        if (!(part > 0)) continue;
        const isMain = tid === pid;
        const name = isMain ? raw : raw.replaceAll(NUMBERS, "*");
        const key = `${isMain ? "main" : "other"} ${name}`;
        const known = names.get(key);
        if (known === undefined) names.set(key, { name, isMain, cpuSeconds: part });
        else known.cpuSeconds += part;
      }
    }
  }
  since.clear();
  tally.base = new Map(threads.map(({ tid, startTime, cpuSeconds }) => [tid, { startTime, cpuSeconds }]));
  tally.isComplete = isComplete;
}

function handedOver({ pid, startTime, shares }: Tally, beforeMs: number): ThreadAccount[] {
  const rows: ThreadAccount[] = [];
  for (const [minuteMs, names] of shares) {
    if (minuteMs >= beforeMs) continue;
    shares.delete(minuteMs);
    const sorted = [...names.values()].toSorted((a, b) => b.cpuSeconds - a.cpuSeconds);
    const rest = sorted.slice(MOST_NAMES).reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
    for (const one of sorted.slice(0, MOST_NAMES)) rows.push({ minuteMs, pid, startTime, ...one });
    if (rest > 0) rows.push({ minuteMs, pid, startTime, name: REST, isMain: false, cpuSeconds: rest });
  }
  return rows;
}
