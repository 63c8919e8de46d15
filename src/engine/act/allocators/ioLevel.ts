import { CodedError } from "../../common/errors.ts";
import type { LimitsOf } from "../../protocol/allocators.ts";
import type { RunCommand } from "./systemCommand.ts";

export type IoLevel = NonNullable<LimitsOf<"cpu">["ioLevel"]> | null;

/** Arguments of `ionice` that give this level. Class 0 is none, 2 best effort, 3 idle (ionice(1)). */
export function ioArguments(level: IoLevel): readonly string[] {
  if (level === null) return ["-c", "0"];
  return level === "idle" ? ["-c", "3"] : ["-c", "2", "-n", String(level)];
}

/** One line of `ionice -p`, as `best-effort: prio 4`, `none: prio 0` and `idle`; `undefined`: a class that is not given here. */
export function parseIoLevel(line: string): IoLevel | undefined {
  if (line === "idle") return "idle";
  const match = /^(none|best-effort): prio ([0-7])$/.exec(line);
  if (match === null) return undefined;
  return match[1] === "none" ? null : Number(match[2]);
}

/**
 * The levels of threads, in their order.
 * @throws CodedError `allocation.ioUnreadable`; what `run` throws, also when one of them is gone
 */
export async function readIoLevels(
  run: RunCommand,
  command: string,
  threads: readonly number[],
  signal: AbortSignal,
): Promise<readonly IoLevel[]> {
  const lines = (await run(command, ["-p", ...threads.map(String)], signal)).trim().split("\n");
  // One thread: the level alone. Several: the same, one a line.
  if (lines.length !== threads.length) throw new CodedError("allocation.ioUnreadable", { line: lines[0] ?? "" });
  return lines.map((line) => {
    const level = parseIoLevel(line.trim());
    if (level === undefined) throw new CodedError("allocation.ioUnreadable", { line });
    return level;
  });
}
