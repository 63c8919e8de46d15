import type { ScalerPort, ScalerVerdict, ScalerView } from "../ports.ts";
import type { DqnAdvice } from "../protocol/scaling.ts";
import { LiveHpaScaler } from "./liveHpaScaler.ts";

/**
 * The scaler that a swarm is set to at the time (`scaling.policy`): the Kubernetes rules, or the one beside them. Both look
 * at everything, so that one that is chosen while the swarm runs knows what was lately and ends no agent for want of it.
 */
export class ScalerChoice implements ScalerPort {
  readonly #hpa = new LiveHpaScaler();
  readonly #other: ScalerPort;
  #isHpa = false;

  constructor(other: ScalerPort) {
    this.#other = other;
  }

  acted(from: number, to: number, monotonicMs: number, byOperator = false): void {
    this.#hpa.acted(from, to, monotonicMs, byOperator);
    this.#other.acted(from, to, monotonicMs, byOperator);
  }

  look(view: ScalerView): ScalerVerdict {
    this.#isHpa = view.policy.policy === "hpa";
    const hpa = this.#hpa.look(view);
    const other = this.#other.look(view);
    return this.#isHpa ? hpa : other;
  }

  /** A network advises about the adaptive rule; where that does not size the swarm, it would be about nothing. */
  advice(): DqnAdvice | null {
    return this.#isHpa ? null : (this.#other.advice?.() ?? null);
  }
}
