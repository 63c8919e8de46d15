import { describe, expect, test } from "vitest";
import { CodedError } from "../../../src/engine/common/errors.ts";
import { createOrchestratorHandlers, type OrchestratorCallsApi } from "../../../src/engine/serve/orchestratorCalls.ts";
import { agentsWithin, sizeForClaims } from "../../../src/engine/serve/recordsPlan.ts";
import type { SwarmView } from "../../../src/engine/ports.ts";
import type { ScalingInputs } from "../../../src/engine/protocol/scaling.ts";
import type { CallContext } from "../../../src/engine/serve/handlers.ts";
import type { ClaimedAnswer, ToolRole } from "../../../src/engine/protocol/orchestrators.ts";
import type { ActionOutcome } from "../../../src/engine/protocol/rpc.ts";

const context = { signal: new AbortController().signal, client: { name: "test" } } as CallContext;
const answer = (role: ToolRole, figures: ClaimedAnswer["figures"] = []): ClaimedAnswer => ({
  ...{ role, tools: [role], grade: "record-only", atMs: 1, figures, left: 0, reason: null },
});

interface World {
  readonly busy: readonly (boolean | null)[];
  readonly outcome?: ActionOutcome;
  readonly failing?: ToolRole;
  readonly pending?: number | null;
}

function world({ busy, outcome, failing, pending = 0 }: World) {
  const asked: string[] = [];
  const topology = { kind: "confirmed", from: "mesh", to: "ring" } as const;
  const confirmed: ActionOutcome = {
    kind: "confirmed",
    live: 0,
    elapsedMs: 5,
    claimed: { records: 0, notes: [], topology },
  };
  const view = {
    ...{ id: "flow", minAgents: 1, maxAgents: 10 },
    busyCount: busy.includes(null) ? null : busy.filter((one) => one === true).length,
    facts: {
      recordCount: busy.length,
      records: busy.map((one, at) => ({ id: `a${at}`, type: null, status: null, busy: one })),
      tools: [],
      link: { kind: "connected", sinceMs: 0 },
    },
  };
  const api = {
    orchestrators: {
      has: (id: string) => id === "flow",
      get: () => view,
      ask: async (_: string, role: ToolRole) => {
        asked.push(role);
        if (role === failing) throw new CodedError("mcp.timeout", { call: role, afterMs: 1 });
        return answer(role, pending === null ? [] : [{ path: "pendingTasks", value: pending }]);
      },
      scale: async (_: string, to: number) => {
        asked.push(`scale ${to}`);
        return outcome ?? confirmed;
      },
      keepAllocation: async (_: string, note: object) => {
        asked.push(`keep ${JSON.stringify(note)}`);
        return { tool: "memory_store", kept: true, reason: null };
      },
    },
    overview: () => ({ host: { memoryAvailableBytes: 4e9, memoryCapacityBytes: 10e9 } }),
    wallMs: () => 1,
  } as unknown as OrchestratorCallsApi;
  const handlers = createOrchestratorHandlers(api, (swarmId) => {
    throw new CodedError("swarm.unknown", { swarmId });
  });
  return { asked, handlers };
}

describe("what a swarm of records is given", () => {
  test("is gathered, computed from what was measured here, applied, and noted", async () => {
    const { asked, handlers } = world({ busy: [false, false] });
    const allocation = await handlers.allocateResources(
      { swarmId: "flow", requirements: { agents: 8, memory: { high: "1GB" }, cpu: { nice: 5 } }, deadlineMs: 1_000 },
      context,
    );
    // 4 GB are available, 1 GB of 10 stays free: three more agents of 1 GB fit beside the two that are there.
    expect(asked).toEqual([
      ...["metrics_collect", "performance_report", "bottleneck_analyze"],
      ...["scale 5", 'keep {"agents":5,"memoryBytesEach":1000000000}'],
    ]);
    expect(allocation).toMatchObject({ agents: 5, outcome: { kind: "confirmed" }, kept: { kept: true } });
    expect(allocation.reasons.map(({ code, args }) => [code, args["resource"] ?? args["fits"]])).toEqual([
      ["allocation.room", 5],
      ["allocation.noLimits", "cpu"],
      ["allocation.noLimits", "memory"],
    ]);
  });

  test("goes on where one of what is gathered cannot be had, and is refused where the orchestrator refuses", async () => {
    const reason = { code: "orchestrator.busy", args: {} };
    const { asked, handlers } = world({
      busy: [],
      failing: "performance_report",
      outcome: { kind: "refused", reason },
    });
    const allocation = await handlers.allocateResources(
      { swarmId: "flow", requirements: {}, deadlineMs: 1_000 },
      context,
    );
    expect(allocation).toMatchObject({ agents: null, outcome: { kind: "refused", reason }, kept: null });
    expect(allocation.gathered.map(({ reason: why }) => why?.code ?? null)).toEqual([null, "mcp.timeout", null]);
    expect(asked).toContain("scale 1");
  });

  test.each([
    [{ agents: 3 }, 5, 3, []],
    [{}, 5, 5, []],
    [{ agents: 0 }, 5, 1, ["allocation.bounded"]],
    [{ agents: 99 }, 5, 10, ["allocation.bounded"]],
    [{ agents: 4, memoryBytes: null }, 5, 4, []],
    // Those that are there have their memory already: only more of them need room.
    [{ agents: 4, memoryBytes: 1e12 }, 5, 4, []],
    [{ agents: 5, memoryBytes: 1e9 }, 5, 5, []],
    [{ agents: 9, memoryBytes: 1e9 }, 5, 8, ["allocation.room"]],
    [{ agents: 9, memoryBytes: 1e12 }, 5, 5, ["allocation.room"]],
    [{ agents: 9, memoryBytes: 1e12 }, 0, 1, ["allocation.room"]],
  ])("%j of %d is %d", (wish, now, agents, codes) => {
    const host = { memoryAvailableBytes: 4e9, memoryCapacityBytes: 10e9 };
    const given = agentsWithin(wish, now, { minAgents: 1, maxAgents: 10 }, host);
    expect([given.agents, given.reasons.map(({ code }) => code)]).toEqual([agents, codes]);
  });
});

describe("a size by what is claimed of the load", () => {
  test("is scaled to, and what became of the topology is told", async () => {
    const { asked, handlers } = world({ busy: [true, true, true, false], pending: 2 });
    expect(await handlers.predictiveScale({ swarmId: "flow", apply: true, deadlineMs: 1_000 }, context)).toMatchObject({
      ...{ from: 4, to: 8, source: "claimed", topology: { kind: "confirmed", to: "ring" } },
    });
    expect(asked).toEqual(["swarm_status", "scale 8"]);
  });

  test("is only told without apply, and where it is not confirmed it is told that the topology was left alone", async () => {
    const told = world({ busy: [true, false] });
    expect(
      await told.handlers.predictiveScale({ swarmId: "flow", apply: false, deadlineMs: 1_000 }, context),
    ).toMatchObject({ from: 2, to: 2, outcome: null, topology: null });
    const reason = { code: "scale.recordsUnmoved", args: {} };
    const unconfirmed = world({ busy: [true, true], outcome: { kind: "unconfirmed", live: 0, elapsedMs: 9, reason } });
    expect(
      await unconfirmed.handlers.predictiveScale({ swarmId: "flow", apply: true, deadlineMs: 1_000 }, context),
    ).toMatchObject({ to: 3, topology: { kind: "refused", reason: { code: "topology.notConfirmed" } } });
  });

  test("is not scaled to when somebody has agreed to another one", async () => {
    const { asked, handlers } = world({ busy: [true, true, true, false], pending: 2 });
    const wish = { swarmId: "flow", apply: true, deadlineMs: 1_000 };
    expect(await handlers.predictiveScale({ ...wish, expectedTo: 7 }, context)).toMatchObject({
      ...{ to: 8, topology: { kind: "refused" } },
      outcome: { kind: "refused", reason: { code: "predictive.changed", args: { expected: 7, actual: 8 } } },
    });
    expect(asked).toEqual(["swarm_status"]);
    expect(await handlers.predictiveScale({ ...wish, expectedTo: 8 }, context)).toMatchObject({
      outcome: { kind: "confirmed" },
    });
  });

  test("is none where a record does not say whether it is busy: an unknown load is not none", () => {
    const bounds = { minAgents: 0, maxAgents: 10 };
    for (const load of [
      { recordCount: 2, busyCount: null },
      { recordCount: 0, busyCount: 0 },
      { recordCount: null, busyCount: null },
    ])
      expect(sizeForClaims(load, answer("swarm_status"), bounds)).toMatchObject({
        to: null,
        reason: { code: "predictive.unknownLoad" },
      });
  });

  test("is never a smaller one where nothing tells what waits", () => {
    const bounds = { minAgents: 0, maxAgents: 1_000 };
    const none = { ...answer("swarm_status"), reason: { code: "grade.refuses", args: {} } };
    const said = [-5, 1e9, Number.NaN, "many"].map((value) =>
      answer("swarm_status", [{ path: "pendingTasks", value }]),
    );
    for (const status of [none, ...said]) {
      expect(sizeForClaims({ recordCount: 5, busyCount: 0 }, status, bounds)).toMatchObject({
        to: 5,
        reason: { code: "predictive.unknownWaiting" },
      });
      // What is known to be busy is enough for more.
      expect(sizeForClaims({ recordCount: 1, busyCount: 1 }, status, bounds).to).toBe(2);
    }
    const nothingWaits = answer("swarm_status", [{ path: "queue.pendingTasks", value: 0 }]);
    expect(sizeForClaims({ recordCount: 5, busyCount: 0 }, nothingWaits, bounds).to).toBe(0);
  });

  test("rests on all records, also on those that are not shown one by one", () => {
    const nothingWaits = answer("swarm_status", [{ path: "pendingTasks", value: 0 }]);
    const bounds = { minAgents: 0, maxAgents: 1_000 };
    expect(sizeForClaims({ recordCount: 300, busyCount: 290 }, nothingWaits, bounds).to).toBe(415);
  });

  test("leaves idle records alone whose orchestrator does not tell what waits", async () => {
    const { asked, handlers } = world({ busy: [false, false, false], pending: null });
    expect(await handlers.predictiveScale({ swarmId: "flow", apply: true, deadlineMs: 1_000 }, context)).toMatchObject({
      ...{ from: 3, to: 3, outcome: null, reason: { code: "predictive.unknownWaiting" } },
    });
    expect(asked).toEqual(["swarm_status"]);
  });
});

describe("a size by the forecast, of a swarm of ours", () => {
  const sized = (load: Partial<ScalingInputs> | null, peak: number) => {
    const scaled: number[] = [];
    const api = {
      orchestrators: { has: () => false },
      swarms: { get: () => ({ id: "m", target: 10, scaling: { scaleDownBelow: 0.3 } }) },
      pilot: {
        status: () => (load === null ? null : { inputs: { demand: 1, demandSource: "measured", ...load } }),
        scale: async (_: string, to: number) => {
          scaled.push(to);
          return { outcome: { kind: "confirmed", live: to, elapsedMs: 1 } };
        },
      },
      predictions: {
        predict: async () => ({ scalingPlan: { ready: true, reason: null, steps: [{ atMs: 1, agents: peak }] } }),
      },
    } as unknown as OrchestratorCallsApi;
    const handlers = createOrchestratorHandlers(api, (swarmId) => ({ id: swarmId }) as SwarmView);
    const asked = { swarmId: "m", apply: true, deadlineMs: 1_000 };
    return Promise.resolve(handlers.predictiveScale(asked, context)).then((plan) => ({ plan, scaled }));
  };

  test.each([
    [{ currentRatio: 1, combinedRatio: 0.2 }, "predictive.notIdle"],
    [{ currentRatio: 0.2, combinedRatio: 0.3 }, "predictive.notIdle"],
    [{ currentRatio: null, combinedRatio: null }, "predictive.loadMissing"],
    [{ currentRatio: 0.1, combinedRatio: null }, "predictive.loadMissing"],
    [{ currentRatio: 0.1, combinedRatio: 0.1, demand: null }, "predictive.loadMissing"],
    [{ currentRatio: 0.1, combinedRatio: 0.1, demandSource: "unknown" as const }, "predictive.loadMissing"],
    [null, "predictive.loadMissing"],
  ])("stays with %j, whatever the forecast says", async (load, code) => {
    const { plan, scaled } = await sized(load, 3);
    expect(plan).toMatchObject({ from: 10, to: 10, outcome: null, reason: { code, args: { forecast: 3 } } });
    expect(scaled).toEqual([]);
  });

  test("is smaller when the load of now and the combined one are below the threshold as well, and larger at any", async () => {
    const idle = await sized({ currentRatio: 0.1, combinedRatio: 0.2 }, 3);
    expect([idle.plan.to, idle.scaled]).toEqual([3, [3]]);
    expect((await sized(null, 12)).scaled).toEqual([12]);
  });
});

test("what is no swarm of an orchestrator has nothing to claim", async () => {
  const { handlers } = world({ busy: [] });
  await expect(async () =>
    handlers.claimed({ swarmId: "nobody", roles: ["swarm_status"] }, context),
  ).rejects.toMatchObject({ code: "swarm.unknown" });
});
