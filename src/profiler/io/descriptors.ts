/** What a descriptor stands for, by the target of its link in `/proc/PID/fd`. */
export type DescriptorKind = "file" | "socket" | "pipe" | "other";

export function descriptorKind(target: string): DescriptorKind {
  if (target.startsWith("socket:")) return "socket";
  if (target.startsWith("pipe:")) return "pipe";
  const isMemory = target.startsWith("/dev/shm/");
  const isDevice = target.startsWith("/dev/") && !isMemory;
  return target.startsWith("/") && !isDevice && !/^\/(?:proc|sys|memfd:)/.test(target) ? "file" : "other";
}

/** The inode of a socket by the same link; `null` of anything else. */
export function socketInode(target: string): string | null {
  return /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? null;
}

/** Of `/proc/PID/fdinfo/FD`, see proc_pid_fdinfo(5). */
export interface DescriptorInfo {
  readonly position: number;
  readonly flags: number;
  /** Of the mount it lies on; `null`: not told. */
  readonly mountId: string | null;
}

export function parseFdInfo(text: string): DescriptorInfo | null {
  const position = /^pos:\s*(\d+)$/m.exec(text)?.[1];
  const flags = /^flags:\s*([0-7]+)$/m.exec(text)?.[1];
  if (position === undefined || flags === undefined) return null;
  return {
    position: Number(position),
    flags: Number.parseInt(flags, 8),
    mountId: /^mnt_id:\s*(\d+)$/m.exec(text)?.[1] ?? null,
  };
}

export interface Mount {
  /** `8:1`: the device below it, where it has one. */
  readonly device: string;
  readonly type: string;
}

/** Mounts of `/proc/PID/mountinfo` by their number. */
export function parseMounts(text: string): ReadonlyMap<string, Mount> {
  const mounts = new Map<string, Mount>();
  for (const line of text.split("\n")) {
    // Fields of their own number lie before the dash, the type right after it.
    const [, id, device, type] = /^(\d+) \d+ (\d+:\d+) .* - (\S+) /.exec(line) ?? [];
    if (id !== undefined && device !== undefined && type !== undefined) mounts.set(id, { device, type });
  }
  return mounts;
}

/** File systems that answer without a server, so that asking for a size cannot hang. */
const LOCAL = new Set("bcachefs btrfs exfat ext2 ext3 ext4 f2fs overlay ramfs tmpfs vfat xfs zfs".split(" "));

export function isLocal({ type }: Mount): boolean {
  return LOCAL.has(type);
}
