import type { Disposable } from "../common/disposable.ts";
import type { Coded } from "../common/errors.ts";
import type { TrainPolicyAnswer, TrainPolicyRequest } from "./dqn.ts";
import type { AssessAnswer, AssessTask, ForecastAnswer, ForecastTask, KeptFit, TrainTask } from "./loop.ts";
import type { OptimizeAnswer, OptimizeRequest } from "./optimize.ts";
import type { PatternsAnswer, PatternsRequest } from "./patterns.ts";
import type { ReplayAnswer, ReplayRequest } from "./replay.ts";

// What takes long, and what the engine and its heavy child say to each other about it over the channel of the fork.

/** Everything the child can be asked. A new kind is a line here and one in `heavy.ts`. */
export interface HeavyWork {
  /** Continues a series by what its tests have shown. */
  readonly forecast: { readonly request: ForecastTask; readonly answer: ForecastAnswer };
  /** Tests all models on a series. */
  readonly assess: { readonly request: AssessTask; readonly answer: AssessAnswer };
  /** Fits a learned model to several lengths of a series, so that it can be tested on what came after each. */
  readonly train: { readonly request: TrainTask; readonly answer: readonly KeptFit[] };
  /** Trains a network to size a swarm, and judges it. */
  readonly trainPolicy: { readonly request: TrainPolicyRequest; readonly answer: TrainPolicyAnswer };
  /** The best allocations for several aims at once. */
  readonly optimize: { readonly request: OptimizeRequest; readonly answer: OptimizeAnswer };
  readonly patterns: { readonly request: PatternsRequest; readonly answer: PatternsAnswer };
  /** What each policy would have cost over a past load. */
  readonly replay: { readonly request: ReplayRequest; readonly answer: ReplayAnswer };
}

export type HeavyKind = keyof HeavyWork;

export interface HeavyCall {
  readonly signal: AbortSignal;
  /** Called now and then with the share that is done, 0..1. */
  readonly onProgress?: (doneRatio: number) => void;
}

/** A forked child, gone when idle, killed at its deadline or on abort. Requests wait for each other. */
export interface HeavyPort extends Disposable {
  /** Something runs, or waits for its turn. */
  readonly busy: boolean;
  /** @throws CodedError `heavy.deadline`, `heavy.died`, `aborted`, and what the work itself refuses */
  run<K extends HeavyKind>(kind: K, request: HeavyWork[K]["request"], call: HeavyCall): Promise<HeavyWork[K]["answer"]>;
}

export type HeavyRequest = {
  readonly [K in HeavyKind]: { readonly id: number; readonly kind: K; readonly request: HeavyWork[K]["request"] };
}[HeavyKind];

export type HeavyAnswer = HeavyWork[HeavyKind]["answer"];

/** `last`: the child will answer no more and may be ended; the next request takes a new one. */
export type HeavyReply =
  | { readonly id: number; readonly kind: "progress"; readonly doneRatio: number }
  | { readonly id: number; readonly kind: "answer"; readonly answer: HeavyAnswer; readonly last: boolean }
  | { readonly id: number; readonly kind: "refusal"; readonly error: Coded; readonly last: boolean };
