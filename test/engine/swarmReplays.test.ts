import { describe, expect, test } from "vitest";
import { ManualClock } from "../../src/engine/common/clock.ts";
import { createRng } from "../../src/engine/common/rng.ts";
import { comparePolicies, NO_FORECASTS, planReplay } from "../../src/engine/decide/comparePolicies.ts";
import { initialNetwork } from "../../src/engine/decide/dqn/network.ts";
import { TrainedPolicy } from "../../src/engine/decide/dqn/trainedPolicy.ts";
import type { HeavyWork, ReplayRequest, SwarmView } from "../../src/engine/ports.ts";
import { scalingPolicy } from "../../src/engine/protocol/config.ts";
import { params } from "../../src/engine/protocol/params.ts";
import { REPLAY_POLICIES, UNTRAINED_POLICIES } from "../../src/engine/protocol/replay.ts";
import type { CallContext } from "../../src/engine/serve/handlers.ts";
import { createReplayHandlers } from "../../src/engine/serve/replayCalls.ts";
import { SwarmReplays, type SwarmReplaysParts } from "../../src/engine/swarmReplays.ts";
import { reasonText } from "../../src/text/reasons.ts";

const never = new AbortController().signal;
const scaling = scalingPolicy.parse({});
const swarm = { id: "docs", timeScale: 1, minAgents: 2, maxAgents: 20, scaling, startUpMs: 8_000 };

const NOW_MS = 1_700_000_000_000;
const untrained: SwarmReplaysParts["networkOf"] = () => ({ kind: "none", reason: { code: "training.none", args: {} } });
/** One that has learned until so long ago. */
const trained = (agoMs: number) => (): ReturnType<SwarmReplaysParts["networkOf"]> => ({
  kind: "network",
  policy: JSON.stringify(
    new TrainedPolicy(initialNetwork([10, 8, 5], createRng(1)), { decisionSeconds: 60, taskSeconds: 30, timeScale: 1 }),
  ),
  learnedToMs: NOW_MS - agoMs,
});

/** The service with a store that the test plays, and the work of the heavy child done here. */
function world(stored: (index: number, steps: number) => number, networkOf = untrained) {
  const asked: ReplayRequest[] = [];
  const replays = new SwarmReplays({
    series: {
      steps: ({ metric }, _stepMs, steps) =>
        Float64Array.from({ length: steps }, (_, index) => (metric === "demand" ? stored(index, steps) : 0.25)),
    },
    heavy: {
      run: async (kind, request) => {
        expect(kind).toBe("replay");
        asked.push(request as ReplayRequest);
        const planned = planReplay(request as ReplayRequest);
        return comparePolicies(request as ReplayRequest, planned, NO_FORECASTS) as HeavyWork[typeof kind]["answer"];
      },
    },
    clock: new ManualClock(0, NOW_MS),
    networkOf,
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

  test("with the trained network scores every policy on what it has not learned on, and says from where on", async () => {
    const { asked, replays } = world((index) => 5 + (index % 7), trained(3 * 3_600_000));
    const { policies, basis } = await replays.compare(swarm, { days: 1, policies: null }, never);
    expect(policies.map(({ name }) => name)).toEqual(REPLAY_POLICIES);
    // 1,440 steps of a minute; of the one that had begun three hours ago it had learned a part.
    expect(basis).toMatchObject({ steps: 1_440, scoredFrom: 1_440 - 180 + 1 });
    expect(asked[0]?.network?.pressure?.[0]).toBe(0.25);
    const alone = await replays.compare(swarm, { days: 1, policies: ["hpa"] }, never);
    expect(alone.basis.scoredFrom).toBeUndefined();
    expect(asked[1]).toMatchObject({ network: null, warmUpRatio: 0 });
    // Learned before the days that are compared: all of them count.
    const older = world((index) => 5 + (index % 7), trained(9 * 86_400_000));
    expect(
      (await older.replays.compare(swarm, { days: 1, policies: ["dqn"] }, never)).basis.scoredFrom,
    ).toBeUndefined();
  });

  test("leaves out the network where none was trained, and asked for it by name says what is missing", async () => {
    const { asked, replays } = world((index) => 5 + (index % 7));
    await expect(replays.compare(swarm, { days: 1, policies: ["hpa", "dqn"] }, never)).rejects.toMatchObject({
      code: "training.none",
    });
    expect(reasonText({ code: "training.none", args: {} })).toContain("Swarm: Train Scaling Policy");
    expect(asked).toEqual([]);
    const { policies } = await replays.compare(swarm, { days: 1, policies: null }, never);
    expect(policies.map(({ name }) => name)).toEqual(UNTRAINED_POLICIES);
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

test("the call takes seven days and all there is unless policies are named, and refuses what is none", async () => {
  const asked: unknown[] = [];
  const view = { ...swarm, startUpMs: () => null } as unknown as SwarmView;
  const { comparePolicies: call } = createReplayHandlers(
    { replays: { compare: (of, what) => (asked.push({ ...of, ...what }), Promise.reject(new Error("asked"))) } },
    () => view,
  );
  const context = { signal: never } as CallContext;
  await expect(call({ swarmId: "docs" }, context)).rejects.toThrow("asked");
  expect(asked).toEqual([{ ...swarm, startUpMs: null, days: 7, policies: null }]);
  const { comparePolicies: schema } = params;
  expect(schema.safeParse({ swarmId: "docs", days: 0 }).success).toBe(false);
  expect(schema.safeParse({ swarmId: "docs", policies: ["magic"] }).success).toBe(false);
  expect(schema.safeParse({ swarmId: "docs", days: 30, policies: ["hpa"] }).success).toBe(true);
});
