import { nearestRank } from "../common/statistics.ts";
import type { FootprintSizes } from "../ports.ts";
import type { Footprint } from "../protocol/model.ts";

/** One agent at one tick; `null` where it was not measured. */
export interface AgentUse {
  readonly id: string;
  /** It has said that it can take tasks, or runs one: what it uses now says what such an agent uses. */
  readonly ready: boolean;
  readonly rssBytes: number | null;
  readonly cpuCores: number | null;
}

/** As it is stored. */
export interface KeptFootprint {
  readonly rssBytes: readonly number[];
  readonly cpuCores: readonly number[];
  readonly taskSeconds: readonly number[];
}

interface Seen {
  peakRssBytes: number;
  /** Smoothed: the cores of one tick say little. */
  cores: number | null;
  peakCores: number | null;
  /** Ticks at which it was ready and measured. */
  looks: number;
  readySinceMs: number;
}

/** Newest kept: enough for a 95th percentile, few enough that a changed program is forgotten within days. */
const KEPT = 200;
/** Fewer agents than this are no footprint: the second may be twice the first. */
const LEAST_AGENTS = 3;
const LEAST_TASKS = 5;
/** A living agent counts after this many ticks: before, it may not have done anything yet. */
const SETTLED_LOOKS = 10;
/** By then its real size shows, whatever others have needed. */
const SHOWN_MS = 60_000;
/** From this share of the footprint on it shows as well. */
const SHOWN_RATIO = 0.9;
const SMOOTHING = 0.1;

/**
 * What an agent of one swarm needs: peak RSS, CPU cores and seconds a task, each as the 95th percentile (nearest rank) of
 * the newest agents and tasks. A swarm runs one command, so its agents are of one kind. Fed once a tick; bounded.
 */
export class FootprintBook {
  readonly #agents = new Map<string, Seen>();
  readonly #rssBytes: number[];
  readonly #cpuCores: number[];
  readonly #taskSeconds: number[];
  #known: Footprint | null = null;

  /** @param kept anything that is not a list of sizes counts as nothing kept */
  constructor(kept?: unknown) {
    const { rssBytes, cpuCores, taskSeconds } = (kept ?? {}) as Partial<Record<keyof KeptFootprint, unknown>>;
    this.#rssBytes = sizes(rssBytes);
    this.#cpuCores = sizes(cpuCores);
    this.#taskSeconds = sizes(taskSeconds);
  }

  /** @param ranMs runs of tasks that ended since the last look */
  look(agents: readonly AgentUse[], ranMs: readonly number[], monotonicMs: number): void {
    this.#known = null;
    const there = new Set<string>();
    for (const agent of agents) {
      there.add(agent.id);
      if (agent.ready && isSize(agent.rssBytes)) this.#see(agent, agent.rssBytes, monotonicMs);
    }
    for (const [id, seen] of this.#agents) {
      if (there.has(id)) continue;
      this.#agents.delete(id);
      push(this.#rssBytes, seen.peakRssBytes);
      if (seen.peakCores !== null) push(this.#cpuCores, seen.peakCores);
    }
    for (const ms of ranMs) if (isSize(ms)) push(this.#taskSeconds, ms / 1000);
  }

  footprint(): Footprint {
    this.#known ??= this.#sum();
    return this.#known;
  }

  /** What half of the agents, and 95% of them, do not exceed; `null` before enough were seen. */
  sizes(): FootprintSizes {
    const { rss, cores } = this.#seen();
    return { rssBytes: spreadOf(rss), cpuCores: spreadOf(cores), agents: rss.length };
  }

  /**
   * What an agent that was started still takes and does not show yet: the rest of its footprint until it has reached it or
   * has been ready long enough. Without a footprint, the rest of the largest agent seen.
   */
  unshownBytes({ id, rssBytes }: AgentUse, monotonicMs: number): number {
    const expected = this.expectedBytes();
    const seen = this.#agents.get(id);
    if (seen !== undefined && monotonicMs - seen.readySinceMs >= SHOWN_MS) return 0;
    const shown = isSize(rssBytes) ? rssBytes : 0;
    return shown >= SHOWN_RATIO * expected ? 0 : expected - shown;
  }

  /** Of one more agent; 0 when none was ever seen. */
  expectedBytes(): number {
    return this.footprint().rssBytes ?? this.#largest();
  }

  keep(): KeptFootprint {
    const living = [...this.#agents.values()].filter(isSettled);
    return {
      rssBytes: [...this.#rssBytes, ...living.map((seen) => seen.peakRssBytes)].slice(-KEPT).map(Math.round),
      cpuCores: [...this.#cpuCores, ...living.flatMap((seen) => seen.peakCores ?? [])].slice(-KEPT).map(hundredth),
      taskSeconds: this.#taskSeconds.map(hundredth),
    };
  }

  #see({ id, cpuCores }: AgentUse, rssBytes: number, monotonicMs: number): void {
    const seen = this.#agents.get(id) ?? {
      peakRssBytes: 0,
      cores: null,
      peakCores: null,
      looks: 0,
      readySinceMs: monotonicMs,
    };
    this.#agents.set(id, seen);
    seen.looks++;
    seen.peakRssBytes = Math.max(seen.peakRssBytes, rssBytes);
    if (!isSize(cpuCores)) return;
    seen.cores = seen.cores === null ? cpuCores : seen.cores + SMOOTHING * (cpuCores - seen.cores);
    if (seen.looks >= SETTLED_LOOKS) seen.peakCores = Math.max(seen.peakCores ?? 0, seen.cores);
  }

  #seen(): { readonly rss: readonly number[]; readonly cores: readonly number[] } {
    const living = [...this.#agents.values()].filter(isSettled);
    return {
      rss: [...this.#rssBytes, ...living.map((seen) => seen.peakRssBytes)],
      cores: [...this.#cpuCores, ...living.flatMap((seen) => seen.peakCores ?? [])],
    };
  }

  #sum(): Footprint {
    const { rss, cores } = this.#seen();
    return {
      rssBytes: percentile(rss, 0.95, LEAST_AGENTS),
      cpuCores: percentile(cores, 0.95, LEAST_AGENTS),
      taskSeconds: percentile(this.#taskSeconds, 0.95, LEAST_TASKS),
      agents: rss.length,
      tasks: this.#taskSeconds.length,
    };
  }

  #largest(): number {
    let largest = 0;
    for (const { peakRssBytes } of this.#agents.values()) largest = Math.max(largest, peakRssBytes);
    for (const bytes of this.#rssBytes) largest = Math.max(largest, bytes);
    return largest;
  }
}

function isSettled({ looks }: Seen): boolean {
  return looks >= SETTLED_LOOKS;
}

function push(values: number[], value: number): void {
  values.push(value);
  if (values.length > KEPT) values.shift();
}

/** `null` of too few. */
function percentile(values: readonly number[], share: number, least: number): number | null {
  return values.length < least ? null : nearestRank(values, share);
}

function spreadOf(values: readonly number[]): FootprintSizes["rssBytes"] {
  const p50 = percentile(values, 0.5, LEAST_AGENTS);
  const p95 = percentile(values, 0.95, LEAST_AGENTS);
  return p50 === null || p95 === null ? null : { p50, p95 };
}

function sizes(values: unknown): number[] {
  return Array.isArray(values) ? values.filter((value: unknown) => isSize(value)).slice(-KEPT) : [];
}

function isSize(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

function hundredth(value: number): number {
  return Math.round(value * 100) / 100;
}
