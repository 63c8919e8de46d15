import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cliError, exitCode, forecastOutput, historyOutput, importOutput } from "../../src/engine/protocol/cli.ts";
import { bundle, cli, dist, environment, home, json, tidyUp } from "./realCli.ts";

/** From a file on disk to the history of a swarm, through the bundles: a keeper, an engine, a store. */

const DAY = 86_400_000;
const MINUTE = 60_000;

beforeAll(async () => {
  await bundle();
}, 120_000);
afterAll(async () => {
  await tidyUp();
}, 60_000);

function file(name: string, text: string): string {
  const path = join(home, name);
  writeFileSync(path, text);
  return path;
}

/** Twenty days of five minutes that ended long ago, with a clear day in them, semicolons and decimal commas. */
const trace = (() => {
  const start = Date.UTC(2020, 0, 6);
  const rows = Array.from({ length: 20 * 288 }, (_, i) => {
    const value = 10 + 5 * Math.sin((i / 288) * 2 * Math.PI) + ((i * 7919) % 13) / 13;
    return `"${new Date(start + i * 5 * MINUTE).toISOString()}";${value.toFixed(3).replace(".", ",")};x`;
  });
  return `\uFEFF"time";"busy";"note"\r\n${rows.join("\r\n")}\r\n`;
})();

const series = async (fromMs: number, toMs: number) => {
  const { exit, stdout } = await cli(
    ...["history", "--swarm-id", "demo", "--metric", "demand", "--points", "500", "--json"],
    ...["--from", new Date(fromMs).toISOString(), "--to", new Date(toMs).toISOString()],
  );
  expect([exitCode.ok, exitCode.notReady]).toContain(exit);
  return historyOutput.parse(JSON.parse(stdout));
};

describe("import", () => {
  test("shows first what it would do, without an engine", async () => {
    const path = file("trace.csv", trace);
    const dry = importOutput.parse(await json("import", "--input", path, "--dry-run", "--shift-to-now"));
    expect(dry).toMatchObject({
      ...{ swarmId: null, file: "trace.csv", done: "dryRun", runId: null, rows: 5_760, isResampled: false },
      ...{ shiftUnit: "week", columns: [{ name: "busy", missing: 0, problem: null }] },
    });
    expect(dry.shiftSeconds % (7 * 86_400)).toBe(0);
  });

  test("makes a file the past of a swarm, told apart from what was measured, and takes it back", async () => {
    const path = file("trace.csv", trace);
    const done = importOutput.parse(await json("import", "--input", path, "--demo", "--shift-to-now"));
    expect(done).toMatchObject({ swarmId: "demo", file: "trace.csv", done: "imported", shiftUnit: "week" });
    const [one] = done.series;
    const toMs = Date.parse(one?.to ?? "");
    expect(Date.now() - toMs).toBeLessThan(2 * MINUTE);
    const past = await series(toMs - 2 * DAY, toMs);
    expect(past.source).toBe("claimed");
    expect(past.points.every(({ mean }) => mean !== null && mean > 3 && mean < 17)).toBe(true);
    const again = await cli("import", "--input", path, "--demo", "--shift-to-now", "--json");
    expect(again.exit).toBe(exitCode.failure);
    expect(cliError.parse(JSON.parse(again.stdout)).error.code).toBe("import.overlaps");

    const undone = importOutput.parse(await json("import", "--undo", "--demo"));
    expect(undone).toMatchObject({ done: "undone", runId: done.runId, file: "trace.csv" });
    expect((await series(toMs - 2 * DAY, toMs)).points.every(({ mean }) => mean === null)).toBe(true);
    const nothing = await cli("import", "--undo", "--demo");
    expect([nothing.exit, nothing.stderr.includes("Nothing was imported")]).toEqual([exitCode.failure, true]);
  });

  test("gives a forecast something to learn from on the first day", { timeout: 60_000 }, async () => {
    const start = Date.now() - 3 * DAY;
    const rows = Array.from({ length: 3 * 1_440 }, (_, i) => {
      const value = 10 + 5 * Math.sin((i / 180) * 2 * Math.PI) + ((i * 7919) % 13) / 26;
      return `${Math.floor((start + i * MINUTE) / 1000)},${value.toFixed(3)}`;
    });
    await json("import", "--input", file("recent.csv", `ts,value\n${rows.join("\n")}\n`), "--demo");
    const ended = await cli("forecast-resources", "--demo", "--time-horizon", "600", "--json");
    expect(forecastOutput.parse(JSON.parse(ended.stdout)).historySteps).toBeGreaterThan(1_000);
    await json("import", "--undo", "--demo");
  });

  test("reads logs of events and answers of Prometheus", async () => {
    const start = Math.floor((Date.now() - DAY) / 60_000) * 60;
    const log = Array.from({ length: 500 }, (_, i) => `${start + i * 7},${i % 5}`).join("\n");
    const path = file("events.csv", `at,tokens\n${log}\n`);
    const counted = importOutput.parse(
      await json("import", "--input", path, "--bucket", "1m", "--agg", "sum:tokens", "--demo"),
    );
    expect(counted).toMatchObject({ rows: 500, series: [{ column: "sum of tokens", stepSeconds: 60, missing: 0 }] });
    await json("import", "--undo", "--demo");
    const values = Array.from({ length: 120 }, (_, i) => [start + i * 60, i === 7 ? "NaN" : String(i % 9)]);
    const answer = { status: "success", data: { resultType: "matrix", result: [{ metric: {}, values }] } };
    const asked = importOutput.parse(
      await json("import", "--input", file("answer.json", JSON.stringify(answer)), "--demo", "--metric", "cpuCores"),
    );
    expect(asked).toMatchObject({ rows: 120, series: [{ metric: "cpuCores", steps: 120, missing: 1 }] });
  });

  test.each<[string, string, string[], string, number]>([
    ["a negative load", "time,v\n2026-01-01,1\n2026-01-02,-1\n", [], "csv.negative", exitCode.failure],
    ["no times", "v\n1\n2\n", [], "csv.noTimes", exitCode.failure],
    ["one row", "time,v\n2026-01-01,1\n", [], "import.noStep", exitCode.failure],
    ["no values", "time,v\n2026-01-01,\n2026-01-02,\n", ["--column", "v"], "import.allMissing", exitCode.failure],
    ["an old file", "time,v\n2001-01-01,1\n2001-01-02,2\n", [], "import.nothing", exitCode.failure],
    ["no such column", "time,v\n2026-01-01,1\n2026-01-02,2\n", ["--column", "w"], "csv.column", exitCode.usage],
    ["too few metrics", "time,v\n", ["--column", "a,b"], "import.columns", exitCode.usage],
  ])("refuses %s", async (_, text, args, code, exit) => {
    const path = file("bad.csv", text);
    for (const where of [["--demo"], ["--dry-run"]]) {
      const ended = await cli("import", "--input", path, ...where, ...args, "--json");
      expect(cliError.parse(JSON.parse(ended.stdout)).error.code).toBe(code);
      expect(ended.exit).toBe(exit);
    }
  });

  test.each([
    // Rows like those before: bad ones could be refused before the signal comes.
    ["while the engine reads", (stdin: Writable, row: string) => void stdin.write(row.repeat(1_000_000))],
    ["while nothing comes", () => undefined],
  ])("given up with Ctrl-C %s leaves nothing", async (_, more) => {
    const child = spawn(process.execPath, [join(dist, "cli.js"), "import", "--input", "-", "--demo"], {
      env: environment,
      stdio: ["pipe", "ignore", "pipe"],
    });
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => void (stderr += chunk.toString()));
    child.stdin.on("error", () => undefined);
    const closed = new Promise<number | null>((resolve) => child.on("close", resolve));
    // Far more than a pipe holds: when it is taken, the engine has begun to read.
    const start = Math.floor(Date.now() / 1000) - 50 * 86_400;
    const rows = Array.from({ length: 100_000 }, (_row, i) => `${start + i * 10},${i % 9}`).join("\n");
    await new Promise<void>((resolve) => child.stdin.write(`ts,value\n${rows}\n`, () => resolve()));
    more(child.stdin, `${start + 1_000_000},1\n`);
    child.kill("SIGINT");
    expect(await closed, stderr).toBe(exitCode.interrupted);
    expect(stderr).toContain("Nothing of it is kept");
    const left = await cli("import", "--undo", "--demo", "--json");
    const last = left.exit === 0 ? importOutput.parse(JSON.parse(left.stdout)).file : null;
    expect(last).not.toBe("standard input");
  });
});
