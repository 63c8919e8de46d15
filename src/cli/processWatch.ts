import { readFileSync } from "node:fs";
import type { GoneCheck } from "./world.ts";

/**
 * Remembers which process a pid means now, and tells later whether that process is gone: no entry any more, a zombie, or
 * another start time. Where there is no `/proc` only the pid can be asked for.
 * @throws RangeError for a pid that is not an integer > 1
 */
export function watchProcess(pid: number): GoneCheck {
  if (!Number.isSafeInteger(pid) || pid <= 1) throw new RangeError(`pid must be an integer > 1, got ${pid}`);
  if (process.platform !== "linux") return () => !exists(pid);
  const first = look(pid);
  return () => {
    const now = look(pid);
    return first === null || now === null || now.zombie || now.startTime !== first.startTime;
  };
}

function look(pid: number): { readonly zombie: boolean; readonly startTime: string | undefined } | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    // Gone, which is the answer.
    return null;
  }
  // The name (field 2) may hold blanks and parentheses, so the fields are counted from the last `)`: state is field 3,
  // start time field 22.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { zombie: fields[0] === "Z" || fields[0] === "X", startTime: fields[19] };
}

function exists(pid: number): boolean {
  try {
    // Signal 0 sends nothing; it only asks.
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
