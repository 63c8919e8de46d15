import type { FileAccess, FileLoad } from "../../engine/protocol/profilingIo.ts";

const MOST_PATHS = 1_000;
const TOLD_FILES = 10;
const ACCESS_MODE = 3;

/** Bytes that all calls of a process have read and written since the last look. */
interface Moved {
  readonly read: number;
  readonly written: number;
}

/** An open file at one look. */
export interface OpenFile {
  readonly fd: number;
  readonly path: string;
  readonly position: number;
  /** As of open(2). */
  readonly flags: number;
  /** `null`: not looked at. */
  readonly sizeBytes: number | null;
  readonly changedAtMs: number | null;
  readonly disk: string | null;
}

interface PathState {
  seenAt: number;
  access: FileAccess;
  /** By a descriptor that was the same at two looks; what one look tells may be of two files, where a shell swaps them. */
  isAccessSure: boolean;
  disk: string | null;
  positionBytes: number | null;
  grownBytes: number | null;
  movedLooks: number;
  sizeBytes: number | null;
  changedAtMs: number | null;
}

/**
 * Which open files move, from look to look. A position that jumps by more than the process has read or written meanwhile was set
 * and not worked through, so it is no bytes.
 */
export class FileWatch {
  #looks = 0;
  #firstAtMs = 0;
  #lastAtMs = 0;
  #before = new Map<number, OpenFile>();
  readonly #paths = new Map<string, PathState>();

  /** @param moved `null`: not told */
  look(atMs: number, files: readonly OpenFile[], moved: Moved | null): void {
    if (this.#looks === 0) this.#firstAtMs = atMs;
    this.#lastAtMs = atMs;
    this.#looks++;
    for (const [path, group] of Map.groupBy(files, (file) => file.path)) {
      const [first] = group;
      if (first === undefined) continue;
      const known = this.#paths.get(path);
      if (known === undefined && this.#paths.size >= MOST_PATHS) continue;
      const state: PathState = known ?? {
        ...{ seenAt: this.#looks, access: accessOf(first.flags), isAccessSure: false, disk: first.disk },
        positionBytes: null,
        ...{ grownBytes: null, movedLooks: 0, sizeBytes: first.sizeBytes, changedAtMs: first.changedAtMs },
      };
      this.#paths.set(path, state);
      let hasMoved = this.#move(state, path, group, moved);
      hasMoved = this.#grow(state, first) || hasMoved;
      if (hasMoved) state.movedLooks++;
    }
    this.#before = new Map(files.map((file) => [file.fd, file]));
  }

  /**
   * Those that were open before come first: what has one position with another of them shares it (2>&1), and counts once.
   * @returns whether it was read or written since the last look
   */
  #move(state: PathState, path: string, group: readonly OpenFile[], moved: Moved | null): boolean {
    const known = (file: OpenFile) => this.#before.get(file.fd)?.path === path;
    const reached = new Set<number>();
    let hasMoved = false;
    for (const file of group.toSorted((a, b) => Number(known(b)) - Number(known(a)))) {
      const access = accessOf(file.flags);
      if (known(file) && this.#before.get(file.fd)?.flags === file.flags) {
        state.access = state.isAccessSure && access !== state.access ? "both" : access;
        state.isAccessSure = true;
      }
      if (reached.has(file.position)) continue;
      reached.add(file.position);
      // Opened since the last look: it began at 0.
      const from = known(file) ? (this.#before.get(file.fd)?.position ?? 0) : this.#looks === 1 ? file.position : 0;
      if (from === file.position) continue;
      hasMoved = true;
      const bytes = file.position - from;
      if (bytes > 0 && moved !== null && bytes <= mostMoved(access, moved))
        state.positionBytes = (state.positionBytes ?? 0) + bytes;
    }
    return hasMoved;
  }

  /** @returns whether it was written since the last look, by whomever */
  #grow(state: PathState, { sizeBytes, changedAtMs }: OpenFile): boolean {
    const before = state.sizeBytes;
    const changed = state.changedAtMs !== null && changedAtMs !== null && changedAtMs !== state.changedAtMs;
    state.sizeBytes = sizeBytes;
    state.changedAtMs = changedAtMs;
    if (before !== null && sizeBytes !== null)
      state.grownBytes = (state.grownBytes ?? 0) + Math.max(0, sizeBytes - before);
    // Of one that is only read it is somebody else's doing.
    return changed && state.access !== "read";
  }

  report(): FileLoad[] {
    const ms = this.#lastAtMs - this.#firstAtMs;
    if (!(ms > 0)) return [];
    const rate = (bytes: number | null) => (bytes === null ? null : (bytes * 1000) / ms);
    const weight = ({ bytesPerSecond, grownBytesPerSecond }: FileLoad) =>
      Math.max(bytesPerSecond ?? 0, grownBytesPerSecond ?? 0);
    return [...this.#paths]
      .filter(([, { movedLooks }]) => movedLooks > 0)
      .map(([path, state]): FileLoad => ({
        ...{ path, access: state.access, bytesPerSecond: rate(state.positionBytes) },
        grownBytesPerSecond: state.access === "read" ? null : rate(state.grownBytes),
        ...{ movedLooks: state.movedLooks, looks: this.#looks - 1, disk: state.disk },
      }))
      .toSorted((a, b) => weight(b) - weight(a) || b.movedLooks - a.movedLooks || (a.path < b.path ? -1 : 1))
      .slice(0, TOLD_FILES);
  }
}

function accessOf(flags: number): FileAccess {
  const mode = flags & ACCESS_MODE;
  return mode === 0 ? "read" : mode === 1 ? "write" : "both";
}

function mostMoved(access: FileAccess, { read, written }: Moved): number {
  return access === "read" ? read : access === "write" ? written : Math.max(read, written);
}
