import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  allocationRecord,
  allocationsOutput,
  cliError,
  exitCode,
  lanesOutput,
  optimizePerformanceOutput,
  resourceAllocOutput,
  tasksOutput,
} from "../../src/engine/protocol/cli.ts";
import { LANES } from "../../src/engine/protocol/lanes.ts";
import { bundle, cli, demo, home, json, tidyUp, until } from "./realCli.ts";

const TASKS = 40;
const DEADLINE_MS = 120_000;

async function capacities(): Promise<Readonly<Record<string, number>>> {
  const { lanes } = lanesOutput.parse(await json("lanes"));
  return Object.fromEntries(lanes.map(({ lane, capacity }) => [lane, capacity]));
}

/** Tasks of every lane have to have come and ended, and agents to have shown what they need. */
async function planOnceMeasured() {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const ended = await cli("optimize-performance", "--demo", "--strategy", "latency", "--json");
    if (ended.exit === exitCode.ok) return optimizePerformanceOutput.parse(JSON.parse(ended.stdout));
    expect(ended.exit, ended.stdout).toBe(exitCode.notReady);
    if (performance.now() > deadline) expect.fail(`not measured within ${DEADLINE_MS} ms: ${ended.stdout}`);
    await new Promise((done) => setTimeout(done, 1_000));
  }
}

/** A real engine gives real workers what a file says, or what its optimiser found, and takes it back. */
describe.runIf(process.platform === "linux")("allocations from the command line, with a real engine", () => {
  const file = join(home, "resources.json");
  const write = (value: unknown) => writeFileSync(file, JSON.stringify(value));

  beforeAll(async () => {
    await bundle();
    await json("swarm-start", "--demo", "--mode", "observe");
    // Enough that nobody waits at any time of the demo's day: an allocation after which somebody does is taken back.
    await json("swarm-scale", "--swarm-id", "demo", "--target-size", "14", "--at-once");
    await until("all agents are ready", async () => (await demo()).activity?.kind === "steady");
  }, 60_000);
  afterAll(tidyUp, 60_000);

  test("a resources file is shown, applied, seen and taken back", { timeout: DEADLINE_MS }, async () => {
    const before = await capacities();
    const { target } = await demo();
    const agents = (target ?? 0) + 1;
    write({ swarms: { demo: { agents, cpu: { nice: 3 } } }, lanes: { background: 3 } });
    const shown = resourceAllocOutput.parse(await json("daa-resource-alloc", "--resources", file, "--dry-run"));
    expect(shown.allocation).toBeNull();
    expect(shown.preview.changes.map(({ to }) => to.resource).toSorted()).toEqual(["agents", "cpu", "network"]);
    expect(await capacities()).toEqual(before);

    const applied = await cli("daa-resource-alloc", "--resources", file, "--json");
    const { allocation } = resourceAllocOutput.parse(JSON.parse(applied.stdout));
    expect(allocation?.state, applied.stdout).toMatchObject({ kind: "applied" });
    expect(await capacities()).toEqual({ ...before, background: 3 });
    expect((await demo()).target).toBe(agents);

    const again = resourceAllocOutput.parse(await json("daa-resource-alloc", "--resources", file));
    expect(again).toMatchObject({ preview: { plan: [], refusal: null }, allocation: null });

    const undone = allocationRecord.parse(JSON.parse((await cli("allocation-undo", "--last", "--json")).stdout));
    expect(undone.undoOf).toBe(allocation?.id);
    expect(await capacities()).toEqual(before);
    expect((await demo()).target).toBe(target);
  });

  test("what a swarm cannot have is refused before anything is done", { timeout: DEADLINE_MS }, async () => {
    const before = await capacities();
    write({ swarms: { demo: { agents: 999 } }, lanes: { background: 2 } });
    const refused = await cli("daa-resource-alloc", "--resources", file, "--json");
    expect(refused.exit).toBe(exitCode.failure);
    expect(cliError.parse(JSON.parse(refused.stdout)).error.code).toMatch(/^scale\./);
    expect(await capacities()).toEqual(before);
    write({ swarms: { nobody: { agents: 1 } } });
    const unknown = await cli("daa-resource-alloc", "--resources", file, "--json");
    expect(cliError.parse(JSON.parse(unknown.stdout)).error.code).toBe("swarm.unknown");
  });

  test(
    "what the optimiser found for measured tasks is applied with what is expected of it, and taken back",
    { timeout: 2 * DEADLINE_MS },
    async () => {
      const prompts = join(home, "prompts.txt");
      writeFileSync(prompts, Array.from({ length: TASKS }, (_, n) => `task ${n}\n`).join(""));
      for (const lane of LANES) await json("task-submit", "--swarm-id", "demo", "--file", prompts, "--lane", lane);
      await until("some tasks are done", async () => {
        const { tasks } = tasksOutput.parse(await json("tasks", "--state", "done", "--limit", "1"));
        return tasks.length > 0;
      });
      const plan = await planOnceMeasured();
      expect(plan).toMatchObject({ strategy: "latency", allocation: null });
      const applied = await cli("optimize-performance", "--demo", "--strategy", "latency", "--apply", "--json");
      expect(applied.exit, applied.stdout).toBe(exitCode.ok);
      const { allocation } = optimizePerformanceOutput.parse(JSON.parse(applied.stdout));
      expect(allocation?.state.kind).toBe("applied");
      expect(allocation?.expected?.chosen.minimizeLatency).toBeGreaterThan(0);
      const { allocations } = allocationsOutput.parse(await json("allocations"));
      expect(allocations[0]).toMatchObject({ id: allocation?.id, undoRefusal: null });
      const undone = await cli("allocation-undo", "--last");
      expect(undone.exit, undone.stdout + undone.stderr).toBe(exitCode.ok);
    },
  );
});
