import type { LeaseAnswer, ReleaseAnswer } from "../engine/protocol/leases.ts";
import { type Call, calls } from "../engine/protocol/rpc.ts";
import { orGaveUp } from "./engineLink.ts";
import type { CallerLeases, CapacityAsked, ProcessClaim } from "./tool.ts";

export interface GrantsParts {
  /** To the engine, and not given up with the request of any caller. */
  readonly call: <P, R>(call: Call<P, R>, params: P) => Promise<R>;
  readonly holder: ProcessClaim;
  /** This process, which the holder has started: how the engine knows that it may speak for it. */
  readonly door: ProcessClaim;
}

export type RequestId = string | number;

interface Asking {
  readonly key: string | undefined;
  readonly requestId: RequestId | null;
  isAnswered: boolean;
}

/**
 * What was given over one connection of the agents' door. A caller who gives up is let go at once; the engine, asked
 * already, may grant all the same, so its answer is waited for and what nobody takes is given back.
 */
export class Grants implements CallerLeases {
  readonly #parts: GrantsParts;
  /** Leases that somebody was told of, with the one request that was told; `null`: several were, or it has no id. */
  readonly #held = new Map<string, RequestId | null>();
  readonly #asking = new Map<Asking, Promise<unknown>>();
  #isOver = false;

  constructor(parts: GrantsParts) {
    this.#parts = parts;
  }

  /** The same for one request, so that it can be given up also when its answer is out. */
  by(requestId: RequestId): CallerLeases {
    return {
      request: (asked, signal) => this.request(asked, signal, requestId),
      renew: (leaseId, seconds, signal) => this.renew(leaseId, seconds, signal),
      release: (leaseId, signal) => this.release(leaseId, signal),
    };
  }

  /** A caller who has given up reads no answer any more, though it may be out: what it alone was told of goes back. */
  givenUp(requestId: RequestId): void {
    for (const [leaseId, told] of this.#held) if (told === requestId) this.#giveBack(leaseId).catch(() => undefined);
  }

  /** @throws coded errors, `aborted` among them */
  request(asked: CapacityAsked, signal: AbortSignal, requestId: RequestId | null = null): Promise<LeaseAnswer> {
    const { call, holder, door } = this.#parts;
    const asking: Asking = { key: asked.key, requestId, isAnswered: false };
    const answered = call(calls.capacityRequest, { ...asked, holder, door }).then((answer) =>
      this.#answered(asking, answer, signal),
    );
    this.#asking.set(
      asking,
      answered.catch(() => undefined).finally(() => this.#asking.delete(asking)),
    );
    return orGaveUp(answered, signal);
  }

  renew(leaseId: string, seconds: number, signal: AbortSignal): Promise<LeaseAnswer> {
    // Who names it has read the answer by which it was given.
    if (this.#held.has(leaseId)) this.#held.set(leaseId, null);
    const { call, holder, door } = this.#parts;
    return orGaveUp(call(calls.capacityRenew, { leaseId, seconds, holder, door }), signal);
  }

  release(leaseId: string, signal: AbortSignal): Promise<ReleaseAnswer> {
    return orGaveUp(this.#giveBack(leaseId), signal);
  }

  /** Gives everything back, also what is granted only now; as much of it as is done until `signal`. Never rejects. */
  async end(signal: AbortSignal): Promise<void> {
    this.#isOver = true;
    const all = Promise.allSettled([
      ...this.#asking.values(),
      ...[...this.#held.keys()].map((id) => this.#giveBack(id)),
    ]);
    // One that cannot be given back ends with its time, or with its holder.
    await orGaveUp(all, signal).catch(() => undefined);
  }

  async #answered(asking: Asking, answer: LeaseAnswer, signal: AbortSignal): Promise<LeaseAnswer> {
    asking.isAnswered = true;
    if (answer.kind === "refused") return answer;
    const isGivenUp = signal.aborted || this.#isOver;
    if (this.#held.has(answer.lease.id)) {
      if (!isGivenUp) this.#held.set(answer.lease.id, null);
    } else if (isGivenUp) {
      // Asked for once more meanwhile, it is the same lease: it is for that answer to take it or not.
      const isAskedAgain =
        asking.key !== undefined &&
        [...this.#asking.keys()].some((other) => !other.isAnswered && other.key === asking.key);
      if (!isAskedAgain) await this.#giveBack(answer.lease.id);
    } else this.#held.set(answer.lease.id, asking.requestId);
    return answer;
  }

  async #giveBack(leaseId: string): Promise<ReleaseAnswer> {
    const { call, holder, door } = this.#parts;
    const answer = await call(calls.capacityRelease, { leaseId, holder, door });
    this.#held.delete(leaseId);
    return answer;
  }
}
