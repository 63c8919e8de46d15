import type { LeaseAnswer, ReleaseAnswer } from "../engine/protocol/leases.ts";
import { type Call, calls } from "../engine/protocol/rpc.ts";
import { orAborted } from "./engineLink.ts";
import type { CallerLeases, CapacityAsked, ProcessClaim } from "./tool.ts";

export interface GrantsParts {
  /** To the engine, and not given up with the request of any caller. */
  readonly call: <P, R>(call: Call<P, R>, params: P) => Promise<R>;
  readonly holder: ProcessClaim;
  /** This process, which the holder has started: how the engine knows that it may speak for it. */
  readonly door: ProcessClaim;
}

interface Asking {
  readonly key: string | undefined;
  isAnswered: boolean;
}

/**
 * What was given over one connection of the agents' door. A caller who gives up is let go at once; the engine, asked
 * already, may grant all the same, so its answer is waited for and what nobody takes is given back.
 */
export class Grants implements CallerLeases {
  readonly #parts: GrantsParts;
  readonly #held = new Set<string>();
  readonly #asking = new Map<Asking, Promise<unknown>>();
  #isOver = false;

  constructor(parts: GrantsParts) {
    this.#parts = parts;
  }

  /** @throws coded errors, `aborted` among them */
  request(asked: CapacityAsked, signal: AbortSignal): Promise<LeaseAnswer> {
    const { call, holder, door } = this.#parts;
    const asking: Asking = { key: asked.key, isAnswered: false };
    const answered = call(calls.capacityRequest, { ...asked, holder, door }).then((answer) =>
      this.#answered(asking, answer, signal),
    );
    this.#asking.set(
      asking,
      answered.catch(() => undefined).finally(() => this.#asking.delete(asking)),
    );
    return orAborted(answered, signal);
  }

  renew(leaseId: string, seconds: number, signal: AbortSignal): Promise<LeaseAnswer> {
    const { call, holder, door } = this.#parts;
    return orAborted(call(calls.capacityRenew, { leaseId, seconds, holder, door }), signal);
  }

  release(leaseId: string, signal: AbortSignal): Promise<ReleaseAnswer> {
    return orAborted(this.#giveBack(leaseId), signal);
  }

  /** Gives everything back, also what is granted only now; as much of it as is done until `signal`. Never rejects. */
  async end(signal: AbortSignal): Promise<void> {
    this.#isOver = true;
    const all = Promise.allSettled([...this.#asking.values(), ...[...this.#held].map((id) => this.#giveBack(id))]);
    // One that cannot be given back ends with its time, or with its holder.
    await orAborted(all, signal).catch(() => undefined);
  }

  async #answered(asking: Asking, answer: LeaseAnswer, signal: AbortSignal): Promise<LeaseAnswer> {
    asking.isAnswered = true;
    if (answer.kind === "refused" || this.#held.has(answer.lease.id)) return answer;
    if (signal.aborted || this.#isOver) {
      // Asked for once more meanwhile, it is the same lease: it is for that answer to take it or not.
      const isAskedAgain =
        asking.key !== undefined &&
        [...this.#asking.keys()].some((other) => !other.isAnswered && other.key === asking.key);
      if (!isAskedAgain) await this.#giveBack(answer.lease.id);
    } else this.#held.add(answer.lease.id);
    return answer;
  }

  async #giveBack(leaseId: string): Promise<ReleaseAnswer> {
    const { call, holder, door } = this.#parts;
    const answer = await call(calls.capacityRelease, { leaseId, holder, door });
    this.#held.delete(leaseId);
    return answer;
  }
}
