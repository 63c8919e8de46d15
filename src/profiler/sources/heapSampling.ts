import type { ForcedCollections } from "../../engine/protocol/profiling.ts";
import type { LivingLook } from "../leaks.ts";
import { readProc } from "./procTarget.ts";
import type { TargetInspector } from "./source.ts";
import { allocationSites, type Sites, type V8HeapNode } from "./v8Profile.ts";

/** One sample for so many allocated bytes: 8 a second for a leak of 1 MB/s, at a cost that stays below 2%. */
export const SAMPLING_BYTES = 131_072;
/** Each look is a full collection, for which the process stands still: at most this share of its time. */
const MOST_STILL_RATIO = 0.02;
const FINISH_MS = 20_000;

interface Answer {
  readonly profile: { readonly head: V8HeapNode };
}

/** Everything that was allocated for a while, whether it was collected or not. */
export interface Everything {
  readonly sites: Sites;
  readonly sampledMs: number;
}

/**
 * V8's sampling heap profiler in two phases, because it tells either all that is allocated or what of it is alive, never both:
 * first everything, until the first look, then the living. Its answers come after a full collection (V8's inspector asks for
 * `kSamplingForceGC`), so they hold no garbage, and the process stands still for them.
 */
export class HeapSampling {
  readonly #inspector: TargetInspector;
  readonly #signal: AbortSignal;
  readonly #elapsedMs: () => number;
  readonly #pid: number;
  readonly #looks: LivingLook[] = [];
  readonly #stillMs: number[] = [];
  #beganMs = 0;
  #everything: Everything | null = null;
  #raw: Answer["profile"] | null = null;

  private constructor(inspector: TargetInspector, signal: AbortSignal, elapsedMs: () => number, pid: number) {
    this.#inspector = inspector;
    this.#pid = pid;
    this.#signal = signal;
    this.#elapsedMs = elapsedMs;
  }

  /** @throws CodedError `inspector.*`, `profile.ended`, `aborted` */
  static async start(
    inspector: TargetInspector,
    signal: AbortSignal,
    elapsedMs: () => number,
    pid: number,
  ): Promise<HeapSampling> {
    const sampling = new HeapSampling(inspector, signal, elapsedMs, pid);
    await inspector.call("HeapProfiler.enable", {}, signal);
    await sampling.#begin({ includeObjectsCollectedByMajorGC: true, includeObjectsCollectedByMinorGC: true });
    sampling.#beganMs = elapsedMs();
    return sampling;
  }

  get everything(): Everything | null {
    return this.#everything;
  }

  /** What was alive, in order. */
  get looks(): readonly LivingLook[] {
    return this.#looks;
  }

  /** As V8 told it last, for a file. */
  get raw(): unknown {
    return this.#raw;
  }

  get collections(): ForcedCollections {
    const totalMs = this.#stillMs.reduce((sum, ms) => sum + ms, 0);
    return { count: this.#stillMs.length, totalMs, mostMs: Math.max(0, ...this.#stillMs) };
  }

  /** Whether a look now would keep it within its share of the process's time. */
  get isDue(): boolean {
    return this.collections.totalMs <= MOST_STILL_RATIO * this.#elapsedMs();
  }

  /**
   * Looks at what is alive, or ends the first phase; either way after a full collection.
   * @throws CodedError `inspector.*`, `profile.ended`, `aborted`
   */
  async look(): Promise<void> {
    const began = this.#elapsedMs();
    const ranBefore = mainThreadMs(this.#pid);
    const method = this.#everything === null ? "HeapProfiler.stopSampling" : "HeapProfiler.getSamplingProfile";
    const { profile } = await this.#inspector.call<Answer>(method, {}, this.#signal, FINISH_MS);
    const atMs = this.#elapsedMs();
    // On a busy machine most of the wait is for a processor, and what it did meanwhile is in it too: an upper bound either way.
    const ran = mainThreadMs(this.#pid);
    this.#stillMs.push(
      Math.min(atMs - began, ranBefore === null || ran === null ? Number.POSITIVE_INFINITY : ran - ranBefore),
    );
    const sites = allocationSites(profile.head);
    if (this.#everything === null) {
      this.#everything = { sites, sampledMs: began - this.#beganMs };
      await this.#begin({});
      return;
    }
    this.#raw = profile;
    this.#looks.push({ atMs, sites });
  }

  /** Never throws: it ends with the connection at the latest. */
  async end(): Promise<void> {
    await this.#inspector.call("HeapProfiler.stopSampling", {}, this.#signal, FINISH_MS).catch(() => undefined);
  }

  #begin(more: Readonly<Record<string, boolean>>): Promise<unknown> {
    const params = { samplingInterval: SAMPLING_BYTES, ...more };
    return this.#inspector.call("HeapProfiler.startSampling", params, this.#signal);
  }
}

/** Time that the main thread of a process has run so far, ms; `null` where it is not told. */
function mainThreadMs(pid: number): number | null {
  const [ns] = (readProc(pid, `task/${pid}/schedstat`) ?? "").split(" ");
  return ns === undefined || ns === "" ? null : Number(ns) / 1e6;
}
