import { type Dir, opendirSync, statSync } from "node:fs";
import type { DescriptorCounts } from "../../engine/protocol/profilingIo.ts";
import { cleanText } from "../../engine/common/text.ts";
import { descriptorKind, isLocal, type Mount, parseFdInfo, parseMounts, socketInode } from "../io/descriptors.ts";
import type { OpenFile } from "../io/fileWatch.ts";
import { readLink, readProc } from "./procTarget.ts";

/** A look at more would cost more than it tells: 1,024 links are read in 3 ms. */
const MOST_DESCRIPTORS = 1_024;
const MOST_FILES = 128;
const MOST_PATH_LENGTH = 300;

export interface DescriptorLook {
  readonly counts: DescriptorCounts;
  readonly files: readonly OpenFile[];
  readonly socketInodes: ReadonlySet<string>;
}

/** What a process has open, look by look. Mounts and disks are asked for once. */
export class ProcDescriptors {
  readonly #pid: number;
  #mounts: ReadonlyMap<string, Mount> = new Map();
  readonly #disks = new Map<string, string | null>();

  constructor(pid: number) {
    this.#pid = pid;
  }

  /** `null` when the process is gone or somebody else's. */
  look(): DescriptorLook | null {
    const pid = this.#pid;
    const names = firstNames(`/proc/${pid}/fd`, MOST_DESCRIPTORS);
    if (names === null) return null;
    const kinds = { file: 0, socket: 0, pipe: 0, other: 0 };
    const files: OpenFile[] = [];
    const inodes = new Set<string>();
    for (const name of names) {
      const target = readLink(`/proc/${pid}/fd/${name}`);
      // Closed since its name was read.
      if (target === null) continue;
      const kind = descriptorKind(target);
      kinds[kind]++;
      const inode = kind === "socket" ? socketInode(target) : null;
      if (inode !== null) inodes.add(inode);
      if (kind !== "file" || files.length >= MOST_FILES) continue;
      const file = this.#file(name, target);
      if (file !== null) files.push(file);
    }
    const { file, socket, pipe, other } = kinds;
    const looked = file + socket + pipe + other;
    const open = openCount(pid) ?? (names.length < MOST_DESCRIPTORS ? looked : null);
    return {
      counts: { open, looked, files: file, sockets: socket, pipes: pipe, others: other },
      ...{ files, socketInodes: inodes },
    };
  }

  #file(name: string, target: string): OpenFile | null {
    const info = parseFdInfo(readProc(this.#pid, `fdinfo/${name}`) ?? "");
    if (info === null) return null;
    const mount = info.mountId === null ? null : this.#mount(info.mountId);
    const stat = mount !== null && isLocal(mount) ? statOf(`/proc/${this.#pid}/fd/${name}`) : null;
    // A shell moves its descriptors about all the time: what was read of two files is told of none.
    if (readLink(`/proc/${this.#pid}/fd/${name}`) !== target) return null;
    return {
      fd: Number(name),
      path: cleanText(target, MOST_PATH_LENGTH),
      ...{ position: info.position, flags: info.flags },
      ...{ sizeBytes: stat?.size ?? null, changedAtMs: stat?.mtimeMs ?? null },
      disk: mount === null ? null : this.#disk(mount.device),
    };
  }

  #mount(id: string): Mount | null {
    // What was mounted meanwhile is seen by a number that is not known yet.
    if (!this.#mounts.has(id)) this.#mounts = parseMounts(readProc(this.#pid, "mountinfo") ?? "");
    return this.#mounts.get(id) ?? null;
  }

  /** The whole disk of a device; `null` for what has none of its own (memory, network, layers). */
  #disk(device: string): string | null {
    const known = this.#disks.get(device);
    if (known !== undefined) return known;
    // ../../devices/…/block/vda/vda1
    const [, disk = null] = /\/block\/([^/]+)/.exec(readLink(`/sys/dev/block/${device}`) ?? "") ?? [];
    this.#disks.set(device, disk);
    return disk;
  }
}

/** As many names of a folder as are wanted, and not all of a hundred thousand. */
function firstNames(folder: string, most: number): string[] | null {
  let dir: Dir;
  try {
    dir = opendirSync(folder, { bufferSize: 256 });
  } catch {
    // Gone, or not for us.
    return null;
  }
  try {
    const names: string[] = [];
    for (let entry = dir.readSync(); entry !== null && names.length < most; entry = dir.readSync())
      names.push(entry.name);
    return names;
  } catch {
    // Ended meanwhile.
    return null;
  } finally {
    dir.closeSync();
  }
}

function statOf(path: string): { readonly size: number; readonly mtimeMs: number } | null {
  try {
    return statSync(path);
  } catch {
    // Closed meanwhile.
    return null;
  }
}

/** Since Linux 6.2 the size of the folder is the number of open descriptors; before, it is 0. */
function openCount(pid: number): number | null {
  const size = statOf(`/proc/${pid}/fd`)?.size ?? 0;
  return size > 0 ? size : null;
}
