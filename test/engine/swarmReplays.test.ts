import { describe, expect, test } from "vitest";
import { ManualClock } from "../../src/engine/common/clock.ts";
import { comparePolicies, NO_FORECASTS, planReplay } from "../../src/engine/decide/comparePolicies.ts";
import type { HeavyWork, ReplayRequest, SwarmView } from "../../src/engine/ports.ts";
import { scalingPolicy } from "../../src/engine/protocol/config.ts";
import { params } from "../../src/engine/protocol/params.ts";
import { REPLAY_POLICIES } from "../../src/engine/protocol/replay.ts";
import type { CallContext } from "../../src/engine/serve/handlers.ts";
import { createReplayHandlers } from "../../src/engine/serve/replayCalls.ts";
import { SwarmReplays } from "../../src/engine/swarmReplays.ts";

const never = new AbortController().signal;
const scaling = scalingPolicy.parse({});
const swarm = { id: "docs", timeScale: 1, minAgents: 2, maxAgents: 20, scaling, startUpMs: 8_000 };

/** The service with a store that the test plays, and the work of the heavy child done here. */
function world(stored: (index: number, steps: number) => number) {
  const asked: ReplayRequest[] = [];
  const replays = new SwarmReplays({
    series: {
      steps: (_key, _stepMs, steps) => Float64Array.from({ length: steps }, (_, index) => stored(index, steps)),
    },
    heavy: {
      run: async (kind, request) => {
        expect(kind).toBe("replay");
        asked.push(request as ReplayRequest);
        const planned = planReplay(request as ReplayRequest);
        return comparePolicies(request as ReplayRequest, planned, NO_FORECASTS) as HeavyWork[typeof kind]["answer"];
      },
    },
    clock: new ManualClock(0, 1_700_000_000_000),
  });
  return { asked, replays };
}

describe("a comparison over a swarm's stored demand", () => {
  test("takes the swarm's bounds, thresholds and measured start-up, from the first measured step on", async () => {
    const { asked, replays } = world((index, steps) => (index < steps - 600 ? Number.NaN : 5 + (index % 7)));
    const answer = await replays.compare(swarm, { days: 1, policies: ["hpa", "clairvoyant"] }, never);
    expect(asked[0]).toMatchObject({ minAgents: 2, maxAgents: 20, scaling, startUpSeconds: 8, season: 1_440 });
    expect(answer).toMatchObject({
      swarmId: "docs",
      startUpSource: "measured",
      basis: { steps: 600, stepSeconds: 60 },
    });
    expect(answer.policies.map(({ name }) => name)).toEqual(["hpa", "clairvoyant"]);
  });

  test("has pictures of at most a thousand points, as many for each policy as for the load", async () => {
    const { replays } = world((index) => (index % 500 < 100 ? Number.NaN : 5 + (index % 7)));
    const { series } = await replays.compare(swarm, { days: 7, policies: ["fixed", "hpa"] }, never);
    expect(series.load.length).toBeLessThanOrEqual(1_000);
    expect(series.load).toContain(null);
    for (const { agents } of series.capacity) expect(agents).toHaveLength(series.load.length);
    expect(series.load.length * series.bucketMs).toBeGreaterThanOrEqual(6.9 * 86_400_000);
  });

  test("of a squeezed swarm is over days of its own time, in real seconds", async () => {
    const { asked, replays } = world(() => 4);
    const demo = { ...swarm, id: "demo", timeScale: 240, startUpMs: null };
    const answer = await replays.compare(demo, { days: 1, policies: ["hpa"] }, never);
    // A day of six minutes, in steps of two seconds.
    expect(asked[0]?.load).toHaveLength(180);
    expect(answer).toMatchObject({ timeScale: 240, startUpSource: "assumed", basis: { stepSeconds: 2 } });
  });

  test("of nothing measured says so; one that is given up is not begun", async () => {
    const { asked, replays } = world(() => Number.NaN);
    await expect(replays.compare(swarm, { days: 1, policies: ["hpa"] }, never)).rejects.toMatchObject({
      code: "replay.empty",
    });
    replays.dispose();
    await expect(replays.compare(swarm, { days: 1, policies: ["hpa"] }, never)).rejects.toMatchObject({
      code: "aborted",
    });
    expect(asked).toEqual([]);
  });
});

test("the call takes seven days and every policy unless others are named, and refuses what is none", async () => {
  const asked: unknown[] = [];
  const view = { ...swarm, startUpMs: () => null } as unknown as SwarmView;
  const { comparePolicies: call } = createReplayHandlers(
    { replays: { compare: (of, what) => (asked.push({ ...of, ...what }), Promise.reject(new Error("asked"))) } },
    () => view,
  );
  const context = { signal: never } as CallContext;
  await expect(call({ swarmId: "docs" }, context)).rejects.toThrow("asked");
  expect(asked).toEqual([{ ...swarm, startUpMs: null, days: 7, policies: REPLAY_POLICIES }]);
  const { comparePolicies: schema } = params;
  expect(schema.safeParse({ swarmId: "docs", days: 0 }).success).toBe(false);
  expect(schema.safeParse({ swarmId: "docs", policies: ["magic"] }).success).toBe(false);
  expect(schema.safeParse({ swarmId: "docs", days: 30, policies: ["hpa"] }).success).toBe(true);
});
