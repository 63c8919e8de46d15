import type { ForcedCollections } from "../../engine/protocol/profiling.ts";
import type { LivingLook } from "../leaks.ts";
import { readProc } from "./procTarget.ts";
import type { TargetInspector } from "./source.ts";
import { allocationSites, type Sites, type V8HeapNode } from "./v8Profile.ts";

/** While everything is sampled: 50 samples a second of 50 MB/s, and less than 2% of the time of a program that does nothing else. */
export const FIRST_SAMPLING_BYTES = 1 << 20;
const LEAST_SAMPLING_BYTES = 131_072;
const MOST_SAMPLING_BYTES = 8 << 20;
/** Measured with Node 24: of a program that allocates 1 GB a second one sample for 128 KiB takes 8%, so 10 µs each; coarser ones up to twice that. */
const SAMPLE_SECONDS = 10e-6;
const MOST_SAMPLING_RATIO = 0.005;

/**
 * Between two samples of the living: as fine as their share of the time allows. 128 KiB up to 65 MB/s, by powers of two.
 * @param bytesPerSecond that are allocated
 */
export function samplingBytesFor(bytesPerSecond: number): number {
  const least = (bytesPerSecond * SAMPLE_SECONDS) / MOST_SAMPLING_RATIO;
  let bytes = LEAST_SAMPLING_BYTES;
  while (bytes < least && bytes < MOST_SAMPLING_BYTES) bytes *= 2;
  return bytes;
}

/** Each look is a full collection, for which the process stands still: at most this share of its time. */
const MOST_STILL_RATIO = 0.02;
const FINISH_MS = 20_000;

const RETAINED = "(() => { const { heapUsed, external } = process.memoryUsage(); return heapUsed + external; })()";

interface Answer {
  readonly profile: { readonly head: V8HeapNode };
}

/** Everything that was allocated for a while, whether it was collected or not. */
export interface Everything {
  readonly sites: Sites;
  readonly sampledMs: number;
  readonly samplingBytes: number;
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
  #samplingBytes = LEAST_SAMPLING_BYTES;
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
    const everything = { includeObjectsCollectedByMajorGC: true, includeObjectsCollectedByMinorGC: true };
    await sampling.#begin(FIRST_SAMPLING_BYTES, everything);
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

  /** Between two samples of the living. */
  get samplingBytes(): number {
    return this.#samplingBytes;
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
   * @returns heap and what it holds outside right after it, bytes; `null`: not told
   * @throws CodedError `inspector.*`, `profile.ended`, `aborted`
   */
  async look(): Promise<number | null> {
    const began = this.#elapsedMs();
    const ranBefore = mainThreadMs(this.#pid);
    const method = this.#everything === null ? "HeapProfiler.stopSampling" : "HeapProfiler.getSamplingProfile";
    const asked = this.#inspector.call<Answer>(method, {}, this.#signal, FINISH_MS);
    // Asked before the first answer is there: it is then answered in the same turn, and the program makes no garbage in between.
    const retained = this.#inspector.evaluate(RETAINED, this.#signal, FINISH_MS).catch(() => null);
    const { profile } = await asked;
    const told = await retained;
    const retainedBytes = typeof told === "number" && Number.isFinite(told) ? told : null;
    const atMs = this.#elapsedMs();
    // On a busy machine most of the wait is for a processor, and what it did meanwhile is in it too: an upper bound either way.
    const ran = mainThreadMs(this.#pid);
    this.#stillMs.push(
      Math.min(atMs - began, ranBefore === null || ran === null ? Number.POSITIVE_INFINITY : ran - ranBefore),
    );
    const sites = allocationSites(profile.head);
    if (this.#everything === null) {
      const sampledMs = Math.max(1, began - this.#beganMs);
      this.#everything = { sites, sampledMs, samplingBytes: FIRST_SAMPLING_BYTES };
      let bytes = 0;
      for (const site of sites.values()) bytes += site.bytes;
      this.#samplingBytes = samplingBytesFor((bytes / sampledMs) * 1000);
      await this.#begin(this.#samplingBytes);
      return retainedBytes;
    }
    this.#raw = profile;
    this.#looks.push({ atMs, sites });
    return retainedBytes;
  }

  /** Never throws: it ends with the connection at the latest. */
  async end(): Promise<void> {
    await this.#inspector.call("HeapProfiler.stopSampling", {}, this.#signal, FINISH_MS).catch(() => undefined);
  }

  #begin(samplingInterval: number, more: Readonly<Record<string, boolean>> = {}): Promise<unknown> {
    const params = { samplingInterval, ...more };
    return this.#inspector.call("HeapProfiler.startSampling", params, this.#signal);
  }
}

/** Time that the main thread of a process has run so far, ms; `null` where it is not told. */
function mainThreadMs(pid: number): number | null {
  const [ns] = (readProc(pid, `task/${pid}/schedstat`) ?? "").split(" ");
  return ns === undefined || ns === "" ? null : Number(ns) / 1e6;
}
