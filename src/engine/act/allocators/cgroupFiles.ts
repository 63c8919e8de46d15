import { accessSync, constants, existsSync, readFileSync, writeFileSync } from "node:fs";
import { messageOf } from "../../common/errors.ts";
import type { Coded } from "../../common/errors.ts";
import { readKernelUnits } from "../../common/kernelUnits.ts";

/** The files of control groups, version 2: all that is read and written of them goes through here. */
export interface CgroupFiles {
  /** `null` when it is missing or may not be read. */
  read(path: string): string | null;
  /** @throws what the system throws */
  write(path: string, text: string): void;
  exists(path: string): boolean;
  isWritable(path: string): boolean;
  /** Of the kernel: sizes are kept in whole pages. */
  pageBytes(): number;
}

const ROOT = "/sys/fs/cgroup";

/** A group that holds one agent and nothing else, or why there is none. */
export type AgentCgroup =
  | { readonly kind: "own"; readonly folder: string }
  | { readonly kind: "none"; readonly reason: Coded };

export const systemCgroupFiles: CgroupFiles = {
  read: (path) => {
    try {
      return readFileSync(path, "utf8");
    } catch {
      // No such controller, group or permission: all the same to the caller.
      return null;
    }
  },
  write: (path, text) => writeFileSync(path, text, { flag: "r+" }),
  exists: existsSync,
  isWritable: (path) => {
    try {
      accessSync(path, constants.W_OK);
      return true;
    } catch {
      // That it may not be written is the answer.
      return false;
    }
  },
  pageBytes: () => readKernelUnits("/proc").pageBytes,
};

/**
 * The control group of an agent, when it is its own: a group of version 2 that is not the top, not the one the engine is in,
 * holds only processes of this agent, and has the file. Groups are not made here; one comes with an agent whose command
 * makes one, as `systemd-run --user --scope` does. Read anew each time: a process may move.
 * @param pids every process of the agent; asked last, because the process table is read for it
 * @param file that is to be written, as `cpu.weight`
 */
export function cgroupOf(files: CgroupFiles, pid: number, pids: () => ReadonlySet<number>, file: string): AgentCgroup {
  const none = (why: string): AgentCgroup => ({
    kind: "none",
    reason: { code: "allocation.noCgroup", args: { file, why } },
  });
  if (!files.exists(`${ROOT}/cgroup.controllers`)) return none("noVersion2");
  const path = pathOf(files, `/proc/${pid}/cgroup`);
  if (path === null) return none("unknown");
  if (path === "/" || path.includes("/..") || path === pathOf(files, "/proc/self/cgroup")) return none("shared");
  const folder = `${ROOT}${path}`;
  const listed = files.read(`${folder}/cgroup.procs`);
  if (listed === null) return none("unknown");
  const inside = listed.split("\n").filter((line) => line !== "");
  const own = pids();
  if (inside.length === 0 || !inside.every((line) => own.has(Number(line)))) return none("shared");
  if (!files.exists(`${folder}/${file}`)) return none("noController");
  if (!files.isWritable(`${folder}/${file}`)) return none("notWritable");
  return { kind: "own", folder };
}

/**
 * Writes a file of a group and reads it again.
 * @returns `null` when it says what was written; else why not
 */
export function writeCgroup(files: CgroupFiles, path: string, text: string): Coded | null {
  try {
    files.write(path, text);
  } catch (error) {
    return { code: "allocation.cgroupRefused", args: { path, reason: messageOf(error) } };
  }
  const now = files.read(path)?.trim() ?? null;
  return now === text ? null : { code: "allocation.cgroupOtherwise", args: { path, wanted: text, now } };
}

/** A size as the kernel keeps it, and tells it when it is read again: rounded down to whole pages. */
export function wholePages(files: CgroupFiles, bytes: number): number {
  return bytes - (bytes % files.pageBytes());
}

/** The path within version 2: the line `0::/path`. */
function pathOf(files: CgroupFiles, file: string): string | null {
  return /^0::(\/.*)$/m.exec(files.read(file) ?? "")?.[1] ?? null;
}
