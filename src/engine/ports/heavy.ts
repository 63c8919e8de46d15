import type { Coded } from "../common/errors.ts";
import type { ForecastAnswer, ForecastRequest } from "./loop.ts";

// What the engine and its heavy child say to each other, over the channel of the fork.

export interface HeavyRequest {
  readonly id: number;
  readonly forecast: ForecastRequest;
}

/** `last`: the child will answer no more and may be ended; the next request takes a new one. */
export type HeavyReply =
  | { readonly id: number; readonly ok: true; readonly answer: ForecastAnswer; readonly last: boolean }
  | { readonly id: number; readonly ok: false; readonly error: Coded; readonly last: boolean };
