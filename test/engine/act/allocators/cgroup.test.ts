import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { cgroupOf, systemCgroupFiles, writeCgroup } from "../../../../src/engine/act/allocators/cgroupFiles.ts";
import { CgroupTree, MEGABYTE, signal, World } from "./world.ts";

let tree: CgroupTree;
let folder: string;
beforeEach(() => {
  tree = new CgroupTree();
  folder = tree.own(100, [100, 101]);
});
const of = (pids: readonly number[] = [100, 101]) => cgroupOf(tree, 100, () => new Set(pids), "cpu.weight");

describe("the control group of an agent", () => {
  test("is its own when it holds nobody else and may be written", () => {
    expect(of()).toEqual({ kind: "own", folder });
  });

  test.each<readonly [string, (files: Map<string, string>) => unknown, string]>([
    ["there is no version 2", (files) => files.delete("/sys/fs/cgroup/cgroup.controllers"), "noVersion2"],
    ["the agent is gone", (files) => files.delete("/proc/100/cgroup"), "unknown"],
    ["only version 1 knows it", (files) => files.set("/proc/100/cgroup", "4:memory:/x\n"), "unknown"],
    ["it is at the top", (files) => files.set("/proc/100/cgroup", "0::/\n"), "shared"],
    ["it is outside what we see", (files) => files.set("/proc/100/cgroup", "0::/../x\n"), "shared"],
    ["it is ours as well", (files) => files.set("/proc/100/cgroup", "0::/engine.service\n"), "shared"],
    ["another process is in it", (files) => files.set(`${folder}/cgroup.procs`, "100\n101\n7\n"), "shared"],
    ["nobody is in it, as in one that holds groups", (files) => files.set(`${folder}/cgroup.procs`, ""), "shared"],
    ["it has no such controller", (files) => files.delete(`${folder}/cpu.weight`), "noController"],
    ["it may not be written", () => tree.readOnly.add(`${folder}/cpu.weight`), "notWritable"],
  ])("is none when %s", (_, change, why) => {
    change(tree.files);
    expect(of()).toEqual({ kind: "none", reason: { code: "allocation.noCgroup", args: { file: "cpu.weight", why } } });
  });

  test("a write counts when it is read back, and is told when it was refused or became another value", () => {
    const path = `${folder}/memory.high`;
    expect(writeCgroup(tree, path, "1048576")).toBeNull();
    tree.kernel = (_, text) => `${Number(text) - 1}\n`;
    expect(writeCgroup(tree, path, "1048576")).toEqual({
      code: "allocation.cgroupOtherwise",
      args: { path, wanted: "1048576", now: "1048575" },
    });
    tree.readOnly.add(path);
    expect(writeCgroup(tree, path, "5")).toMatchObject({ code: "allocation.cgroupRefused" });
  });

  test("the real files: reads what is there, writes without making a file, and says what may be written", () => {
    const temporary = mkdtempSync(join(tmpdir(), "cg-"));
    const path = join(temporary, "cpu.weight");
    writeFileSync(path, "100\n");
    expect(systemCgroupFiles.read(path)).toBe("100\n");
    expect(systemCgroupFiles.pageBytes()).toBeGreaterThanOrEqual(4_096);
    expect(systemCgroupFiles.exists(path)).toBe(true);
    expect(systemCgroupFiles.isWritable(path)).toBe(true);
    systemCgroupFiles.write(path, "200");
    expect(readFileSync(path, "utf8")).toContain("200");
    const absent = join(temporary, "absent");
    expect(systemCgroupFiles.read(absent)).toBeNull();
    expect(systemCgroupFiles.isWritable(absent)).toBe(false);
    expect(() => systemCgroupFiles.write(absent, "1")).toThrow("ENOENT");
    expect(systemCgroupFiles.exists(absent)).toBe(false);
    rmSync(temporary, { recursive: true });
  });
});

describe("with control groups of their own, agents get", () => {
  let world: World;
  beforeEach(() => {
    world = new World();
    for (const pid of [100, 200]) world.cgroups.own(pid);
  });
  const file = (pid: number, name: string) =>
    world.cgroups.files.get(`/sys/fs/cgroup/agents/run-${pid}.scope/${name}`)?.trim();
  const allocator = (index: number) => {
    const found = world.allocators().all[index];
    if (found === undefined) throw new Error("no allocator");
    return found;
  };

  test("a weight each, read back and undone", async () => {
    const cpu = allocator(1);
    const limits = { resource: "cpu", swarmId: "s", weight: 30 } as const;
    const before = await cpu.read(limits, signal);
    expect(before).toEqual({ ...limits, weight: 100 });
    expect(await cpu.apply(limits, signal)).toEqual({ kind: "confirmed", notes: [] });
    expect([file(100, "cpu.weight"), file(200, "cpu.weight")]).toEqual(["30", "30"]);
    await cpu.undo(before, signal);
    expect([file(100, "cpu.weight"), file(200, "cpu.weight")]).toEqual(["100", "100"]);
  });

  test("memory.high each, without recycling, and one whose file became read-only is told", async () => {
    const memory = allocator(2);
    const limits = { resource: "memory", swarmId: "s", highBytes: 200 * MEGABYTE } as const;
    const before = await memory.read(limits, signal);
    expect(before).toEqual({ ...limits, highBytes: null });
    expect(await memory.apply(limits, signal)).toEqual({ kind: "confirmed", notes: [] });
    expect(file(200, "memory.high")).toBe(String(200 * MEGABYTE));
    await memory.undo(before, signal);
    expect(file(200, "memory.high")).toBe("max");
    // The kernel keeps whole pages.
    expect(await memory.apply({ ...limits, highBytes: 200 * MEGABYTE + 5_000 }, signal)).toMatchObject({
      kind: "confirmed",
    });
    expect(file(200, "memory.high")).toBe(String(200 * MEGABYTE + 4_096));
    world.cgroups.kernel = () => "max\n";
    expect(await memory.apply(limits, signal)).toMatchObject({
      kind: "unconfirmed",
      reason: { code: "allocation.cgroupOtherwise" },
    });
  });
});
