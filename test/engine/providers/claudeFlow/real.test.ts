import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
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
const follow = (command: string, more: Readonly<Record<string, unknown>> = {}) =>
  followCommand({ command, args: ["mcp", "start"], connectTimeoutSeconds: 60, callTimeoutSeconds: 20, ...more });
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
    const metrics = await swarm.ask("metrics_collect", never);
    expect(metrics).toMatchObject({ grade: "verified", reason: null });
    // Its latency and throughput are constants: of all that it says, the memory alone was held against a measurement.
    expect(metrics.figures.length).toBeGreaterThan(20);
    expect(metrics.figures.filter(({ verified }) => verified === true).map(({ path }) => path)).toEqual([
      "system_metrics.memory.total",
      "performance_metrics.metrics.memory.total",
    ]);
    expect(await swarm.optimizeTopology(never)).toMatchObject({ kind: "confirmed" });
    const kept = { tool: "memory_store", kept: true, reason: null };
    expect(await swarm.keepAllocation({ agents: 3 }, never)).toEqual(kept);
    expect(await swarm.keepAllocation({ agents: 4, memoryBytesEach: 1e9 }, never)).toEqual(kept);
    await swarm.end();
    expect(leftOf(followed)).toEqual([]);
  });
});

describe.skipIf(!existsSync(V3))("claude-flow 3.43.0 with workers of its hive", () => {
  test(
    "its pool does not count them, so it is not used, and the most there may be is kept",
    { timeout: 180_000 },
    async () => {
      const cwd = mkdtempSync(join(tmpdir(), "sw-hive-"));
      try {
        const { swarm, until } = follow(V3, { cwd, maxAgents: 6 });
        await until("its records", isRead, 90_000);
        await withServer(cwd, async (call) => {
          await call("hive-mind_init", {});
          await call("hive-mind_spawn", { count: 3 });
        });
        await until("the workers of its hive", ({ recordCount }) => recordCount === 3);
        expect(await swarm.scale(5, DEADLINE_MS, never)).toEqual({
          kind: "confirmed",
          records: 5,
          notes: [
            { code: "scaled.poolOther", args: { tool: "agent_pool", pool: 0, listed: 3 } },
            { code: "scaled.added", args: { tool: "agent_spawn", count: 2 } },
          ],
        });
        // It takes out its own, and none of the hive's.
        expect(await swarm.scale(2, DEADLINE_MS, never)).toMatchObject({
          kind: "unconfirmed",
          records: 3,
          reason: { code: "scale.recordsRefused", args: { tool: "agent_terminate" } },
        });
        await swarm.end();
      } finally {
        rmSync(cwd, { recursive: true, force: true });
      }
    },
  );
});

/** Another client of the same records, by a process of its own. */
async function withServer(
  cwd: string,
  work: (call: (name: string, args: object) => Promise<unknown>) => Promise<void>,
): Promise<void> {
  const transport = new StdioClientTransport({
    command: V3,
    args: ["mcp", "start"],
    cwd,
    env: { PATH: process.env["PATH"] ?? "", HOME: cwd },
    stderr: "ignore",
  });
  const client = new Client({ name: "test", version: "1" });
  try {
    await client.connect(transport);
    await work((name, args) => client.callTool({ name, arguments: { ...args } }));
  } finally {
    await client.close();
  }
}

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
      kept: false,
      reason: { code: "allocation.noteUnseen", args: { tool: "daa_resource_alloc" } },
    });
    await swarm.end();
    expect(leftOf(followed)).toEqual([]);
  });
});
