import { expect, test } from "vitest";
import { chooseStrategy } from "../../../../src/engine/decide/allocation/strategies.ts";
import type { Bottleneck } from "../../../../src/engine/protocol/bottlenecks.ts";
import { DEFAULT_WEIGHTS, STRATEGIES } from "../../../../src/engine/protocol/optimize.ts";

function finding(change: Partial<Bottleneck>): Bottleneck {
  return {
    ...{ component: "lanes", kind: "saturation", subject: null, severity: "major", reason: null },
    ...{ evidence: [], thresholds: null, suggestion: null },
    ...change,
  };
}

test.each([
  ["nothing", [], "balanced", "optimize.strategyBalanced"],
  ["only small things", [finding({ severity: "minor" })], "balanced", "optimize.strategyBalanced"],
  ["tasks that wait", [finding({})], "latency", "optimize.strategyFound"],
  ["lanes that fail, which agents do not mend", [finding({ kind: "errors" })], "balanced", "optimize.strategyBalanced"],
  ["a machine that is short", [finding({ component: "memory" })], "cost", "optimize.strategyFound"],
  ["both: the machine comes first", [finding({}), finding({ component: "cpu" })], "cost", "optimize.strategyFound"],
] as const)("adaptive, with %s", (_, findings, strategy, code) => {
  const chosen = chooseStrategy("adaptive", findings, true);
  expect(chosen.strategy).toBe(strategy);
  expect(chosen.why.code).toBe(code);
});

test("names what it goes by", () => {
  const found = [finding({ component: "memory", severity: "critical", kind: "utilisation" })];
  expect(chooseStrategy("adaptive", found, true).why.args).toEqual({
    ...{ strategy: "cost", component: "memory", kind: "utilisation", severity: "critical" },
  });
});

test("one that was asked for is taken, whatever was found", () => {
  expect(chooseStrategy("latency", [finding({ component: "cpu" })], true)).toMatchObject({
    strategy: "latency",
    why: { code: "optimize.strategyAsked" },
  });
  expect(chooseStrategy("balanced", [], true).weights).toEqual(DEFAULT_WEIGHTS);
});

test("weights sum to 1 with prices and without, where cost takes no part", () => {
  for (const strategy of STRATEGIES)
    for (const hasPrices of [true, false]) {
      const { weights } = chooseStrategy(strategy, [], hasPrices);
      expect(Object.values(weights).reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
      expect("minimizeCost" in weights).toBe(hasPrices);
    }
});
