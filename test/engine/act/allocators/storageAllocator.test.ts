import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { AgentGroups } from "../../../../src/engine/act/allocators/agentGroup.ts";
import { StorageAllocator } from "../../../../src/engine/act/allocators/storageAllocator.ts";
import { log, MEGABYTE, signal, turn, World } from "./world.ts";

let folder: string;
let world: World;
let storage: StorageAllocator;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "st-"));
  world = new World();
  const { groups } = world.system;
  storage = new StorageAllocator({
    groups: groups === null ? null : new AgentGroups(groups, world.swarms),
    ...{ configured: world.configured, clock: world.clock, log, folderOf: () => folder },
  });
});
afterEach(() => {
  storage.dispose();
  rmSync(folder, { recursive: true, force: true });
});
const write = (name: string, bytes: number) => writeFileSync(join(folder, name), Buffer.alloc(bytes, 1));
const limits = (workspaceBytes: number | null, outputBytes = 8_192) =>
  ({ resource: "storage", swarmId: "s", outputBytes, workspaceBytes }) as const;
/** Looks until the measurement behind it is over. */
const measured = async (isSo: () => boolean) => {
  const endMs = performance.now() + 10_000;
  world.clock.advance(6 * 60_000);
  storage.look();
  while (!isSo()) {
    if (performance.now() > endMs) throw new Error("not measured");
    await turn();
  }
};

test("above its quota a swarm takes no new task until there is room again, and no file is touched", async () => {
  write("a", 100_000);
  expect(await storage.apply(limits(2 * MEGABYTE), signal)).toEqual({ kind: "confirmed", notes: [] });
  expect(storage.outputRefusal("s")).toBeNull();
  write("b", 3 * MEGABYTE);
  await measured(() => storage.outputRefusal("s") !== null);
  expect(storage.outputRefusal("s")).toMatchObject({
    code: "allocation.overQuota",
    args: { swarmId: "s", quotaBytes: 2 * MEGABYTE },
  });
  expect(storage.outputRefusal("other")).toBeNull();
  expect(readdirSync(folder).toSorted()).toEqual(["a", "b"]);
  rmSync(join(folder, "b"));
  await measured(() => storage.outputRefusal("s") === null);
});

test("a quota below what is used is refused with the figure, and nothing changes", async () => {
  write("a", 3 * MEGABYTE);
  const before = await storage.read(limits(null), signal);
  expect(await storage.apply(limits(MEGABYTE), signal)).toMatchObject({
    kind: "refused",
    reason: { code: "allocation.belowUse", args: { limitBytes: MEGABYTE } },
  });
  expect(await storage.read(limits(null), signal)).toEqual(before);
});

test("an undo lifts the refusal at once; a restart keeps the quota", async () => {
  storage.remember(limits(MEGABYTE));
  write("a", 3 * MEGABYTE);
  await measured(() => storage.outputRefusal("s") !== null);
  await storage.undo(limits(null, 1 << 20), signal);
  expect(storage.outputRefusal("s")).toBeNull();
  expect(world.outputBytes).toBe(1 << 20);
});

test("output that is kept by a fixed cap, and a configuration that keeps its own, are told", async () => {
  world.configured.setOutputBytes = () => undefined;
  expect(await storage.apply(limits(null), signal)).toMatchObject({
    kind: "unconfirmed",
    reason: { code: "allocation.limitOtherwise", args: { wantedBytes: 8_192 } },
  });
  world.outputBytes = null;
  expect(storage.refusal(limits(null))).toEqual({ code: "allocation.outputFixed", args: { swarmId: "s" } });
});

test("a measurement that hangs ends with its caller", async () => {
  const abort = new AbortController();
  for (let n = 0; n < 50; n++) write(`f${n}`, 1);
  const applied = storage.apply(limits(MEGABYTE), abort.signal);
  abort.abort(new Error("enough"));
  await expect(applied).rejects.toThrow("enough");
});
