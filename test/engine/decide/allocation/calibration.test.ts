import { describe, expect, test } from "vitest";
import { calibrate, LEAST_OBSERVATIONS } from "../../../../src/engine/decide/allocation/calibration.ts";
import type { AllocatedLane } from "../../../../src/engine/ports.ts";
import { columns, simulatedTasks, T0, type TaskRowOf } from "./world.ts";

const standard: AllocatedLane = { lane: "standard", minAgents: 0, servedBy: 4 };

/** One every ten seconds, each of five seconds, none waits. */
function regular(count: number, over: Partial<TaskRowOf> = {}): TaskRowOf[] {
  return Array.from({ length: count }, (_, n) => ({
    ...{ kind: 0, lane: 0, arrivedMs: T0 + n * 10_000, waitedMs: 0, ranMs: 5_000 },
    ...over,
  }));
}
const calibrated = (rows: readonly TaskRowOf[], lanes = [standard], toMs = T0 + 600_000) =>
  calibrate(lanes, ["a", "b"], columns(rows, T0, toMs));

describe("a calibration", () => {
  test("finds the parameters that the tasks were drawn from", () => {
    const tasks = simulatedTasks([{ arrivalsPerSec: 0.5, tasks: 20_000, agents: [{ count: 4, serviceSec: 6 }] }], 3);
    const { lanes, observations } = calibrate([standard], ["a"], tasks);
    expect(observations).toBe(20_000);
    const [lane] = lanes;
    if (lane?.kind !== "known") throw new Error("not known");
    expect(lane.arrivalsPerSec).toBeCloseTo(0.5, 1);
    expect(lane.arrivalScv).toBeCloseTo(1, 1);
    expect(lane.services).toEqual([
      { kindId: "a", kind: "known", observations: 20_000, meanSec: expect.closeTo(6, 0), scv: expect.closeTo(1, 1) },
    ]);
  });

  test.each([
    ["M/M/c", undefined],
    // scv = e^σ² − 1 = 0.28 and 1.72
    ["service times that vary little", 0.5],
    ["service times that vary much", 1],
  ])("its model is near the waits that were really simulated: %s", (_, sigma) => {
    const lane = { arrivalsPerSec: 0.5, tasks: 30_000, agents: [{ count: 4, serviceSec: 6 }] };
    const tasks = simulatedTasks([sigma === undefined ? lane : { ...lane, sigma }], 5);
    const { waitWape } = calibrate([standard], ["a"], tasks);
    expect(waitWape).toBeLessThan(0.15);
  });

  test("says how wrong its model is where the agents of that time were others than told", () => {
    const tasks = simulatedTasks([{ arrivalsPerSec: 0.5, tasks: 5_000, agents: [{ count: 4, serviceSec: 6 }] }], 3);
    expect(calibrate([{ ...standard, servedBy: 8 }], ["a"], tasks).waitWape).toBeGreaterThan(0.9);
  });

  test("says nothing of how wrong it is where a measured lane has no steady state in it", () => {
    const waits = (over: Partial<TaskRowOf>) => regular(60, { waitedMs: 2_000, ...over });
    const rows = [...waits({}), ...waits({ lane: 1, ranMs: 20_000 })];
    const of = (servedBy: number | null) =>
      calibrated(rows, [standard, { lane: "background", minAgents: 0, servedBy }]);
    // 2 agents of 20 s each for one task every 10 s: no room at all.
    expect(of(2)).toMatchObject({
      waitWape: null,
      waitWapeReason: { code: "optimize.modelUnstable", args: { lane: "background", agents: 2 } },
    });
    expect(of(3)).toMatchObject({ waitWape: expect.any(Number), waitWapeReason: null });
    // Who served it is not known: it takes no part.
    expect(of(null)).toMatchObject({ waitWape: expect.any(Number), waitWapeReason: null });
  });

  test("by hand: rate over the whole window, no variation, no wait to be wrong about", () => {
    expect(calibrated(regular(60))).toEqual({
      observations: 60,
      waitWape: null,
      waitWapeReason: null,
      lanes: [
        {
          lane: "standard",
          kind: "known",
          arrivals: 60,
          arrivalsPerSec: 0.1,
          ...{ rates: [0.1, 0.1], stretchSec: 300, arrivalScv: 0 },
          services: [
            { kindId: "a", kind: "known", observations: 60, meanSec: 5, scv: 0 },
            { kindId: "b", kind: "unknown", observations: 0 },
          ],
          waitMeasuredSec: 0,
          waitModelSec: 0,
        },
      ],
    });
  });

  test("its variance is that of a sample: 30 tasks of 4 s and 6 s in turn", () => {
    const rows = regular(30).map((row, n) => ({ ...row, ranMs: n % 2 === 0 ? 4_000 : 6_000 }));
    const [lane] = calibrated(rows).lanes;
    expect(lane?.kind === "known" && lane.services[0]).toMatchObject({ scv: expect.closeTo(30 / 29 / 25, 12) });
  });

  test("is unknown below 30 observations, and tells of what", () => {
    const few = calibrated(regular(LEAST_OBSERVATIONS - 1)).lanes[0];
    expect(few).toMatchObject({
      kind: "unknown",
      reason: {
        code: "optimize.unmeasured",
        args: { datum: "arrivals", lane: "standard", observations: 29, least: 30 },
      },
    });
    const running = [...regular(29), ...regular(10, { ranMs: Number.NaN })];
    expect(calibrated(running).lanes[0]).toMatchObject({
      kind: "unknown",
      reason: { args: { datum: "service", observations: 29 } },
    });
    expect(calibrated(regular(LEAST_OBSERVATIONS)).lanes[0]?.kind).toBe("known");
  });

  test("is unknown where more than half of what was begun still runs: what ended are the short ones", () => {
    const running = (count: number) => regular(count, { ranMs: Number.NaN });
    expect(calibrated([...regular(40), ...running(40)]).lanes[0]?.kind).toBe("known");
    expect(calibrated([...regular(40), ...running(41)]).lanes[0]).toMatchObject({
      kind: "unknown",
      reason: {
        code: "optimize.unmeasured",
        args: { datum: "service", lane: "standard", observations: 40, unfinished: 41 },
      },
    });
    // What waits has no time that could be cut off.
    const waiting = regular(100, { kind: -1, arrivedMs: T0 + 1, waitedMs: Number.NaN, ranMs: Number.NaN });
    expect(calibrated([...regular(40), ...waiting]).lanes[0]?.kind).toBe("known");
  });

  test("arrivals all at one moment have no rate, and tasks that take no time no queue", () => {
    expect(calibrated(regular(60, { arrivedMs: T0 })).lanes[0]).toMatchObject({ kind: "unknown" });
    expect(calibrated(regular(60, { ranMs: 0 })).lanes[0]).toMatchObject({
      kind: "unknown",
      reason: { args: { datum: "service" } },
    });
  });

  test("a lane where nothing arrived is idle; one with tasks that nobody has run yet is not", () => {
    const lanes = [standard, { ...standard, lane: "background" as const }];
    expect(calibrated(regular(60), lanes).lanes[1]).toEqual({ lane: "background", kind: "idle", arrivals: 0 });
    const waiting = regular(60, { lane: 1, kind: -1, waitedMs: Number.NaN, ranMs: Number.NaN });
    expect(calibrated([...regular(60), ...waiting], lanes).lanes[1]).toMatchObject({ kind: "unknown", arrivals: 60 });
  });

  test("without the agents of that time, or where they could not have done the work, the model says nothing", () => {
    const model = (servedBy: number | null, ranMs = 5_000) => {
      const [lane] = calibrated(regular(60, { ranMs }), [{ ...standard, servedBy }]).lanes;
      return lane?.kind === "known" ? lane.waitModelSec : undefined;
    };
    expect(model(null)).toBeNull();
    expect(model(1, 20_000)).toBeNull();
    expect(model(3, 20_000)).toBe(0);
    expect(() => model(Number.NaN)).toThrow(/^servedBy must/);
  });
});

test.each<[string, Partial<TaskRowOf>]>([
  ["arrivedMs", { arrivedMs: Number.NaN }],
  ["arrivedMs", { arrivedMs: T0 - 1 }],
  ["waitedMs", { waitedMs: -1 }],
  ["ranMs", { ranMs: Number.POSITIVE_INFINITY }],
  ["lane", { lane: 1 }],
  ["kind", { kind: 2 }],
  ["kind", { kind: -2 }],
])("%s of %o is refused by name and row", (name, over) => {
  expect(() => calibrated([...regular(2), ...regular(1, over)])).toThrow(new RegExp(`^${name}\\[2\\] must`));
});

test("a window that is none, and columns of different lengths, are refused", () => {
  expect(() => calibrated(regular(2), [standard], T0)).toThrow(/^fromMs must be before toMs/);
  const tasks = columns(regular(2), T0, T0 + 60_000);
  const short = new Float64Array(1);
  for (const broken of [
    { ...tasks, services: { ...tasks.services, ranMs: short } },
    { ...tasks, arrivals: { ...tasks.arrivals, waitedMs: short } },
  ])
    expect(() => calibrate([standard], ["a", "b"], broken)).toThrow(/^(ranMs|waitedMs) must have 2/);
});
