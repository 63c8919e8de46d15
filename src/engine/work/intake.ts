import { type Coded, toCoded } from "../common/errors.ts";
import type { NewTask, Submission, TaskRecord, TaskRunner, TaskStore } from "../ports.ts";
import type { SubmitResult } from "../protocol/tasks.ts";
import type { Guards } from "./guards.ts";
import { inputRefusal, labelOf } from "./prompt.ts";

const DEFAULT_PRIORITY = 5;

export interface IntakeParts {
  readonly store: Pick<TaskStore, "known">;
  readonly guards: Guards;
  readonly newId: (wallMs: number) => string;
  /** Why a swarm takes no task now, whatever it is; `null` when it does. */
  readonly swarmRefusal?: (swarmId: string) => Coded | null;
}

export interface Intake {
  readonly results: readonly SubmitResult[];
  /** In their lane's queue, and not written yet. */
  readonly accepted: readonly NewTask[];
}

/** Checks each task of a submission and gives it its place in the queue of its lane, or says why not. */
export function takeIn(
  submission: Submission,
  by: string,
  wallMs: number,
  runner: TaskRunner,
  parts: IntakeParts,
): Intake {
  const { guards, store } = parts;
  const { swarmId, lane = "standard", priority = DEFAULT_PRIORITY } = submission;
  const { gate, bulkhead } = guards.lane(lane);
  const draining: Coded | null = gate === "draining" ? { code: "lane.draining", args: { lane } } : null;
  const closed = draining ?? parts.swarmRefusal?.(swarmId) ?? null;
  const accepted: NewTask[] = [];
  const keys = new Map<string, string>();
  const results = submission.tasks.map(({ id: wish, input, key }): SubmitResult => {
    if (key !== undefined) {
      const known = store.known(swarmId, key);
      if (known !== null) return { kind: "known", taskId: known.id, state: known.state };
      const twin = keys.get(key);
      if (twin !== undefined) return { kind: "known", taskId: twin, state: "waiting" };
    }
    const reason = closed ?? inputRefusal(input) ?? runner.refusal(input);
    if (reason !== null) return { kind: "refused", reason };
    const id = wish ?? parts.newId(wallMs);
    try {
      bulkhead.offer({ id, group: swarmId, priority });
    } catch (error) {
      return { kind: "refused", reason: toCoded(error) };
    }
    if (key !== undefined) keys.set(key, id);
    const record: TaskRecord = {
      id,
      swarmId,
      lane,
      priority,
      label: labelOf(input),
      submittedAtMs: wallMs,
      submittedBy: by,
      attempt: 0,
      maxAttempts: submission.maxAttempts ?? guards.policy.retry.maxAttempts,
      timeoutSeconds: submission.timeoutSeconds ?? guards.policy.taskTimeoutSeconds,
      retryOf: submission.retryOf ?? null,
      state: { kind: "waiting", notBeforeMs: null, lastFailure: null },
      deaths: 0,
    };
    accepted.push({ record, input, key: key ?? null });
    return { kind: "accepted", taskId: id };
  });
  return { results, accepted };
}
