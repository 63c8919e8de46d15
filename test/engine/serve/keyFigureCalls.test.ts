import { expect, test } from "vitest";
import { CodedError } from "../../../src/engine/common/errors.ts";
import type { BottlenecksPort, CapacityPort, KpisPort, ReportsPort, SwarmView } from "../../../src/engine/ports.ts";
import { params } from "../../../src/engine/protocol/params.ts";
import { calls } from "../../../src/engine/protocol/rpc.ts";
import type { CallContext } from "../../../src/engine/serve/handlers.ts";
import { createKeyFigureHandlers } from "../../../src/engine/serve/keyFigureCalls.ts";
import { capacitySample } from "../../cli/capacitySample.ts";
import { kpisSample } from "../../cli/kpisSample.ts";

const context = { signal: new AbortController().signal } as CallContext;

const noKpis: KpisPort = { report: () => Promise.reject(new Error("not asked")) };
const noBottlenecks: BottlenecksPort = { find: () => Promise.reject(new Error("not asked")) };

const noCapacity: CapacityPort = { plan: () => Promise.reject(new Error("not asked")) };
const noReports: ReportsPort = { report: () => Promise.reject(new Error("not asked")) };

test("key figures are of the managed swarm that is named, over the time that is named", async () => {
  const asked: unknown[] = [];
  const kpis: KpisPort = {
    report: ({ id }, timeframe, signal) => {
      asked.push([id, timeframe, signal === context.signal]);
      return Promise.resolve(kpisSample());
    },
  };
  const handlers = createKeyFigureHandlers(
    { kpis, bottlenecks: noBottlenecks, capacity: noCapacity, reports: noReports },
    (id) => ({ id }) as SwarmView,
  );
  expect((await handlers.kpis({ swarmId: "docs", timeframe: "7d" }, context)).swarmId).toBe("demo");
  expect(asked).toEqual([["docs", "7d", true]]);
});

test("any viewer may ask, for one of the four times", () => {
  expect(calls.kpis).toMatchObject({ method: "kpis/get", role: "viewer" });
  const accepts = (timeframe: unknown) => params.kpis.safeParse({ swarmId: "a", timeframe }).success;
  expect(["1h", "24h", "7d", "30d"].map(accepts)).toEqual([true, true, true, true]);
  expect(["2h", "", 24, undefined, null].map(accepts)).toEqual([false, false, false, false, false]);
});

test("bottlenecks are of all swarms, or of the managed one that is named", async () => {
  const asked: unknown[] = [];
  const bottlenecks: BottlenecksPort = {
    find: (swarmId, components, signal) => {
      asked.push([swarmId, components, signal === context.signal]);
      return Promise.resolve({ swarmId, madeAtMs: 1, windowMs: 2, findings: [] });
    },
  };
  const handlers = createKeyFigureHandlers(
    { kpis: noKpis, bottlenecks, capacity: noCapacity, reports: noReports },
    (id) => {
      if (id !== "docs") throw new CodedError("swarm.unknown", { swarmId: id });
      return { id } as SwarmView;
    },
  );
  await handlers.bottlenecks({ components: ["cpu"] }, context);
  await handlers.bottlenecks({ components: ["lanes", "disk"], swarmId: "docs" }, context);
  expect(asked).toEqual([
    [null, ["cpu"], true],
    ["docs", ["lanes", "disk"], true],
  ]);
  expect(() => handlers.bottlenecks({ components: ["cpu"], swarmId: "none" }, context)).toThrow(
    expect.objectContaining({ code: "swarm.unknown" }),
  );
  const accepts = (components: unknown) => params.bottlenecks.safeParse({ components }).success;
  expect([["cpu"], [], ["gpu"], "cpu", undefined].map(accepts)).toEqual([true, false, false, false, false]);
});

test("a capacity plan is by the learned growth or by one in per cent, as of so many agents or another machine", async () => {
  const asked: unknown[] = [];
  const capacity: CapacityPort = {
    plan: (swarmId, request) => {
      asked.push([swarmId, request]);
      return Promise.resolve(capacitySample());
    },
  };
  const parts = { kpis: noKpis, bottlenecks: noBottlenecks, capacity, reports: noReports };
  const handlers = createKeyFigureHandlers(parts, (id) => ({ id }) as SwarmView);
  await handlers.capacityPlan({ horizonDays: 30, growth: "auto" }, context);
  await handlers.capacityPlan({ swarmId: "docs", horizonDays: 7, growth: 20, agents: 9, cpus: 16 }, context);
  expect(asked).toEqual([
    [null, { horizonDays: 30, growth: { kind: "auto" } }],
    ["docs", { horizonDays: 7, growth: { kind: "percent", percent: 20 }, agents: 9, cpus: 16 }],
  ]);
  const accepts = (over: object) => params.capacityPlan.safeParse({ horizonDays: 30, growth: "auto", ...over }).success;
  expect([{}, { growth: -100 }, { horizonDays: 3_650 }].map(accepts)).toEqual([true, true, true]);
  const bad = [{ growth: "fast" }, { growth: Number.NaN }, { growth: -101 }, { horizonDays: 0 }, { agents: 0 }];
  expect([...bad, { agents: 1.5 }, { memoryBytes: -1 }, { cpus: 0 }].map(accepts)).toEqual(
    Array.from({ length: 8 }, () => false),
  );
});
