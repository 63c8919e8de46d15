import type { CallProgress } from "../protocol/progress.ts";
import type { Call, calls, InitializeParams, Role } from "../protocol/rpc.ts";

/** One connected and initialised client, as the engine sees it. */
export interface ClientFacts {
  /** Counts up over the life of the engine; never used again. */
  readonly id: number;
  readonly role: Role;
  readonly name: string;
  readonly version: string;
  readonly kind: InitializeParams["client"]["kind"];
  /** It has a subscription that somebody looks at. */
  readonly looking: boolean;
}

export interface CallContext {
  /** Aborted when the caller cancels, disconnects, or the engine closes its door. */
  readonly signal: AbortSignal;
  readonly client: ClientFacts;
  /** Says how far the call is, as often as it likes; goes nowhere when the caller has not asked for it. */
  readonly progress: (progress: CallProgress) => void;
}

export type Calls = typeof calls;
/** What the door answers itself. */
export type DoorCall = "initialize" | "subscribe" | "unsubscribe";
export type ParamsOf<C> = C extends Call<infer P, unknown> ? P : never;
export type ResultOf<C> = C extends { readonly result?: infer R } ? R : never;

/**
 * The engine's behaviour, one function a call. `params` have passed the call's schema. An expected failure is thrown as
 * a `CodedError` and reaches the caller; anything else is logged here and reaches the caller as `internal` without its
 * text. A handler that stops the engine answers first and closes the door afterwards.
 */
export type Handlers = {
  readonly [K in Exclude<keyof Calls, DoorCall>]: (
    params: ParamsOf<Calls[K]>,
    context: CallContext,
  ) => ResultOf<Calls[K]> | Promise<ResultOf<Calls[K]>>;
};
