import { readdirSync } from "node:fs";
import { CodedError } from "../../engine/common/errors.ts";
import { parseStat } from "../../engine/common/processIdentity.ts";
import { type Profile, ProfileBuilder } from "../profile.ts";
import { readProc } from "./procTarget.ts";

/** What a thread does, by the state letter of its `stat`. */
const STATES: Readonly<Record<string, string>> = {
  R: "running",
  S: "sleeping",
  D: "waiting for a device",
  T: "stopped",
  t: "traced",
  I: "idle",
};

interface ThreadLook {
  readonly tid: string;
  readonly name: string;
  readonly state: string;
  readonly wait: string | null;
}

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
    for (const { name, tid, state, wait } of readThreads(this.#pid)) {
      this.#samples++;
      const sleeps = state === "S" || state === "I";
      const thread = this.#builder.node(this.#process, this.#frame(`${name} (${tid})`));
      const what = this.#builder.node(thread, this.#frame(STATES[state] ?? state));
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

function readThreads(pid: number): ThreadLook[] {
  let tids: string[];
  try {
    tids = readdirSync(`/proc/${pid}/task`);
  } catch {
    // Gone.
    return [];
  }
  return tids.flatMap((tid): ThreadLook[] => {
    const text = readProc(pid, `task/${tid}/stat`);
    const stat = text === null ? null : parseStat(Number(tid), text);
    if (text === null || stat === null) return [];
    const name = text.slice(text.indexOf("(") + 1, text.lastIndexOf(")"));
    // "0" for a thread that waits nowhere, or for one whose place we may not know.
    const wait = readProc(pid, `task/${tid}/wchan`);
    return [{ tid, name, state: stat.state, wait: wait === null || wait === "0" || wait === "" ? null : wait }];
  });
}
