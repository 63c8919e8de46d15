import type { Coded } from "./model.ts";

/**
 * How far a long call is. A client that wants to know puts a number of its own under `progressToken` beside the parameters,
 * once the engine has said in `initialize` that it knows of it: one that does not would refuse the call. The engine sends
 * notifications with that number, the newest wins, and none after the answer.
 */

export const PROGRESS_METHOD = "progress";
export const PROGRESS_TOKEN = "progressToken";

export interface CallProgress {
  readonly step: Coded;
  /** 0..1; `null` where nobody can say. */
  readonly doneRatio: number | null;
}

export interface ProgressNotice extends CallProgress {
  readonly token: number;
}

/** Between two notifications of one call at least. */
export const PROGRESS_INTERVAL_MS = 250;
