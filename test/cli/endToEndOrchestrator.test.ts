import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exitCode, scaleOutput } from "../../src/engine/protocol/cli.ts";
import { bundle, cli, home, json, startTimeOf, status, tidyUp, until } from "./realCli.ts";

const FAKE = resolve(import.meta.dirname, "../engine/providers/claudeFlow/fakeServer.ts");

interface Wanted {
  readonly id: string;
  readonly quirks?: readonly string[];
}

async function configure(swarms: readonly Wanted[]): Promise<void> {
  const path = join(home, "orchestrators.json");
  const orchestrators = swarms.map(({ id, quirks = [] }) => ({
    ...{ id, kind: "claudeFlow", command: process.execPath, cwd: home, callTimeoutSeconds: 30 },
    args: [FAKE, JSON.stringify({ name: id, agents: 1, quirks })],
  }));
  writeFileSync(path, JSON.stringify({ orchestrators }));
  await json("config-set", "--file", path);
}

async function row(id: string) {
  return (await status()).swarms.find((swarm) => swarm.id === id);
}

async function connected(id: string): Promise<void> {
  await until(`the records of ${id}`, async () => (await row(id))?.orchestrated?.recordCount === 1);
}

/** The whole way: command line, engine, and an orchestrator that is a process of its own. */
describe.runIf(process.platform === "linux")("swarms of orchestrators, with a real engine", () => {
  beforeAll(bundle, 60_000);
  afterAll(tidyUp, 60_000);

  test(
    "one that hangs and one that lies are unconfirmed, and the others go on as they are",
    { timeout: 120_000 },
    async () => {
      await configure([
        { id: "honest" },
        { id: "hanging", quirks: ["hang:agent_pool"] },
        { id: "lying", quirks: ["poolLies", "spawnLies"] },
      ]);
      for (const id of ["honest", "hanging", "lying"]) await connected(id);
      const before = (await status()).engine;
      const began = performance.now();
      const scale = (id: string, size: number) =>
        cli("swarm-scale", "--swarm-id", id, "--target-size", String(size), "--timeout", "2500", "--json");
      const [hung, lied, done] = await Promise.all([scale("hanging", 4), scale("lying", 4), scale("honest", 4)]);
      expect(hung.exit).toBe(exitCode.unconfirmed);
      // By the deadline of the call that hangs or of the scale, whichever a busy machine reaches first.
      expect(scaleOutput.parse(JSON.parse(hung.stdout)).outcome).toMatchObject({
        kind: "unconfirmed",
        reason: { code: expect.stringMatching(/^(?:scale\.recordsDeadline|mcp\.timeout)$/) },
      });
      expect(lied.exit).toBe(exitCode.unconfirmed);
      expect(scaleOutput.parse(JSON.parse(lied.stdout)).outcome).toMatchObject({ claimed: { records: 1 } });
      expect(done.exit).toBe(exitCode.ok);
      expect(scaleOutput.parse(JSON.parse(done.stdout)).outcome).toMatchObject({
        kind: "confirmed",
        claimed: { records: 4, topology: { kind: "confirmed", from: "hierarchical", to: "mesh" } },
      });
      expect(performance.now() - began).toBeLessThan(20_000);
      // The loop went on: a look at the machine is never late for what an orchestrator does.
      const after = (await status()).engine;
      expect(after.lateTicks - before.lateTicks).toBeLessThanOrEqual(2);
      expect(await row("honest")).toMatchObject({ target: 4, orchestrated: { recordCount: 4 } });
      const { decisions } = (await json("decisions")) as { decisions: { swarmId: string; state: { kind: string } }[] };
      expect(decisions.map(({ swarmId, state }) => `${swarmId} ${state.kind}`).toSorted()).toEqual([
        "hanging unconfirmed",
        "honest confirmed",
        "lying unconfirmed",
      ]);
    },
  );

  test("what has no meaning for records says so, and an id is one swarm's alone", { timeout: 60_000 }, async () => {
    const refused = await cli("forecast-resources", "--swarm-id", "honest");
    expect(refused.exit).toBe(exitCode.failure);
    expect(refused.stderr).toContain("belongs to an orchestrator");
    const path = join(home, "twice.json");
    writeFileSync(path, JSON.stringify({ swarms: [{ id: "honest", command: "node" }] }));
    const twice = await cli("config-set", "--file", path);
    expect(twice.exit).not.toBe(exitCode.ok);
    expect(twice.stderr).toContain("another swarm's id");
  });

  test(
    "its process ends when it is removed, and with a killed engine at the next start",
    { timeout: 120_000 },
    async () => {
      const servers = async (): Promise<number[]> => {
        const { engine } = await status();
        const { readdirSync, readFileSync } = await import("node:fs");
        return readdirSync("/proc")
          .map(Number)
          .filter((pid) => Number.isInteger(pid) && startTimeOf(pid) !== null)
          .filter((pid) => {
            try {
              return (
                readFileSync(`/proc/${pid}/cmdline`, "latin1").includes(FAKE) &&
                readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]?.split(" ")[1] === String(engine.pid)
              );
            } catch {
              return false;
            }
          });
      };
      expect(await servers()).toHaveLength(3);
      await configure([{ id: "stubborn", quirks: ["ignoresSigterm"] }]);
      await connected("stubborn");
      await until("the end of the others", async () => (await servers()).length === 1);
      const [server = 0] = await servers();
      const { engine } = await status();
      process.kill(engine.pid, "SIGKILL");
      await until("the next engine", async () => (await status()).engine.pid !== engine.pid);
      await until("the end of what the first has left", () => startTimeOf(server) === null);
      await connected("stubborn");
      const [last = 0] = await servers();
      expect((await cli("engine-stop")).exit).toBe(0);
      await until("the end of one that ignores SIGTERM, with its engine", () => startTimeOf(last) === null);
    },
  );
});
