import { spawn } from "node:child_process";
import { waitFor } from "./waitFor.ts";

export interface ChildGroup {
  readonly ended: Promise<string>;
  output(): string;
  /** Ends every process of the group; resolves when they are gone. */
  stop(): Promise<void>;
}

const STOP_DEADLINE_MS = 10_000;
const KEPT_OUTPUT_CHARACTERS = 20_000;

/** Starts a program as the leader of its own process group, so that all it starts can be ended with it. */
export function startGroup(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ChildGroup {
  const child = spawn(command, args, { env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-KEPT_OUTPUT_CHARACTERS);
    });
  }
  const ended = new Promise<string>((resolve) => {
    child.on("error", (error) => resolve(`could not start: ${error.message}`));
    child.on("exit", (code, signal) => resolve(`ended with ${signal ?? `exit code ${code}`}`));
  });
  const kill = (): void => {
    if (child.pid !== undefined) signalGroup(child.pid, "SIGKILL");
  };
  // Being in a group of its own, it does not get the Ctrl-C that ends this process.
  process.on("exit", kill);
  const stop = async (): Promise<void> => {
    const { pid } = child;
    process.off("exit", kill);
    if (pid === undefined) return;
    signalGroup(pid, "SIGTERM");
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, STOP_DEADLINE_MS).unref())]);
    signalGroup(pid, "SIGKILL");
    await waitFor("the editor's processes to end", () => !signalGroup(pid, 0), { deadlineMs: STOP_DEADLINE_MS });
  };
  return { ended, output: () => output, stop };
}

/** @returns false when nothing of the group is left */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(process.platform === "win32" ? pid : -pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}
