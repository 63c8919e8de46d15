import { readText } from "./procFile.ts";

/** What control groups and CPU affinity leave us; `null` = no limit found. */
export interface CgroupLimits {
  readonly memoryBytes: number | null;
  readonly cpuCores: number | null;
  /** Every level with a memory limit: what is left under it is asked for more often than the limit itself. */
  readonly memoryGroups: readonly MemoryGroup[];
}

interface MemoryGroup {
  readonly folder: string;
  readonly limitBytes: number;
  readonly version: 1 | 2;
}

interface Mount {
  /** Which part of the hierarchy is mounted, and where. */
  readonly root: string;
  readonly point: string;
  /** `null` = version 2, else the version 1 controllers of this mount. */
  readonly controllers: readonly string[] | null;
}

/**
 * The least limit of every level from our own group up to the top of what is mounted: a limit further up binds as much
 * as our own. Version 2 (`memory.max`, `cpu.max`) and version 1 (`memory.limit_in_bytes`, `cpu.cfs_quota_us`), whichever
 * of the two holds the controller. Levels above a container's own mount cannot be seen from inside.
 */
export function readCgroupLimits(procRoot: string): CgroupLimits {
  const groups = readText(`${procRoot}/self/cgroup`);
  const mountInfo = readText(`${procRoot}/self/mountinfo`);
  if (groups === null || mountInfo === null)
    return { memoryBytes: null, cpuCores: affinityCores(procRoot), memoryGroups: [] };
  const mounts = parseMounts(mountInfo);
  const memoryGroups: MemoryGroup[] = [];
  let cpuCores = affinityCores(procRoot);
  for (const line of groups.split("\n")) {
    const match = /^\d+:([^:]*):(.*)$/.exec(line);
    if (match === null) continue;
    const names = match[1] === "" ? null : (match[1] as string).split(",");
    for (const mount of mounts) {
      if (!sameHierarchy(mount.controllers, names)) continue;
      for (const folder of levels(mount, match[2] as string)) {
        if (names === null) {
          const limitBytes = limitNumber(readText(`${folder}/memory.max`));
          if (limitBytes !== null) memoryGroups.push({ folder, limitBytes, version: 2 });
          cpuCores = least(cpuCores, quotaV2(readText(`${folder}/cpu.max`)));
        } else {
          const isMemory = names.includes("memory");
          const limitBytes = isMemory ? limitNumber(readText(`${folder}/memory.limit_in_bytes`)) : null;
          if (limitBytes !== null) memoryGroups.push({ folder, limitBytes, version: 1 });
          if (names.includes("cpu")) {
            const quota = limitNumber(readText(`${folder}/cpu.cfs_quota_us`));
            const period = limitNumber(readText(`${folder}/cpu.cfs_period_us`));
            if (quota !== null && period !== null) cpuCores = least(cpuCores, quota / period);
          }
        }
      }
    }
  }
  const memoryBytes = memoryGroups.reduce<number | null>((bytes, group) => least(bytes, group.limitBytes), null);
  return { memoryBytes, cpuCores, memoryGroups };
}

/**
 * What may still be used before the first of these limits is reached; `null` when none of them tells. Clean file pages
 * that were not used lately are given back before anybody is killed, so they count as free (as the kubelet counts them).
 */
export function memoryLeftBytes(groups: readonly MemoryGroup[]): number | null {
  let left: number | null = null;
  for (const { folder, limitBytes, version } of groups) {
    const used = limitNumber(readText(`${folder}/${version === 2 ? "memory.current" : "memory.usage_in_bytes"}`));
    if (used === null) continue;
    const stat = readText(`${folder}/memory.stat`) ?? "";
    const name = version === 2 ? "inactive_file" : "total_inactive_file";
    const cached = Number(new RegExp(`^${name} (\\d+)$`, "m").exec(stat)?.[1] ?? 0);
    left = least(left, Math.max(0, limitBytes - Math.max(0, used - cached)));
  }
  return left;
}

function parseMounts(text: string): Mount[] {
  const mounts: Mount[] = [];
  for (const line of text.split("\n")) {
    // id parent major:minor root point options [tags…] - type source super-options
    const [before, after] = line.split(" - ", 2);
    if (before === undefined || after === undefined) continue;
    const [type, , options] = after.split(" ");
    if (type !== "cgroup" && type !== "cgroup2") continue;
    const fields = before.split(" ");
    const root = fields[3];
    const point = fields[4];
    if (root === undefined || point === undefined) continue;
    mounts.push({
      root: unescapeMount(root),
      point: unescapeMount(point),
      controllers: type === "cgroup2" ? null : (options ?? "").split(","),
    });
  }
  return mounts;
}

/** mountinfo writes blanks and backslashes as octal. */
function unescapeMount(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

function sameHierarchy(mounted: readonly string[] | null, names: readonly string[] | null): boolean {
  if (mounted === null || names === null) return mounted === names;
  return names.every((name) => mounted.includes(name));
}

/** Folders from the group itself up to the mount point. */
function levels(mount: Mount, group: string): string[] {
  // Below a bind mount of part of the hierarchy the group's path still counts from the real top.
  let inside = group;
  if (mount.root !== "/" && (group === mount.root || group.startsWith(`${mount.root}/`)))
    inside = group.slice(mount.root.length);
  // "/../x": the group lies outside our cgroup namespace; only the mount point itself can be seen.
  const parts = inside.includes("/..") ? [] : inside.split("/").filter((part) => part !== "");
  const folders: string[] = [];
  for (let depth = parts.length; depth >= 0; depth--) folders.push([mount.point, ...parts.slice(0, depth)].join("/"));
  return folders;
}

/** `max`, -1 and nonsense are no limit; the huge number version 1 writes for "none" is dropped by the caller's minimum. */
function limitNumber(text: string | null): number | null {
  if (text === null) return null;
  const value = Number(text.trim());
  return text.trim() !== "" && Number.isFinite(value) && value > 0 ? value : null;
}

function quotaV2(text: string | null): number | null {
  const [quota, period] = (text ?? "").trim().split(/\s+/);
  const cores = Number(quota) / Number(period ?? 100_000);
  return Number.isFinite(cores) && cores > 0 ? cores : null;
}

function affinityCores(procRoot: string): number | null {
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(readText(`${procRoot}/self/status`) ?? "")?.[1];
  if (list === undefined) return null;
  let count = 0;
  for (const range of list.split(",")) {
    const [from, to] = range.split("-").map(Number);
    if (from === undefined || !Number.isInteger(from) || (to !== undefined && !Number.isInteger(to))) return null;
    count += (to ?? from) - from + 1;
  }
  return count > 0 ? count : null;
}

function least(a: number | null, b: number | null): number | null {
  if (a === null) return b;
  return b === null ? a : Math.min(a, b);
}
