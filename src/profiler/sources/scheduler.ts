import { CodedError } from "../../engine/common/errors.ts";
import type { ThreadState } from "../../engine/protocol/profiling.ts";
import { type Profile, ProfileBuilder } from "../profile.ts";
import { lookAtThread, threadIds } from "./threads.ts";

/** What is no word for people yet. */
const WORDS: Partial<Record<ThreadState, string>> = { uninterruptible: "waiting for a device" };

/**
 * Where a process spends its time as seen from outside: the state of each thread and the place in the kernel where it waits, looked
 * at again and again. Process → thread → state → place. Derived: what happened between two looks is not known.
 */
export class SchedulerSampler {
  readonly #pid: number;
  readonly #builder: ProfileBuilder;
  readonly #process: number;
  #lastUs: number | null = null;
  #samples = 0;

  constructor(pid: number, command: string) {
    this.#pid = pid;
    this.#builder = new ProfileBuilder(command, "microseconds", true);
    this.#process = this.#builder.node(-1, this.#frame(command));
  }

  get samples(): number {
    return this.#samples;
  }

  /** One look; each thread counts for the time since the one before. Threads that only sleep are samples in which nothing ran. */
  look(atMs: number): void {
    const atUs = atMs * 1000;
    const weight = this.#lastUs === null ? 0 : atUs - this.#lastUs;
    this.#lastUs = atUs;
    if (weight <= 0) return;
    for (const look of threadIds(this.#pid).map((tid) => lookAtThread(this.#pid, tid))) {
      if (look === null) continue;
      const { name, tid, state, waitChannel: wait } = look;
      this.#samples++;
      const sleeps = state === "sleeping" || state === "idle";
      const thread = this.#builder.node(this.#process, this.#frame(`${name} (${tid})`));
      const what = this.#builder.node(thread, this.#frame(WORDS[state] ?? state));
      const top = wait === null ? what : this.#builder.node(what, this.#frame(wait));
      this.#builder.sample(sleeps ? -1 : top, weight, atUs - weight);
    }
  }

  /** @throws CodedError `profile.ended` when it was never seen */
  profile(startedAtMs: number): Profile {
    if (this.#samples === 0) throw new CodedError("profile.ended", { pid: this.#pid });
    return this.#builder.build(startedAtMs);
  }

  #frame(name: string): number {
    return this.#builder.frame({ name, file: null, line: null, column: null });
  }
}
