import { CodedError } from "../../engine/common/errors.ts";
import type { Latency } from "../../engine/protocol/profilingIo.ts";
import { latenciesOf } from "../io/latencies.ts";
import type { TargetInspector } from "./source.ts";
import { BUCKETS, BUCKETS_PER_DOUBLING, LATENCY_END, latencyBegin } from "./latencyScript.ts";

/** Should the engine be killed, what it has put there takes itself away so long after the profile's end. */
const LEFT_OVER_MS = 30_000;
const ABANDON_MS = 500;

/** How long calls of a Node process take, measured in it. Whoever starts one ends it by `finish` or `abandon`. */
export class LatencyProbe {
  readonly #inspector: TargetInspector;
  readonly #signal: AbortSignal;

  private constructor(inspector: TargetInspector, signal: AbortSignal) {
    this.#inspector = inspector;
    this.#signal = signal;
  }

  /** @throws CodedError as `Inspector.evaluate`: nothing is left there then */
  static async start(inspector: TargetInspector, durationMs: number, signal: AbortSignal): Promise<LatencyProbe> {
    await inspector.evaluate(latencyBegin(durationMs + LEFT_OVER_MS), signal);
    return new LatencyProbe(inspector, signal);
  }

  /** @throws CodedError as `Inspector.evaluate`, and `inspector.garbled` */
  async finish(): Promise<readonly Latency[]> {
    const told = await this.#inspector.evaluate(LATENCY_END, this.#signal);
    if (!Array.isArray(told)) throw new CodedError("inspector.garbled", { method: "Runtime.evaluate" });
    return latenciesOf(told, { buckets: BUCKETS, perDoubling: BUCKETS_PER_DOUBLING });
  }

  /** Never throws. */
  async abandon(): Promise<void> {
    await this.#inspector.evaluate(LATENCY_END, new AbortController().signal, ABANDON_MS).catch(() => undefined);
  }
}
