import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { CodedError, messageOf } from "../../engine/common/errors.ts";
import { readPerfScript } from "../formats/perfScript.ts";
import { type Profile, ProfileBuilder } from "../profile.ts";
import { readProc } from "./procTarget.ts";
import { within } from "./waiting.ts";

const run = promisify(execFile);

/** Not a round number, so that it does not march in step with what runs on timers. */
const FREQUENCY_HZ = 99;
const START_MS = 3_000;
const POLL_MS = 10;
const STOP_MS = 5_000;
const SCRIPT_MS = 30_000;
/** What is read of its text at the most; a minute of a busy process has about 10 MB. */
const MOST_TEXT_BYTES = 256 << 20;

/**
 * The kernel's sampling of native stacks by `perf`, where that is installed and permitted. What a JIT compiles has no name there.
 */
export class PerfSampler {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #exit: Promise<void>;

  private constructor(child: ChildProcess, folder: string, exit: Promise<void>) {
    this.#child = child;
    this.#folder = folder;
    this.#exit = exit;
  }

  static readonly intervalMs = 1000 / FREQUENCY_HZ;

  /** @throws CodedError `perf.missing`, `perf.refused`, `aborted` */
  static async start(pid: number, durationMs: number, signal: AbortSignal): Promise<PerfSampler> {
    if (signal.aborted) throw new CodedError("aborted");
    const folder = await mkdtemp(join(tmpdir(), "swarm-perf-"));
    // Its own end in any case, should nobody be there any more to end it.
    const seconds = String(Math.ceil(durationMs / 1000) + 60);
    const args = ["record", "-q", "-F", String(FREQUENCY_HZ), "-g", "-p", String(pid), "-o", join(folder, "perf.data")];
    const child = spawn("perf", [...args, "--", "sleep", seconds], { stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => void (said = (said + text).slice(-2_000)));
    const exit = new Promise<void>((resolve) => {
      child.once("error", () => resolve());
      child.once("close", () => resolve());
    });
    const failed = new Promise<never>((_resolve, reject) => {
      child.once("error", (error) => reject(new CodedError("perf.missing", { reason: messageOf(error) })));
      child.once("close", () => reject(new CodedError("perf.refused", { reason: firstLine(said) })));
    });
    failed.catch(() => undefined);
    const sampler = new PerfSampler(child, folder, exit);
    try {
      const late = () => new CodedError("perf.refused", { reason: "" });
      await within(Promise.race([failed, sampler.#begun(signal)]), START_MS, signal, late);
    } catch (error) {
      await sampler.abandon();
      throw error;
    }
    return sampler;
  }

  /**
   * It starts its sampling right before its child becomes `sleep`. A kernel that does not tell children tells at least that its
   * file has begun.
   */
  async #begun(signal: AbortSignal): Promise<void> {
    const { pid = 0 } = this.#child;
    while (!signal.aborted) {
      const children = readProc(pid, `task/${pid}/children`);
      const size = await stat(join(this.#folder, "perf.data")).then(
        (facts) => facts.size,
        () => 0,
      );
      const sleeps = children?.split(" ").some((child) => readProc(Number(child), "comm") === "sleep\n");
      if (sleeps ?? size > 0) return;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Ends the sampling and reads what was sampled. @throws CodedError `perf.refused`, `aborted` */
  async finish(name: string, startedAtMs: number, signal: AbortSignal): Promise<{ profile: Profile; samples: number }> {
    try {
      this.#child.kill("SIGINT");
      await within(this.#exit, STOP_MS, signal, () => new CodedError("perf.refused", { reason: "" }));
      const args = ["script", "-i", join(this.#folder, "perf.data"), "-F", "comm,tid,time,event,ip,sym,dso"];
      const { stdout } = await run("perf", args, { timeout: SCRIPT_MS, maxBuffer: MOST_TEXT_BYTES, signal });
      return sampledProfile(stdout, name, startedAtMs, 1e6 / FREQUENCY_HZ);
    } catch (error) {
      if (error instanceof CodedError) throw error;
      if (signal.aborted) throw new CodedError("aborted", {}, { cause: error });
      throw new CodedError("perf.refused", { reason: firstLine(messageOf(error)) }, { cause: error });
    } finally {
      await this.abandon();
    }
  }

  async abandon(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill("SIGKILL");
    await rm(this.#folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** The text of `perf script -F comm,tid,time,event,ip,sym,dso` as thread → outermost … innermost call. @throws CodedError `profile.perfLine` */
export function sampledProfile(
  text: string,
  name: string,
  startedAtMs: number,
  weightUs: number,
): { readonly profile: Profile; readonly samples: number } {
  const rootOf = (program: string, tid: number): string => `${program} (${tid})`;
  const [profile] = readPerfScript(text, name, { weightUs, rootOf }).profiles;
  // Nothing ran: a profile all the same, with nothing in it.
  const found = profile ?? new ProfileBuilder(name, "microseconds", true).build();
  return { profile: Object.freeze({ ...found, startedAtMs }), samples: found.sampleNode.length };
}

function firstLine(text: string): string {
  return (text.split("\n").find((line) => line.trim() !== "") ?? "").trim().slice(0, 200);
}
