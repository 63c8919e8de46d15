import { expect, test } from "vitest";
import { CodedError } from "../../../src/engine/common/errors.ts";
import type { PatternsPort } from "../../../src/engine/ports.ts";
import { params } from "../../../src/engine/protocol/params.ts";
import type { Patterns } from "../../../src/engine/protocol/patterns.ts";
import { calls } from "../../../src/engine/protocol/rpc.ts";
import type { CallContext } from "../../../src/engine/serve/handlers.ts";
import { createPatternHandlers } from "../../../src/engine/serve/patternCalls.ts";
import { managedSample, observedSample, overviewSample } from "../../cli/samples.ts";

const DAY_MS = 86_400_000;
const context = { signal: new AbortController().signal } as CallContext;
const empty: Patterns = {
  swarmId: "demo",
  madeAtMs: 1,
  windowMs: 7 * DAY_MS,
  timeScale: 240,
  hours: "own",
  series: [],
  correlations: [],
};

function served(overview = overviewSample()) {
  const asked: unknown[] = [];
  const patterns: PatternsPort = {
    ask: (swarm, windowMs, signal) => {
      asked.push({ swarm, windowMs, same: signal === context.signal });
      return Promise.resolve(empty);
    },
  };
  return { asked, ...createPatternHandlers({ patterns, overview: () => overview }) };
}

test("patterns are of the last seven days of the swarm's own time unless a window is named", async () => {
  const { asked, patterns } = served();
  expect(await patterns({ swarmId: "demo" }, context)).toBe(empty);
  await patterns({ swarmId: "demo", windowMs: DAY_MS }, context);
  expect(asked).toEqual([
    { swarm: { id: "demo", timeScale: 240 }, windowMs: 7 * DAY_MS, same: true },
    { swarm: { id: "demo", timeScale: 240 }, windowMs: DAY_MS, same: true },
  ]);
});

test("a found swarm has a history too, in real time", async () => {
  const swarm = observedSample();
  const { asked, patterns } = served(overviewSample({ swarms: [managedSample(), swarm] }));
  await patterns({ swarmId: swarm.id }, context);
  expect(asked).toMatchObject([{ swarm: { id: swarm.id, timeScale: 1 } }]);
});

test("of a swarm that is not there are refused with those that are", () => {
  const { patterns } = served();
  expect(() => patterns({ swarmId: "none" }, context)).toThrow(CodedError);
  expect(() => patterns({ swarmId: "none" }, context)).toThrow(
    expect.objectContaining({ code: "swarm.unknown", args: expect.objectContaining({ swarmId: "none" }) }),
  );
});

test("any viewer may ask, for an hour to 400 days", () => {
  expect(calls.patterns).toMatchObject({ method: "patterns/get", role: "viewer" });
  const accepts = (windowMs: unknown) => params.patterns.safeParse({ swarmId: "a", windowMs }).success;
  expect([undefined, 3_600_000, 400 * DAY_MS].map(accepts)).toEqual([true, true, true]);
  expect([0, 3_599_999, 400 * DAY_MS + 1, 1e7 + 0.5, "7d", null].map(accepts)).toEqual(
    Array.from({ length: 6 }, () => false),
  );
  expect(params.patterns.safeParse({ swarmId: "a", days: 7 }).success).toBe(false);
});

test("one model's forecast is asked for by a name that is known, over the usual horizon alone", () => {
  const taken = (asked: object): boolean => params.forecast.safeParse({ swarmId: "demo", ...asked }).success;
  expect(taken({ model: "lstm" })).toBe(true);
  for (const refused of [{ model: "gpt" }, { model: "rf", horizonSeconds: 60 }, { model: "rf", confidence: 0.9 }])
    expect(taken(refused)).toBe(false);
});
