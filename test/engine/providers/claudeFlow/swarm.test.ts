import { totalmem } from "node:os";
import { describe, expect, test } from "vitest";
import type { OrchestratedSwarm } from "../../../../src/engine/providers/provider.ts";
import { follow, gradesOf, isRead, leftOf, never } from "./world.ts";

const SIZED = 5_000;

/** How many records the stand-in has, and how often it was asked for its list of tools and for its report. */
async function told(swarm: OrchestratedSwarm): Promise<Readonly<Record<string, unknown>>> {
  const { figures } = await swarm.ask("swarm_status", never);
  return Object.fromEntries(figures.map(({ path, value }) => [path, value]));
}

describe("a swarm of an orchestrator that speaks as version 3", () => {
  test("is connected, its tools are graded by what they show, and its records are told", async () => {
    const view = await follow({ agents: 2 }).until("its records", isRead);
    expect(view).toMatchObject({
      link: { kind: "connected" },
      server: { name: "fake-flow", version: "1.2.3" },
      dialect: "v3",
      recordCount: 2,
      target: null,
      problem: null,
    });
    expect(gradesOf(view)).toEqual({
      metrics_collect: "record-only",
      performance_report: "record-only",
      bottleneck_analyze: "record-only",
      daa_resource_alloc: "absent",
      swarm_status: "record-only",
      swarm_scale: "unprobed",
      topology_optimize: "unprobed",
      agent_list: "record-only",
      agent_spawn: "unprobed",
      agent_terminate: "unprobed",
    });
    // One of its two tools was borne out; what the other says was held against nothing.
    expect(view.tools.find(({ role }) => role === "metrics_collect")?.reason).toEqual({
      code: "grade.partlyVerified",
      args: { verified: "system_metrics", rest: "performance_metrics" },
    });
  });

  test("of what a tool says, only the figure that agrees with what was measured is marked", async () => {
    const { swarm, until } = follow({});
    await until("its records", isRead);
    const { figures } = await swarm.ask("metrics_collect", never);
    expect(figures).toEqual([
      { path: "system_metrics.memory.total", value: Math.round(totalmem() / 2 ** 20), verified: true },
      { path: "performance_metrics.ok", value: true },
    ]);
  });

  test("a role whose every tool was borne out is verified", async () => {
    const view = await follow({ quirks: ["noPerformanceMetrics"] }).until("its records", isRead);
    expect(view.tools.find(({ role }) => role === "metrics_collect")).toMatchObject({
      tools: ["system_metrics"],
      grade: "verified",
      reason: { code: "grade.memoryAgrees" },
    });
  });

  test("is scaled up and down by its pool, and to none without it, each read back", async () => {
    const { swarm, until } = follow({ agents: 1 });
    await until("its records", isRead);
    expect(await swarm.scale(4, SIZED, never)).toEqual({
      kind: "confirmed",
      records: 4,
      notes: [{ code: "scaled.by", args: { tool: "agent_pool", from: 1, to: 4 } }],
    });
    expect(await swarm.scale(2, SIZED, never)).toMatchObject({ kind: "confirmed", records: 2 });
    // A pool that is asked for 0 makes 5 of it.
    expect(await swarm.scale(0, SIZED, never)).toEqual({
      kind: "confirmed",
      records: 0,
      notes: [
        { code: "scaled.poolOfNone", args: { tool: "agent_pool" } },
        { code: "scaled.removed", args: { tool: "agent_terminate", count: 2 } },
      ],
    });
    expect(swarm.view()).toMatchObject({ target: 0, recordCount: 0, activity: { kind: "steady" } });
    expect(gradesOf(swarm.view())).toMatchObject({ swarm_scale: "record-only", agent_terminate: "record-only" });
  });

  test("a pool that says it is done and does nothing is found out and worked round", async () => {
    const { swarm, until } = follow({ agents: 1, quirks: ["poolLies"] });
    await until("its records", isRead);
    expect(await swarm.scale(3, SIZED, never)).toEqual({
      kind: "confirmed",
      records: 3,
      notes: [
        { code: "scaled.nothing", args: { tool: "agent_pool" } },
        { code: "scaled.added", args: { tool: "agent_spawn", count: 2 } },
      ],
    });
    expect(gradesOf(swarm.view())).toMatchObject({ swarm_scale: "stub", agent_spawn: "record-only" });
  });

  test("a pool that does not count what its list tells is not used, so the most there may be is kept", async () => {
    const { swarm, until } = follow({ agents: 3, quirks: ["poolCountsOwn"] }, { maxAgents: 6 });
    await until("its records", isRead);
    expect(await swarm.scale(5, SIZED, never)).toEqual({
      kind: "confirmed",
      records: 5,
      notes: [
        { code: "scaled.poolOther", args: { tool: "agent_pool", pool: 0, listed: 3 } },
        { code: "scaled.added", args: { tool: "agent_spawn", count: 2 } },
      ],
    });
    // Three of them are not its own to take out, which it says.
    expect(await swarm.scale(1, SIZED, never)).toMatchObject({
      kind: "unconfirmed",
      records: 3,
      reason: { code: "scale.recordsRefused", args: { tool: "agent_terminate", said: "Agent not found" } },
    });
  });

  test("a pool that does not tell how large it is is not asked for a size", async () => {
    const { swarm, until } = follow({ quirks: ["poolTellsNothing"] });
    await until("its records", isRead);
    expect(await swarm.scale(2, SIZED, never)).toEqual({
      kind: "confirmed",
      records: 2,
      notes: [
        { code: "scaled.poolOther", args: { tool: "agent_pool", pool: null, listed: 0 } },
        { code: "scaled.added", args: { tool: "agent_spawn", count: 2 } },
      ],
    });
  });

  test("records that say they are busy are left alone, and the size is told as unconfirmed", async () => {
    const { swarm, until } = follow({ agents: 4, busy: 3 });
    await until("its records", isRead);
    const outcome = await swarm.scale(1, SIZED, never);
    expect(outcome).toMatchObject({
      kind: "unconfirmed",
      records: 3,
      reason: { code: "scale.recordsBusy", args: { records: 3, target: 1, busy: 3 } },
    });
    expect(swarm.view().activity).toMatchObject({ kind: "unconfirmed", target: 1, live: 3 });
  });

  test("one whose every word about size is a lie is unconfirmed, with what was tried", async () => {
    const { swarm, until } = follow({ agents: 2, quirks: ["poolLies", "spawnLies", "terminateLies"] });
    await until("its records", isRead);
    expect(await swarm.scale(5, SIZED, never)).toMatchObject({
      kind: "unconfirmed",
      records: 2,
      reason: { code: "scale.recordsUnmoved" },
    });
    expect(await swarm.scale(0, SIZED, never)).toMatchObject({ kind: "unconfirmed", records: 2 });
    expect(gradesOf(swarm.view())).toMatchObject({ swarm_scale: "stub", agent_spawn: "stub", agent_terminate: "stub" });
  });

  test("a list that tells of records late is waited for: none is asked for twice, and no tool is called a stub", async () => {
    const { swarm, until } = follow({ quirks: ["listLags:600"] }, { maxAgents: 6 });
    await until("its records", isRead);
    expect(await swarm.scale(5, SIZED, never)).toEqual({
      kind: "confirmed",
      records: 5,
      notes: [{ code: "scaled.by", args: { tool: "agent_pool", from: 0, to: 5 } }],
    });
    expect(gradesOf(swarm.view())).toMatchObject({ swarm_scale: "record-only", agent_spawn: "unprobed" });
  });

  test("records that were asked for and are not seen count against the most there may be, also when asked again", async () => {
    const { swarm, until } = follow({ quirks: ["listLags:4000"] }, { maxAgents: 6 });
    await until("its records", isRead);
    expect(await swarm.scale(5, SIZED, never)).toMatchObject({
      kind: "unconfirmed",
      records: 0,
      reason: { code: "scale.recordsUnseen", args: { records: 0, target: 5, unseen: 5, max: 6 } },
    });
    expect(await told(swarm)).toMatchObject({ agentCount: 5 });
    expect(await swarm.scale(6, 1_000, never)).toMatchObject({ kind: "unconfirmed", records: 0 });
    expect(await told(swarm)).toMatchObject({ agentCount: 6 });
    await until("what was asked for", ({ recordCount }) => recordCount === 6);
    expect(gradesOf(swarm.view())).toMatchObject({ swarm_scale: "unprobed", agent_spawn: "unprobed" });
  });

  test("records that a pool has taken out and that are listed still are not made up for by others", async () => {
    const { swarm, until } = follow({ agents: 5, quirks: ["endsLag:3000"] }, { minAgents: 2 });
    await until("its records", isRead);
    expect(await swarm.scale(2, SIZED, never)).toMatchObject({ kind: "unconfirmed", records: 5 });
    // Nor when it is asked for again.
    expect(await swarm.scale(2, 500, never)).toMatchObject({ kind: "unconfirmed", records: 5 });
    expect((await swarm.ask("swarm_status", never)).figures).toContainEqual({ path: "agentCount", value: 2 });
    const view = await until("what is left", ({ recordCount }) => recordCount === 2);
    expect(gradesOf(view)).toMatchObject({ swarm_scale: "unprobed", agent_terminate: "unprobed" });
  });

  test("its topology is what it recommends once that is read back, and unconfirmed when it is not", async () => {
    const honest = follow({});
    await honest.until("its records", isRead);
    expect(await honest.swarm.optimizeTopology(never)).toEqual({ kind: "confirmed", from: "hierarchical", to: "mesh" });
    const lying = follow({ quirks: ["topologyLies"] });
    await lying.until("its records", isRead);
    expect(await lying.swarm.optimizeTopology(never)).toMatchObject({
      kind: "unconfirmed",
      reason: { code: "topology.unmoved" },
    });
  });

  test.each([
    ["is noted in its memory, and read back", [], { tool: "memory_store", kept: true, reason: null }],
    [
      "that it says it has noted and does not tell again is not kept",
      ["forgets"],
      {
        tool: "memory_store",
        kept: false,
        reason: { code: "allocation.noteOtherwise", args: { tool: "memory_retrieve" } },
      },
    ],
    [
      "that nothing reads back is not confirmed",
      ["neverReadsBack"],
      { tool: "memory_store", kept: false, reason: { code: "allocation.noteUnseen", args: { tool: "memory_store" } } },
    ],
  ] as const)("an allocation %s", async (_, quirks, kept) => {
    const { swarm, until } = follow({ quirks });
    await until("its records", isRead);
    expect(await swarm.keepAllocation({ agents: 3 }, never)).toEqual(kept);
    // Again, with another value: what was noted before is no proof.
    expect(await swarm.keepAllocation({ agents: 4 }, never)).toEqual(kept);
  });

  test("when its list of tools is told as changed, only what is called otherwise or did not answer is looked at again", async () => {
    const quirks = ["changed:coordination_topology", "hangOnce:performance_bottleneck", "changesTools"];
    const { swarm, until } = follow({ quirks });
    const before = await until("its records", isRead);
    expect(gradesOf(before)).toMatchObject({ bottleneck_analyze: "unprobed", swarm_scale: "unprobed" });
    expect(await told(swarm)).toMatchObject({ listed: 1, reports: 4 });
    await swarm.optimizeTopology(never);
    const view = await until("the next list", ({ tools }) =>
      tools.some(({ role, grade }) => role === "bottleneck_analyze" && grade === "record-only"),
    );
    expect(gradesOf(view)).toMatchObject({ swarm_scale: "absent", topology_optimize: "record-only" });
    // The report, which is asked for four times in a row, was not asked for again.
    expect(await told(swarm)).toMatchObject({ listed: 2, reports: 4 });
  });

  test("bounds are kept, and one size at a time", async () => {
    const { swarm, until } = follow(
      { quirks: ["late:agent_pool"] },
      { maxAgents: 6, minAgents: 1, callTimeoutSeconds: 5 },
    );
    await until("its records", isRead);
    for (const [target, code] of [
      [7, "scale.aboveMax"],
      [0, "scale.belowMin"],
      [1.5, "scale.notANumber"],
      [Number.NaN, "scale.notANumber"],
    ] as const)
      expect(await swarm.scale(target, SIZED, never)).toMatchObject({ kind: "refused", reason: { code } });
    const first = swarm.scale(3, SIZED, never);
    expect(await swarm.scale(4, SIZED, never)).toMatchObject({
      kind: "refused",
      reason: { code: "orchestrator.busy", args: { target: 3 } },
    });
    expect(await first).toMatchObject({ kind: "confirmed", records: 3 });
  });
});

describe("one that speaks as version 2 and says yes to everything", () => {
  test("is graded: what does nothing, what makes its answers up, and records of nobody", async () => {
    const view = await follow({ dialect: "v2", quirks: ["madeUp", "randomReport"] }).until("its records", isRead);
    expect(gradesOf(view)).toEqual({
      metrics_collect: "stub",
      performance_report: "stub",
      bottleneck_analyze: "stub",
      daa_resource_alloc: "unprobed",
      swarm_status: "record-only",
      swarm_scale: "stub",
      topology_optimize: "stub",
      agent_list: "record-only",
      agent_spawn: "unprobed",
      agent_terminate: "absent",
    });
    expect(view.recordCount).toBe(0);
    expect(view.tools.find(({ role }) => role === "agent_list")?.reason).toEqual({
      code: "grade.madeUp",
      args: { count: 3 },
    });
  });

  test("grows by adding one by one, and cannot shrink, which it says", async () => {
    const { swarm, until } = follow({ dialect: "v2", quirks: ["madeUp"] });
    await until("its records", isRead);
    expect(await swarm.scale(3, SIZED, never)).toEqual({
      kind: "confirmed",
      records: 3,
      notes: [{ code: "scaled.added", args: { tool: "agent_spawn", count: 3 } }],
    });
    expect(await swarm.scale(1, SIZED, never)).toMatchObject({
      kind: "unconfirmed",
      records: 3,
      reason: { code: "scale.recordsStay", args: { records: 3, target: 1 } },
    });
  });

  test("where its status counts nobody, records that it says are of a swarm that does not exist are made up", async () => {
    const { swarm, until } = follow({ dialect: "v2", quirks: ["madeUp", "echoesSwarm", "noSwarm"] });
    expect((await until("its records", isRead)).recordCount).toBe(0);
    expect(await swarm.scale(2, SIZED, never)).toMatchObject({ kind: "confirmed", records: 2 });
  });

  test("what it is known to make up is not asked for", async () => {
    const { swarm, until } = follow({ dialect: "v2", quirks: ["madeUp", "randomReport"] });
    await until("its records", isRead);
    expect(await swarm.ask("metrics_collect", never)).toMatchObject({ figures: [], reason: { code: "grade.hollow" } });
    expect(await swarm.ask("performance_report", never)).toMatchObject({
      figures: [],
      reason: { code: "grade.countsDown" },
    });
    expect(await swarm.optimizeTopology(never)).toMatchObject({ kind: "refused", reason: { code: "grade.hollow" } });
    expect(await swarm.keepAllocation({ agents: 2 }, never)).toEqual({
      tool: "daa_resource_alloc",
      kept: false,
      reason: { code: "allocation.noteUnseen", args: { tool: "daa_resource_alloc" } },
    });
  });
});

describe("a tool that adds records though it is asked about a swarm that does not exist", () => {
  test.each([
    ["names them: those are taken out again, and what somebody else has added is left", ["namesAdded"], 3, 2, 1],
    ["names none: nothing is taken out, as it may be somebody else's", [], 3, 1, 1],
  ] as const)("and %s", async (_, quirks, records, count, left) => {
    const { until } = follow({ dialect: "v2", agents: 2, quirks: ["scalesAnySwarm", ...quirks] });
    const view = await until("its records", isRead);
    expect(view.recordCount).toBe(records);
    expect(view.tools.find(({ role }) => role === "swarm_scale")).toMatchObject({
      grade: "record-only",
      reason: { code: "grade.ignoresSwarm", args: { count, left } },
    });
  });

  test("is not asked where the swarm is only observed", async () => {
    const { until } = follow({ dialect: "v2", agents: 2, quirks: ["scalesAnySwarm"] }, { mode: "observe" });
    const view = await until("its records", isRead);
    expect(view.recordCount).toBe(2);
    expect(gradesOf(view)).toMatchObject({ swarm_scale: "unprobed", topology_optimize: "unprobed" });
  });
});

test("when it ends nothing of it is left, though it ignores SIGTERM", async () => {
  const followed = follow({ quirks: ["ignoresSigterm"] });
  await followed.until("its records", isRead);
  expect(leftOf(followed)).toHaveLength(1);
  await followed.swarm.end();
  expect(leftOf(followed)).toEqual([]);
});
