import type { Coded } from "../common/errors.ts";
import type { Rng } from "../common/rng.ts";
import { retryDelayMs } from "../guard/retryBudget.ts";
import type { TaskOutcome, TaskOutput, TaskRecord } from "../ports.ts";
import type { RetryPolicy } from "../protocol/faultTolerance.ts";
import type { TaskState } from "../protocol/tasks.ts";

/** A task that took that many agents down is not given to another one. */
export const MAX_DEATHS = 3;

/** What a breaker should learn from a run. */
export type Lesson = "success" | "failure" | "ignore";

/** What follows from the end of a run. */
export type Verdict =
  | {
      readonly kind: "over";
      readonly state: TaskState;
      readonly deaths: number;
      readonly output: TaskOutput | undefined;
      readonly lesson: Lesson;
    }
  | {
      readonly kind: "again";
      readonly attempt: number;
      readonly deaths: number;
      /** `null`: at once. */
      readonly pause: { readonly delayMs: number; readonly reason: Coded } | null;
      readonly lesson: Lesson;
    };

/**
 * Over, or once more. A success is over, whatever was asked meanwhile; a cancelled one is over; what we ended ourselves
 * (a smaller size, a restart) waits again as if it had not begun; a failure is tried again while attempts and the shared
 * budget last, a task whose agent died under it while it has not taken three of them down.
 * @param at.timedOut it was ended because its time was up
 * @param withdraw takes a retry out of the budget; asked only when one is needed
 */
export function verdictOf(
  record: TaskRecord,
  outcome: TaskOutcome,
  at: { readonly wallMs: number; readonly tookMs: number; readonly timedOut: boolean },
  retry: { readonly policy: RetryPolicy; readonly withdraw: () => boolean; readonly rng: Rng },
): Verdict {
  const { state, attempt, deaths, maxAttempts, timeoutSeconds } = record;
  const atMs = at.wallMs;
  if (outcome.kind === "done") {
    const { output } = outcome;
    return { kind: "over", state: { kind: "done", atMs, tookMs: at.tookMs }, deaths, output, lesson: "success" };
  }
  const output = outcome.kind === "failed" ? outcome.output : undefined;
  const cancelledBy = state.kind === "running" ? state.cancelledBy : null;
  if (cancelledBy !== null)
    return { kind: "over", state: { kind: "cancelled", atMs, by: cancelledBy }, deaths, output, lesson: "ignore" };
  if (outcome.kind === "lost" && outcome.ours && !at.timedOut)
    return { kind: "again", attempt: attempt - 1, deaths, pause: null, lesson: "ignore" };
  const died = outcome.kind === "lost" && !at.timedOut ? deaths + 1 : deaths;
  const reason: Coded = at.timedOut
    ? { code: "task.timeout", args: { seconds: timeoutSeconds } }
    : outcome.kind === "failed"
      ? outcome.reason
      : { code: "task.agentDied", args: { how: outcome.how } };
  const failed = (why: Coded): Verdict => {
    return { kind: "over", state: { kind: "failed", atMs, reason: why }, deaths: died, output, lesson: "failure" };
  };
  if (died >= MAX_DEATHS) return failed({ code: "task.lostTooOften", args: { deaths: died } });
  if (attempt >= maxAttempts || !retry.withdraw()) return failed(reason);
  const { baseSeconds, maxSeconds } = retry.policy;
  const delayMs = retryDelayMs(
    Math.max(1, attempt),
    { baseMs: baseSeconds * 1000, maxMs: maxSeconds * 1000 },
    retry.rng,
  );
  return { kind: "again", attempt, deaths: died, pause: { delayMs, reason }, lesson: "failure" };
}
