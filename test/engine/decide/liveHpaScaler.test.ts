import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRng } from "../../../src/engine/common/rng.ts";
import { AdaptiveScaler } from "../../../src/engine/decide/adaptiveScaler.ts";
import { DEFAULT_TOLERANCES } from "../../../src/engine/decide/hpa.ts";
import { LiveHpaScaler } from "../../../src/engine/decide/liveHpaScaler.ts";
import { ScalerChoice } from "../../../src/engine/decide/scalerChoice.ts";
import { DEFAULT_BEHAVIOR } from "../../../src/engine/decide/scalingBehavior.ts";
import type { ScalerPort, ScalerVerdict, ScalerView } from "../../../src/engine/ports.ts";
import { type ScalingPolicy, scalingPolicy } from "../../../src/engine/protocol/config.ts";
import { hpaPolicy } from "../../../src/engine/protocol/hpaPolicy.ts";
import { reasonText } from "../../../src/text/reasons.ts";
import { forecastOf, view } from "./view.ts";

const hpaOf = (hpa: object = {}, over: object = {}): ScalingPolicy =>
  scalingPolicy.parse({ policy: "hpa", hpa, ...over });
const policy = hpaOf();

/** The verdict after this long of the same load, with nothing done about it. */
function after(
  seconds: number,
  live: number,
  demand: number,
  over: Partial<ScalerView> = {},
  scaler: ScalerPort = new LiveHpaScaler(),
  fromMs = 0,
): ScalerVerdict {
  let verdict: ScalerVerdict | null = null;
  for (let ms = fromMs; ms <= fromMs + 1_000 * seconds; ms += 1_000)
    verdict = scaler.look(view(ms, live, demand, { policy, ...over }));
  return verdict as ScalerVerdict;
}

/** Everything that is decided is done at once. Returns the sizes by second. */
function run(
  seconds: number,
  size: number,
  demandAt: (second: number) => number,
  over: Partial<ScalerView> = {},
  scaler: ScalerPort = new LiveHpaScaler(),
): number[] {
  const sizes: number[] = [];
  for (let second = 0; second <= seconds; second++) {
    const { to } = scaler.look(view(1_000 * second, size, demandAt(second), { policy, ...over }));
    if (to !== size) scaler.acted(size, to, 1_000 * second);
    size = to;
    sizes.push(size);
  }
  return sizes;
}

test("a configuration that says nothing has Kubernetes' defaults", () => {
  const { scaleUp, scaleDown, cooldownSeconds, targetQueuePerAgent } = hpaPolicy.parse({});
  expect({ up: scaleUp, down: scaleDown }).toMatchObject(DEFAULT_BEHAVIOR);
  expect({ up: scaleUp.tolerance, down: scaleDown.tolerance }).toEqual(DEFAULT_TOLERANCES);
  expect(cooldownSeconds).toBe(0);
  expect(targetQueuePerAgent).toBeUndefined();
});

test.each([
  ["tolerance", { scaleUp: { tolerance: 1.5 } }],
  ["stabilizationSeconds", { scaleDown: { stabilizationSeconds: 3_601 } }],
  ["rules", { scaleUp: { rules: [] } }],
  ["periodSeconds", { scaleUp: { rules: [{ kind: "agents", value: 4, periodSeconds: 0 }] } }],
  ["value", { scaleDown: { rules: [{ kind: "percent", value: 0, periodSeconds: 15 }] } }],
  ["targetQueuePerAgent", { targetQueuePerAgent: 0 }],
])("a %s out of its bounds is refused by name", (name, hpa) => {
  const result = hpaPolicy.safeParse(hpa);
  expect(result.error?.issues[0]?.path).toContain(name);
});

describe("sizes", () => {
  test.each([
    // agents, demand, wanted: ceil(demand ÷ 0.7), nothing within 10% of 0.7 · agents, at most doubled or 4 more
    [10, 9, 13],
    [10, 7.7, 10],
    [10, 7.75, 12],
    [10, 6.3, 10],
    [4, 40, 8],
    [2, 10, 6],
    [10, 100, 20],
    [40, 60, 50],
  ])("%i agents with demand %d become %i", (live, demand, to) => {
    expect(after(20, live, demand).to).toBe(to);
  });

  test("fewer only after five minutes in which no more were wanted", () => {
    const sizes = run(700, 10, (second) => (second < 100 ? 9 : 2));
    expect(sizes[99]).toBe(13);
    const fewer = sizes.findIndex((size, second) => second >= 100 && size < 13);
    expect(fewer).toBeGreaterThanOrEqual(400);
    expect(fewer).toBeLessThanOrEqual(420);
    expect(sizes.at(-1)).toBe(3);
  });

  test("what waits has its own target when it is given one: the higher of both sizes counts, and the figures say which", () => {
    const over = (waiting: number, low: number): Partial<ScalerView> => ({
      policy: hpaOf({ targetQueuePerAgent: 4 }),
      reading: { monotonicMs: 0, low, high: low, waiting, source: "measured" },
    });
    const verdictOf = (waiting: number, low: number): ScalerVerdict => {
      const scaler = new LiveHpaScaler();
      let verdict: ScalerVerdict | null = null;
      for (let ms = 0; ms <= 10_000; ms += 1_000) {
        const { reading, policy: own } = over(waiting, low);
        if (reading == null || own === undefined) throw new Error("no reading");
        verdict = scaler.look(view(ms, 10, null, { policy: own, reading: { ...reading, monotonicMs: ms } }));
      }
      return verdict as ScalerVerdict;
    };
    // 6 busy agents of 10 are 0.6 against 0.7; 60 that wait are 6 for each, against 4.
    const queue = verdictOf(60, 66);
    expect(queue).toMatchObject({
      to: 15,
      reason: { code: "hpa.up" },
      inputs: { hpa: { metric: "queue", perAgent: 6, targetPerAgent: 4, desired: 15 } },
    });
    expect(reasonText(queue.reason)).toBe("6 tasks wait for each agent, target 4: 15 agents wanted.");
    // 9 busy are 0.9: 13 agents; 20 that wait are enough for 5.
    expect(verdictOf(20, 29)).toMatchObject({ to: 13, inputs: { hpa: { metric: "utilisation" }, currentRatio: 2.9 } });
  });

  test("without such a target what waits is demand, and a load without tasks has no queue", () => {
    const reading = { monotonicMs: 0, low: 9, high: 9, waiting: 3, source: "measured" as const };
    const scaler = new LiveHpaScaler();
    let verdict: ScalerVerdict | null = null;
    for (let ms = 0; ms <= 10_000; ms += 1_000)
      verdict = scaler.look(view(ms, 10, null, { policy, reading: { ...reading, monotonicMs: ms } }));
    expect(verdict?.to).toBe(13);
    expect(after(20, 10, 9, { policy: hpaOf({ targetQueuePerAgent: 4 }) }).to).toBe(13);
  });

  test("tolerance, rules and windows are those that are configured", () => {
    expect(after(20, 10, 9, { policy: hpaOf({ scaleUp: { tolerance: 0.3 } }) }).to).toBe(10);
    const slow = hpaOf({ scaleUp: { rules: [{ kind: "agents", value: 1, periodSeconds: 60 }] } });
    const sizes = run(150, 10, () => 30, { policy: slow });
    expect([sizes[30], sizes[90], sizes[150]]).toEqual([11, 12, 13]);
    expect(after(20, 10, 9, { policy: hpaOf({ scaleUp: { select: "disabled" } }) })).toMatchObject({
      to: 10,
      reason: { code: "hpa.heldUp" },
    });
  });

  test("a cooldown that is asked for holds after any change", () => {
    const scaler = new LiveHpaScaler();
    const over = { policy: hpaOf({ cooldownSeconds: 60 }) };
    after(5, 10, 7, over, scaler);
    scaler.acted(8, 10, 5_000);
    expect(after(50, 10, 9, over, scaler, 6_000)).toMatchObject({ to: 10, reason: { code: "scaling.waitUp" } });
    expect(after(10, 10, 9, over, scaler, 57_000).to).toBe(13);
  });

  test("no forecast takes part", () => {
    const verdict = after(20, 10, 7, { forecast: forecastOf(0, [40, 40, 40, 40]) });
    expect(verdict).toMatchObject({
      to: 10,
      inputs: { predictedRatio: null, combinedRatio: 0.7, forecastReason: { code: "forecast.notForHpa" } },
    });
    expect([verdict.inputs.scaleDownBelow, verdict.inputs.scaleUpAbove]).toEqual([
      expect.closeTo(0.63),
      expect.closeTo(0.77),
    ]);
  });

  test("the window of scaling down is squeezed with the time of the swarm, and never away", () => {
    const down = (timeScale: number): number => {
      const scaler = new LiveHpaScaler();
      after(20, 10, 7, { timeScale }, scaler);
      for (let second = 21; second < 700; second++)
        if (scaler.look(view(1_000 * second, 10, 2, { policy, timeScale })).to < 10) return second - 20;
      return Number.NaN;
    };
    // 300 ÷ 10; 300 ÷ 240 would be 1.25 s. A few seconds more, until the mean over the window is low enough.
    expect(down(10)).toBeGreaterThanOrEqual(30);
    expect(down(10)).toBeLessThanOrEqual(40);
    expect(down(240)).toBeGreaterThanOrEqual(10);
    expect(down(240)).toBeLessThanOrEqual(20);
  });
});

describe("carefully", () => {
  test("metrics that are an hour old decide nothing, and after an hour without any a low load ends nobody at once", () => {
    const scaler = new LiveHpaScaler();
    const old = { monotonicMs: 0, low: 90, high: 90, source: "measured" as const };
    for (let ms = 0; ms <= 3_600_000; ms += 1_000) {
      const { to, reason } = scaler.look(view(ms, 10, null, { policy, reading: old }));
      expect(to).toBe(10);
      if (ms > 3_000) expect(reason.code).toBe("scaling.stale");
    }
    expect(after(250, 10, 0, {}, scaler, 3_601_000)).toMatchObject({ to: 10, reason: { code: "hpa.heldDown" } });
    expect(after(80, 10, 0, {}, scaler, 3_852_000).to).toBe(2);
  });

  test("nothing measured, or no number, neither grows nor shrinks", () => {
    for (const low of [Number.NaN, Number.POSITIVE_INFINITY, -1]) {
      const reading = { monotonicMs: 0, low, high: low, source: "measured" as const };
      const scaler = new LiveHpaScaler();
      for (let ms = 0; ms <= 400_000; ms += 1_000) {
        const verdict = scaler.look(view(ms, 10, null, { policy, reading: { ...reading, monotonicMs: ms } }));
        expect(verdict).toMatchObject({ to: 10, reason: { code: "scaling.missing" } });
      }
    }
  });

  test("on partial figures it grows by what is surely there and never shrinks", () => {
    const partial = (low: number, high: number): ScalerVerdict => {
      const scaler = new LiveHpaScaler();
      let verdict: ScalerVerdict | null = null;
      for (let ms = 0; ms <= 400_000; ms += 1_000) {
        const reading = { monotonicMs: ms, low, high, source: "derived" as const };
        verdict = scaler.look(view(ms, 10, null, { policy, reading }));
      }
      return verdict as ScalerVerdict;
    };
    expect(partial(9, 10).to).toBe(13);
    expect(partial(1, 5)).toMatchObject({ to: 10, reason: { code: "scaling.partial" } });
  });

  test("tasks behind a full lane or an open breaker make nothing grow and nothing shrink", () => {
    const scaler = new LiveHpaScaler();
    let verdict: ScalerVerdict | null = null;
    for (let ms = 0; ms <= 400_000; ms += 1_000) {
      const reading = { monotonicMs: ms, low: 1, high: 41, heldBack: 40, waiting: 0, source: "measured" as const };
      verdict = scaler.look(view(ms, 10, null, { policy, reading }));
    }
    expect(verdict).toMatchObject({ to: 10, reason: { code: "scaling.heldBack", args: { waiting: 40 } } });
  });

  test("a minimum above the maximum: the cap holds", () => {
    expect(after(20, 4, 40, { minAgents: 9, maxAgents: 6 }).to).toBe(6);
    expect(after(20, 8, 40, { minAgents: 9, maxAgents: 6 })).toMatchObject({
      to: 6,
      reason: { code: "scaling.aboveMax" },
    });
  });

  test("below the minimum it is brought there, a stopped swarm is never started", () => {
    expect(after(20, 2, 0, { minAgents: 4 })).toMatchObject({ to: 4, reason: { code: "scaling.belowMin" } });
    expect(after(20, 0, 90)).toMatchObject({ to: 0, reason: { code: "scaling.stopped" } });
  });

  test("a load that jumps a hundredfold doubles the swarm every 15 s, up to the maximum and never beyond", () => {
    const sizes = run(120, 4, (second) => (second < 30 ? 2.8 : 280));
    expect(sizes[29]).toBe(4);
    expect(Math.max(...sizes.slice(30, 44))).toBe(8);
    expect(sizes.at(-1)).toBe(50);
    expect(Math.max(...sizes)).toBe(50);
  });

  test("agents that take two minutes to start are not missed meanwhile: no second growth for the same load", () => {
    // 12 agents' worth of work on 4: what they cannot serve waits, a task of 10 s each, until those that start are ready.
    const grow = (hidesPending: boolean): { readonly sizes: Set<number>; readonly codes: Set<string> } => {
      const scaler = new LiveHpaScaler();
      let size = 4;
      let ready = 4;
      let readyAtMs = Number.POSITIVE_INFINITY;
      let waiting = 0;
      const sizes = new Set<number>();
      const codes = new Set<string>();
      for (let ms = 0; ms <= 120_000; ms += 1_000) {
        if (ms >= readyAtMs) ready = size;
        waiting += Math.max(0, (12 - ready) / 10);
        const low = ready + waiting;
        const reading = { monotonicMs: ms, low, high: low, waiting, source: "measured" as const };
        const pending = hidesPending ? 0 : size - ready;
        const { to, reason } = scaler.look(view(ms, size, null, { policy, reading, pending }));
        codes.add(reason.code);
        if (to === size) continue;
        scaler.acted(size, to, ms);
        size = to;
        readyAtMs = Math.min(readyAtMs, ms + 120_000);
        sizes.add(size);
      }
      return { sizes, codes };
    };
    const careful = grow(false);
    expect([...careful.sizes]).toEqual([8]);
    expect(careful.codes).toContain("scaling.starting");
    // The same load where nobody says that they are on their way.
    expect(grow(true).sizes.size).toBeGreaterThan(1);
  });

  test("what an operator did is not turned round before the cooldown of the swarm is over", () => {
    const scaler = new LiveHpaScaler();
    scaler.acted(12, 6, 0, true);
    expect(after(290, 6, 9, {}, scaler)).toMatchObject({ to: 6, reason: { code: "scaling.waitUp" } });
    expect(after(20, 6, 9, {}, scaler, 291_000).to).toBe(12);
    const own = new LiveHpaScaler();
    own.acted(12, 6, 0);
    expect(after(20, 6, 9, {}, own).to).toBe(12);
  });

  test("the sizes keep the bounds, and nothing changes on missing figures, whatever comes (1,000 traces)", () => {
    const reading = fc.oneof(
      fc.constant(null),
      fc.record({ low: fc.oneof(fc.double(), fc.double({ min: 0, max: 200, noNaN: true })), spread: fc.nat(3) }),
    );
    fc.assert(
      fc.property(
        fc.array(fc.record({ reading, age: fc.constantFrom(0, 2_000, 60_000), pending: fc.nat(1) }), { maxLength: 60 }),
        fc.option(fc.double({ min: 0.01, max: 50, noNaN: true }), { nil: undefined }),
        (looks, targetQueuePerAgent) => {
          const scaler = new LiveHpaScaler();
          const own = hpaOf(targetQueuePerAgent === undefined ? {} : { targetQueuePerAgent });
          let size = 5;
          looks.forEach(({ reading: at, age, pending }, index) => {
            const nowMs = index * 1_000;
            const given =
              at === null
                ? null
                : {
                    ...{ monotonicMs: nowMs - age, low: at.low, high: at.low + at.spread, source: "measured" as const },
                    waiting: Math.max(0, at.low / 2),
                  };
            const { to } = scaler.look(view(nowMs, size, null, { policy: own, reading: given, pending }));
            expect(to >= 2 && to <= 50).toBe(true);
            if (at === null || age > 3_000 || pending > 0 || !(at.low >= 0)) expect(to).toBe(size);
            if (at !== null && at.spread > 0) expect(to).toBeGreaterThanOrEqual(size);
            if (to !== size) scaler.acted(size, to, nowMs);
            size = to;
          });
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

test("row 11: a day of noise at the edges of the tolerance changes nothing", () => {
  const rng = createRng(3);
  const sizes = run(86_400, 10, () => 7 * (0.905 + 0.19 * rng()));
  expect(new Set(sizes)).toEqual(new Set([10]));
});

describe("the choice of the swarm", () => {
  const adaptive = scalingPolicy.parse({});
  test("decides who sizes it, at every look", () => {
    const choice = new ScalerChoice(new AdaptiveScaler());
    // 7.75 of 10 is within the adaptive band, and above the tolerance of the Kubernetes rules.
    expect(after(20, 10, 7.75, { policy: adaptive }, choice).reason.code).toBe("scaling.inBand");
    expect(after(20, 10, 7.75, {}, choice, 21_000)).toMatchObject({ to: 12, reason: { code: "hpa.up" } });
    expect(after(20, 10, 7.75, { policy: adaptive }, choice, 42_000).to).toBe(10);
  });

  test("makes nobody forget what was lately: no agent ends because the other one is asked now", () => {
    const choice = new ScalerChoice(new AdaptiveScaler());
    after(100, 10, 7, { policy: adaptive }, choice);
    after(100, 10, 1, { policy: adaptive }, choice, 101_000);
    expect(after(20, 10, 1, {}, choice, 202_000)).toMatchObject({ to: 10, reason: { code: "hpa.heldDown" } });
  });

  test("a network advises where the adaptive rule decides, and nowhere else", () => {
    const told = { to: 3, atMs: 0, decisions: 1, agreed: 1, more: 0, acts: false, reason: null };
    const rule = new AdaptiveScaler();
    const choice = new ScalerChoice({
      look: (one) => rule.look(one),
      acted: () => undefined,
      advice: () => told,
    });
    after(1, 10, 7, { policy: adaptive }, choice);
    expect(choice.advice()).toBe(told);
    after(1, 10, 7, {}, choice, 2_000);
    expect(choice.advice()).toBeNull();
  });
});
