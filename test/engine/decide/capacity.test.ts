import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { growthRoom, withinRoom } from "../../../src/engine/decide/capacity.ts";
import { Footprints } from "../../../src/engine/decide/footprints.ts";
import type { Footprint, ScalingInputs } from "../../../src/engine/protocol/model.ts";
import { reasonText } from "../../../src/text/reasons.ts";

const GB = 1e9;
const known: Footprint = { rssBytes: 0.5 * GB, cpuCores: 0.5, taskSeconds: 20, agents: 9, tasks: 40 };
const unknown: Footprint = { rssBytes: null, cpuCores: null, taskSeconds: null, agents: 1, tasks: 0 };
const calm = { memory: 0, cpu: 0.2 };
const machine = { memoryAvailableBytes: 4 * GB, memoryCapacityBytes: 8 * GB, cpuIdleCores: 1.6, pressure: calm };
const limits = { maxMemoryPressure: 0.1, maxCpuPressure: 0.9 };

describe("room for more agents", () => {
  test("is what is available, less the reserve, less what is promised, by the 95th percentile of one", () => {
    // (4 − 0.8 − 1) ÷ 0.5 = 4.4
    expect(growthRoom(machine, known, 0.5 * GB, 1 * GB)).toMatchObject({
      agents: 4,
      basis: "footprint",
      leftBytes: 2.2 * GB,
      reserveBytes: 0.8 * GB,
      cpuAgents: 3,
    });
  });

  test("without a footprint one at a time, while there is room for the largest seen", () => {
    expect(growthRoom(machine, unknown, 0, 0)).toMatchObject({ agents: 1, basis: "learning" });
    expect(growthRoom(machine, unknown, 5 * GB, 0)).toMatchObject({ agents: 0, basis: "learning" });
    expect(growthRoom({ ...machine, memoryAvailableBytes: 1e8 }, unknown, 0, 0).agents).toBe(0);
  });

  test.each([
    { ...machine, memoryAvailableBytes: null },
    { ...machine, memoryAvailableBytes: Number.NaN },
    { ...machine, memoryCapacityBytes: null },
    { ...machine, memoryCapacityBytes: 0 },
    { ...machine, memoryAvailableBytes: -1 },
  ])("is none when memory was not measured: %j", (odd) => {
    expect(growthRoom(odd, known, 0, 0)).toMatchObject({ agents: 0, basis: "unmeasured", leftBytes: null });
  });

  test("never lets what is started exceed what is available less the reserve", () => {
    const bytes = fc.double({ min: 0, max: 1e13, noNaN: true });
    fc.assert(
      fc.property(
        bytes,
        bytes,
        fc.double({ min: 1, max: 1e12, noNaN: true }),
        bytes,
        (available, capacity, one, promised) => {
          const left = {
            ...machine,
            memoryAvailableBytes: available,
            memoryCapacityBytes: capacity,
            cpuIdleCores: null,
          };
          const { agents } = growthRoom(left, { ...known, rssBytes: one }, one, promised);
          expect(Number.isInteger(agents) && agents >= 0).toBe(true);
          if (agents > 0) expect(agents * one + promised).toBeLessThanOrEqual(available + 2);
        },
      ),
    );
  });
});

describe("a growth", () => {
  const inputs = {} as ScalingInputs;
  const up = { to: 12, reason: { code: "scaling.up", args: { current: 1.4, threshold: 0.8 } }, inputs };

  test("is cut to what fits, with the figures", () => {
    const room = growthRoom({ ...machine, memoryAvailableBytes: 1.9 * GB }, known, 0.5 * GB, 0);
    const cut = withinRoom(up, 4, room, limits);
    expect(cut).toMatchObject({ to: 6, reason: { code: "scaling.memory" }, inputs: { room: { agents: 2 } } });
    expect(reasonText(cut.reason)).toBe(
      "Load is 1.4: 12 agents wanted, 2 more fit into 1.1 GB (one needs up to 500 MB).",
    );
  });

  test("that fits is left as it is, and so is a smaller size", () => {
    const room = growthRoom({ ...machine, memoryAvailableBytes: 64 * GB }, known, 0.5 * GB, 0);
    expect(withinRoom(up, 4, room, limits)).toMatchObject({ to: 12, reason: up.reason });
    const down = { ...up, to: 3 };
    expect(withinRoom(down, 4, growthRoom({ ...machine, memoryAvailableBytes: null }, known, 0, 0), limits)).toBe(down);
  });

  test("goes by one while agents are not known, and nowhere without memory or its measure", () => {
    expect(withinRoom(up, 4, growthRoom(machine, unknown, 0, 0), limits)).toMatchObject({
      to: 5,
      reason: { code: "scaling.learning" },
    });
    const none = { ...machine, memoryAvailableBytes: 0 };
    expect(withinRoom(up, 4, growthRoom(none, unknown, 0, 0), limits)).toMatchObject({
      to: 4,
      reason: { code: "scaling.noRoom" },
    });
    const unmeasured = { ...machine, memoryAvailableBytes: null };
    expect(withinRoom(up, 4, growthRoom(unmeasured, known, 0, 0), limits)).toMatchObject({
      to: 4,
      reason: { code: "scaling.memoryUnknown" },
    });
  });

  const roomy = { ...machine, memoryAvailableBytes: 64 * GB };
  test.each([
    ["memory is short", { memory: 0.11, cpu: 0.2 }, "memory"],
    ["processors are short", { memory: 0, cpu: 0.91 }, "cpu"],
    ["pressure is no number", { memory: Number.NaN, cpu: 0 }, "memory"],
  ])("goes nowhere while %s, whatever else is left, and no agent ends for it", (_, pressure, resource) => {
    const room = growthRoom({ ...roomy, pressure }, known, 0.5 * GB, 0);
    const cut = withinRoom(up, 4, room, limits);
    expect(cut).toMatchObject({ to: 4, reason: { code: "scaling.pressure", args: { resource, wanted: 12 } } });
    expect(cut.inputs.room).toMatchObject({ agents: room.agents, pressure });
    const down = { ...up, to: 3 };
    expect(withinRoom(down, 4, room, limits)).toBe(down);
  });

  test("says how long processes waited, and what the limit is", () => {
    const room = growthRoom({ ...roomy, pressure: { memory: 0.25, cpu: 0 } }, known, 0.5 * GB, 0);
    expect(reasonText(withinRoom(up, 4, room, limits).reason)).toBe(
      "Load is 1.4: 12 agents wanted, but processes waited for memory 25% of the last 10 s; above 10% nothing is added.",
    );
  });

  test("goes by memory where pressure is not told, and up to a limit that is lifted", () => {
    const untold = growthRoom({ ...roomy, pressure: { memory: null, cpu: null } }, known, 0.5 * GB, 0);
    expect(withinRoom(up, 4, untold, limits).to).toBe(12);
    const full = growthRoom({ ...roomy, pressure: { memory: 0, cpu: 1 } }, known, 0.5 * GB, 0);
    expect(withinRoom(up, 4, full, { ...limits, maxCpuPressure: 1 }).to).toBe(12);
  });
});

describe("several swarms", () => {
  const agents = (swarm: string, count: number) =>
    Array.from({ length: count }, (_, n) => ({ id: `${swarm}${n}`, ready: true, rssBytes: 0.5 * GB, cpuCores: 0.1 }));
  const stored = new Map<string, string>();
  const models = {
    save: ({ swarmId, json }: { swarmId: string; json: string }) => stored.set(swarmId, json).size > 0,
    load: (swarmId: string) => {
      const json = stored.get(swarmId);
      return json === undefined ? null : { version: 1, trainedAtMs: 0, json };
    },
  };

  test("share one memory: what one was just given is promised, and not there for the other", () => {
    const targets = new Map([
      ["a", 3],
      ["b", 3],
    ]);
    const footprints = new Footprints({ models, targetOf: (id) => targets.get(id) ?? 0 });
    const readings = ["a", "b"].map((swarmId) => ({ swarmId, agents: agents(swarmId, 3), ranMs: [] }));
    for (let n = 0; n < 70; n++) footprints.look(readings, machine, { wallMs: n * 1_000, monotonicMs: n * 1_000 });
    // (4 − 0.8) ÷ 0.5
    expect(footprints.room("b")).toMatchObject({ agents: 6, promisedBytes: 0 });
    targets.set("a", 7);
    expect(footprints.room("b")).toMatchObject({ agents: 2, promisedBytes: 2 * GB });
    expect(footprints.room("unheard of")).toMatchObject({ agents: 1, basis: "learning" });
  });

  test("what was learned is there after a restart", () => {
    const footprints = new Footprints({ models, targetOf: () => 0 });
    footprints.look([{ swarmId: "a", agents: [], ranMs: [] }], machine, { wallMs: 0, monotonicMs: 0 });
    expect(footprints.room("a")).toMatchObject({ agents: 6, basis: "footprint" });
  });
});
