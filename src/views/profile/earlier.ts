import type { ArtefactKind } from "../../engine/protocol/profiling.ts";

/** A recording that lies beside another one, told by its name: when it was made, of which process. */
export interface EarlierRecording {
  readonly name: string;
  readonly atMs: number;
  readonly pid: number;
}

/** As the engine names them: `20261126T140305123Z-4121.cpuprofile`. */
const NAME = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z-(\d{1,10})\.([a-z]+)$/;
const MOST = 50;

/**
 * What a recording can be compared with: those of its kind that were made before it, of the same process first, then the newest
 * first. A pid may be used again, so its name alone does not say that it is the same process: the time beside it helps.
 */
export function earlierThan(name: string, kind: ArtefactKind, names: readonly string[]): readonly EarlierRecording[] {
  const own = readName(name, kind);
  return names
    .flatMap((one) => readName(one, kind) ?? [])
    .filter((one) => one.name !== name && (own === null || one.atMs < own.atMs))
    .toSorted((a, b) => Number(b.pid === own?.pid) - Number(a.pid === own?.pid) || b.atMs - a.atMs)
    .slice(0, MOST);
}

function readName(name: string, kind: ArtefactKind): EarlierRecording | null {
  const [, year, month, day, hour, minute, second, ms, pid, ending] = NAME.exec(name) ?? [];
  if (ending !== kind) return null;
  const atMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`);
  return Number.isNaN(atMs) ? null : { name, atMs, pid: Number(pid) };
}
