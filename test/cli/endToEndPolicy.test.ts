import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cliError, exitCode, policyOutput, statusOutput } from "../../src/engine/protocol/cli.ts";
import { bundle, cli, dist, environment, home, json, tidyUp } from "./realCli.ts";

/** From a file on disk to a network that advises, through the bundles: an engine, its store, its heavy child. */

const MINUTE = 60_000;
const STEPS = 600;

beforeAll(async () => {
  await bundle();
}, 120_000);
afterAll(async () => {
  await tidyUp();
}, 60_000);

const report = async () =>
  policyOutput.parse(JSON.parse((await cli("policy-report", "--swarm-id", "docs", "--json")).stdout));

test("a swarm with a past gets a network, judged, kept over a restart, and given up when it is cancelled", async () => {
  const swarms = [{ id: "docs", command: process.execPath, args: ["-e", "0"], minAgents: 2, maxAgents: 12 }];
  const settings = join(home, "swarms.json");
  writeFileSync(settings, JSON.stringify({ swarms }));
  await json("config-set", "--file", settings);
  const short = await cli("policy-train", "--swarm-id", "docs", "--json");
  expect(cliError.parse(JSON.parse(short.stdout)).error.code).toBe("replay.empty");
  expect((await report()).reason).toEqual({ code: "training.none", args: {} });

  const start = Date.now() - STEPS * MINUTE;
  const rows = Array.from({ length: STEPS }, (_, i) => {
    const demand = 4 + 3 * Math.sin((2 * Math.PI * i) / 60) + ((i * 7919) % 13) / 13;
    return `${new Date(start + i * MINUTE).toISOString()},${demand.toFixed(3)}`;
  });
  const path = join(home, "past.csv");
  writeFileSync(path, ["time,demand", ...rows].join("\n"));
  await json("import", "--input", path, "--swarm-id", "docs");

  const trained = policyOutput.parse(
    await json("policy-train", "--swarm-id", "docs", "--episodes", "5", "--days", "1", "--timeout", "55000"),
  );
  expect(trained).toMatchObject({ acts: false, trained: { episodes: 5, basis: { minAgents: 2, maxAgents: 12 } } });
  expect(trained.trained?.evaluation.policies.map(({ name }) => name)).toEqual([
    "fixed",
    "threshold",
    "hpa",
    "adaptive",
    "clairvoyant",
    "dqn",
  ]);

  const slow = spawn(
    process.execPath,
    [join(dist, "cli.js"), "policy-train", "--swarm-id", "docs", "--episodes", "20000"],
    { env: environment, stdio: "ignore" },
  );
  const ended = new Promise<number | null>((resolve) => slow.on("close", (code) => resolve(code)));
  for (;;) if ((await report()).trainingRatio !== null) break;
  slow.kill("SIGINT");
  expect(await ended).toBe(exitCode.interrupted);
  for (;;) if ((await report()).trainingRatio === null) break;

  await json("engine-restart");
  const after = await report();
  // The schedule looks again at what was measured since.
  expect({ ...after, retraining: null }).toEqual({ ...trained, retraining: null });
  expect(statusOutput.parse(await json("status")).swarms.some(({ id }) => id === "docs")).toBe(true);
}, 240_000);
