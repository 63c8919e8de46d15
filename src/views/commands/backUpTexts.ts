import type { BackupResult } from "../../engine/protocol/rpc.ts";
import { bytesText, durationText } from "../../text/figures.ts";
import { line } from "../show.ts";

/** `swarm-2026-06-03-140305.db`, in the time of the place: a name that does not exist yet. */
export function backupName(now: Date): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  const date = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join("-");
  return `swarm-${date}-${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}.db`;
}

export function backupText({ path, bytes, elapsedMs }: BackupResult): string {
  return `Backed up ${bytesText(bytes)} in ${durationText(elapsedMs)}: ${line(path, 400)}`;
}
