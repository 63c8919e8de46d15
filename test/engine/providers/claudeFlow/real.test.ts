import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { followCommand, gradesOf, isRead, leftOf, never } from "./world.ts";

/** Installed by the test script; what could not be installed is skipped, and was said. */
const commandOf = (version: string): string =>
  join(
    resolve(import.meta.dirname, "../../../.."),
    ".cache",
    `claude-flow-${version}`,
    "node_modules/.bin/claude-flow",
  );
const V3 = commandOf("3.43.0");
const V2 = commandOf("2.7.47");
const follow = (command: string) =>
  followCommand({ command, args: ["mcp", "start"], connectTimeoutSeconds: 60, callTimeoutSeconds: 20 });
const DEADLINE_MS = 30_000;

describe.skipIf(!existsSync(V3))("claude-flow 3.43.0 from npm", () => {
  test("connect, grade, list, scale up, down and to none, each read back", { timeout: 120_000 }, async () => {
    const followed = follow(V3);
    const { swarm, until } = followed;
    const view = await until("its records", isRead, 90_000);
    expect(view).toMatchObject({ dialect: "v3", recordCount: 0, problem: null });
    expect(gradesOf(view)).toMatchObject({
      metrics_collect: "verified",
      daa_resource_alloc: "absent",
      swarm_scale: "unprobed",
      agent_list: "record-only",
    });
    expect(await swarm.scale(5, DEADLINE_MS, never)).toMatchObject({
      kind: "confirmed",
      records: 5,
      notes: [{ code: "scaled.by", args: { tool: "agent_pool" } }],
    });
    expect(await swarm.scale(2, DEADLINE_MS, never)).toMatchObject({ kind: "confirmed", records: 2 });
    // Asked for 0, its pool makes 5.
    expect(await swarm.scale(0, DEADLINE_MS, never)).toMatchObject({
      kind: "confirmed",
      records: 0,
      notes: [{ code: "scaled.poolOfNone" }, { code: "scaled.removed", args: { count: 2 } }],
    });
    expect(await swarm.ask("metrics_collect", never)).toMatchObject({ grade: "verified", reason: null });
    expect(await swarm.optimizeTopology(never)).toMatchObject({ kind: "confirmed" });
    await swarm.end();
    expect(leftOf(followed)).toEqual([]);
  });
});

describe.skipIf(!existsSync(V2))("claude-flow 2.7.47 from npm", () => {
  test("connect, find out what does nothing and what is made up, grow without it", { timeout: 120_000 }, async () => {
    const followed = follow(V2);
    const { swarm, until } = followed;
    const view = await until("its records", isRead, 90_000);
    expect(view).toMatchObject({ dialect: "v2", server: { name: "claude-flow", version: "2.7.47" }, recordCount: 0 });
    expect(gradesOf(view)).toMatchObject({
      metrics_collect: "stub",
      performance_report: "stub",
      swarm_scale: "stub",
      topology_optimize: "stub",
      agent_list: "record-only",
      agent_terminate: "absent",
    });
    expect(await swarm.scale(3, DEADLINE_MS, never)).toEqual({
      kind: "confirmed",
      records: 3,
      notes: [{ code: "scaled.added", args: { tool: "agent_spawn", count: 3 } }],
    });
    expect(await swarm.scale(1, DEADLINE_MS, never)).toMatchObject({
      kind: "unconfirmed",
      records: 3,
      reason: { code: "scale.recordsStay" },
    });
    expect(await swarm.keepAllocation({ agents: 3 }, never)).toEqual({
      tool: "daa_resource_alloc",
      kept: true,
      reason: null,
    });
    await swarm.end();
    expect(leftOf(followed)).toEqual([]);
  });
});
