import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { configuredLimits } from "../../../../src/engine/act/allocators/configuredLimits.ts";
import { NetworkAllocator } from "../../../../src/engine/act/allocators/networkAllocator.ts";
import { ManualClock } from "../../../../src/engine/common/clock.ts";
import { createRng } from "../../../../src/engine/common/rng.ts";
import type { ConfiguredLimits } from "../../../../src/engine/ports.ts";
import { localSwarm } from "../../../../src/engine/protocol/config.ts";
import { ConfigStore } from "../../../../src/engine/store/config.ts";
import { Guards } from "../../../../src/engine/work/guards.ts";
import { log, signal } from "./world.ts";

// The real configuration and the real lanes.
let folder: string;
let config: ConfigStore;
let guards: Guards;
let limits: ConfiguredLimits;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cl-"));
  config = new ConfigStore(join(folder, "config.json"));
  config.patch("test", 0, { swarms: [localSwarm.parse({ id: "s", command: "node" })] });
  guards = new Guards({
    policy: config.values.faultTolerance,
    store: { guards: () => new Map(), saveGuard: () => undefined },
    ...{ clock: new ManualClock(), rng: createRng(1), log },
  });
  config.onChange((values) => guards.reconfigure(values.faultTolerance));
  limits = configuredLimits({
    values: () => config.values,
    patch: (patch) => void config.patch("allocation", config.file.revision, patch),
    capacityOf: (lane) => guards.lane(lane).bulkhead.metrics().capacity,
  });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("lanes are resized through the configuration: one figure, in the file and in force", async () => {
  const network = new NetworkAllocator(limits);
  const wanted = { resource: "network", lanes: { standard: 3, critical: 12 } } as const;
  const before = await network.read(wanted, signal);
  expect(before).toEqual({ resource: "network", lanes: { standard: 20, critical: 10 } });
  expect(await network.apply(wanted, signal)).toEqual({ kind: "confirmed", notes: [] });
  expect(guards.lane("standard").bulkhead.metrics().capacity).toBe(3);
  expect(config.values.faultTolerance.lanes).toMatchObject({
    standard: { capacity: 3, queueLimit: 100 },
    background: { capacity: 5 },
  });
  await network.undo(before, signal);
  expect(guards.lane("standard").bulkhead.metrics().capacity).toBe(20);
});

test("what runs above a smaller capacity runs on, and nobody new is let in", async () => {
  const { bulkhead } = guards.lane("background");
  for (const id of ["a", "b", "c"]) {
    bulkhead.offer({ id });
    expect(bulkhead.take()).toBe(id);
  }
  await new NetworkAllocator(limits).apply({ resource: "network", lanes: { background: 1 } }, signal);
  bulkhead.offer({ id: "d" });
  expect(bulkhead.inUse).toBe(3);
  expect(bulkhead.peek()).toBeNull();
});

test("a lane that keeps its capacity is told", async () => {
  const deaf = new NetworkAllocator({ ...limits, setLaneCapacities: () => undefined });
  expect(await deaf.apply({ resource: "network", lanes: { standard: 3 } }, signal)).toEqual({
    kind: "unconfirmed",
    reason: { code: "allocation.laneOtherwise", args: { lane: "standard", wanted: 3, now: 20 } },
  });
});

test("a decrease takes a quarter a step, an increase doubles, and both end where they should", () => {
  const network = new NetworkAllocator(limits);
  const path = (from: number, to: number) =>
    network
      .path({ resource: "network", lanes: { standard: from } }, { resource: "network", lanes: { standard: to } })
      .map((step) => step.resource === "network" && step.lanes.standard);
  expect(path(20, 8)).toEqual([15, 12, 9, 8]);
  expect(path(3, 1)).toEqual([2, 1]);
  expect(path(5, 18)).toEqual([10, 18]);
  expect(path(5, 5)).toEqual([5]);
});

test("the output that is kept of a swarm is set in its configuration, and of others it is fixed", () => {
  expect(limits.outputBytes("s")).toBe(1 << 20);
  limits.setOutputBytes("s", 65_536);
  expect(config.values.swarms[0]?.spoolBytes).toBe(65_536);
  expect(limits.outputBytes("demo")).toBeNull();
  expect(() => limits.setOutputBytes("demo", 65_536)).toThrow("swarm.unknown");
});
