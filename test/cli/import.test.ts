import { describe, expect, test } from "vitest";
import { CodedError } from "../../src/engine/common/errors.ts";
import { cliError, exitCode, importOutput } from "../../src/engine/protocol/cli.ts";
import type { ImportResult, ImportSummary } from "../../src/engine/protocol/imports.ts";
import { runFake, untilAborted } from "./fakeWorld.ts";
import { NOW_MS } from "./samples.ts";

const IMPORT_ID = "01936d5a-0000-7000-8000-000000000001";
const RUN_ID = "01936d5a-0000-7000-8000-000000000002";
const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
const START = Math.floor(NOW_MS / MINUTE) * MINUTE - 100 * DAY;

const summary: ImportSummary = {
  ...{ format: "table", rows: 3, fromMs: START, lastMs: START + 2 * MINUTE, stepMs: MINUTE, isResampled: true },
  columns: [{ name: "cpu", steps: 3, missing: 1, least: 0, greatest: 4, problem: null }],
  meant: "cpu",
  shiftToNow: { ms: 98 * DAY, unit: "week" },
};
const result: ImportResult = {
  ...{ runId: RUN_ID, swarmId: "work", file: "load.csv", rows: 3, shift: summary.shiftToNow },
  series: [
    {
      ...{ column: "cpu", metric: "demand", fromMs: START, toMs: START + 3 * MINUTE, stepMs: MINUTE },
      ...{ steps: 3, missing: 1, leftOut: { measured: 2, future: 1, tooOld: 0 } },
    },
  ],
};
const answers = {
  "import/begin": () => ({ importId: IMPORT_ID }),
  "import/piece": () => ({ rows: 1 }),
  "import/read": () => summary,
  "import/commit": () => result,
  "import/cancel": () => null,
};
const table = (rows: number): string =>
  `time,cpu\n${Array.from({ length: rows }, (_, i) => `${new Date(START + i * MINUTE).toISOString()},${i % 5}`).join("\n")}\n`;
const files = { "some/where/load.csv": table(200) };
const args = ["import", "--input", "some/where/load.csv", "--swarm-id", "work"];

describe("import", () => {
  test("sends the file's bytes and its name, never its folder, and prints what the engine did", async () => {
    const run = await runFake([...args, "--column", "cpu", "--shift-to-now", "--json"], { files, answers });
    expect(run).toMatchObject({ exit: exitCode.ok, stderr: "", disposed: 1 });
    expect(run.calls[0]).toEqual({
      method: "import/begin",
      params: { swarmId: "work", file: "load.csv", columns: ["cpu"] },
    });
    const pieces = run.calls.filter(({ method }) => method === "import/piece");
    const sent = Buffer.concat(pieces.map(({ params }) => Buffer.from((params as { data: string }).data, "base64")));
    expect(sent.toString()).toBe(files["some/where/load.csv"]);
    expect(run.calls.at(-1)).toMatchObject({
      method: "import/commit",
      params: { importId: IMPORT_ID, columns: [{ column: "cpu", metric: "demand" }], shiftToNow: true },
    });
    const output = importOutput.parse(run.json());
    expect(output).toEqual(run.json());
    expect(output).toMatchObject({ done: "imported", runId: RUN_ID, shiftSeconds: (98 * DAY) / 1000 });
  });

  test("says it in words, with what was left out", async () => {
    const run = await runFake([...args, "--shift-to-now"], { files, answers });
    expect(run.stdout).toMatch(/^imported {2}load\.csv into work · 3 rows\n/);
    expect(run.stdout).toContain("resampled to their median one");
    expect(run.stdout).toContain("Moved by 98 d, whole weeks");
    expect(run.stdout).toContain("demand: left out 2 steps that were measured here, 1 step after now");
  });

  test("of events sends how they become a series", async () => {
    const run = await runFake([...args, "--bucket", "1m", "--agg", "p95:cpu", "--json"], { files, answers });
    expect(run.calls[0]?.params).toEqual({
      ...{ swarmId: "work", file: "load.csv", columns: "meant" },
      events: { bucketMs: MINUTE, aggregation: { kind: "p95", column: "cpu" } },
    });
    expect(run.exit).toBe(exitCode.ok);
  });

  test("shows beforehand what it would do, without an engine", async () => {
    const run = await runFake(["import", "--input", "some/where/load.csv", "--dry-run", "--json"], { files });
    expect(run).toMatchObject({ exit: exitCode.ok, connects: [], calls: [] });
    expect(importOutput.parse(run.json())).toMatchObject({
      ...{ swarmId: null, file: "load.csv", done: "dryRun", runId: null, rows: 200, shiftUnit: "none" },
      series: [{ metric: "demand", column: "cpu", stepSeconds: 60, steps: 200, missing: 0 }],
      columns: [{ name: "cpu", missing: 0, least: 0, greatest: 4, problem: null }],
    });
    const text = await runFake(["import", "--input", "some/where/load.csv", "--dry-run"], { files });
    expect(text.stdout).toContain("would import  load.csv · 200 rows");
  });

  test("takes the newest import back", async () => {
    const span = { metric: "demand", fromMs: START, toMs: START + 3 * MINUTE, stepMs: MINUTE };
    const undone = { runId: RUN_ID, swarmId: "work", file: "load.csv", importedAtMs: NOW_MS, series: [span] };
    const undo = { "import/undo": () => undone };
    const run = await runFake(["import", "--undo", "--swarm-id", "work", "--json"], { answers: undo });
    expect(run.calls).toMatchObject([{ method: "import/undo", params: { swarmId: "work" } }]);
    expect(importOutput.parse(run.json())).toMatchObject({ done: "undone", runId: RUN_ID, file: "load.csv" });
  });

  test("refused by the engine lets go of the file there, and says why", async () => {
    const refused = new CodedError("import.overlaps", { metric: "demand", swarmId: "work", from: "a", to: "b" });
    const run = await runFake([...args, "--json"], {
      files,
      answers: { ...answers, "import/commit": () => Promise.reject(refused) },
    });
    expect(run.exit).toBe(exitCode.failure);
    expect(cliError.parse(run.json()).error.code).toBe("import.overlaps");
    expect(run.calls.at(-1)).toMatchObject({ method: "import/cancel", params: { importId: IMPORT_ID } });
  });

  test.each(["import/piece", "import/read", "import/commit"])(
    "given up with Ctrl-C during %s waits until nothing is left, and says so",
    async (method) => {
      const interrupt = new AbortController();
      const run = await runFake([...args, "--json"], {
        ...{ files, interrupt },
        answers: {
          ...answers,
          [method]: (_: never, signal: AbortSignal | undefined) => {
            queueMicrotask(() => interrupt.abort());
            return untilAborted(signal);
          },
        },
      });
      expect(run.exit).toBe(exitCode.interrupted);
      expect(cliError.parse(run.json()).error.code).toBe("waiting.import");
      expect(run.calls.at(-1)?.method).toBe("import/cancel");
    },
  );

  test("says that it does not know when the engine does not answer even that", async () => {
    const interrupt = new AbortController();
    const run = await runFake([...args, "--json"], {
      ...{ files, interrupt },
      answers: {
        ...answers,
        "import/read": (_: never, signal: AbortSignal | undefined) => {
          queueMicrotask(() => interrupt.abort());
          return untilAborted(signal);
        },
        "import/cancel": () => Promise.reject(new CodedError("rpc.closed")),
      },
    });
    expect(cliError.parse(run.json()).error.code).toBe("waiting.importUnknown");
  });

  test("whose answer is lost is unconfirmed, not failed", async () => {
    const lost = () => Promise.reject(new CodedError("rpc.closed"));
    const run = await runFake([...args, "--json"], {
      files,
      answers: { ...answers, "import/commit": lost, "import/cancel": lost },
    });
    expect(run.exit).toBe(exitCode.unconfirmed);
    expect(cliError.parse(run.json()).error.code).toBe("waiting.importUnknown");
  });

  test("of a file that is not there asks the engine for nothing", async () => {
    const run = await runFake(["import", "--input", "none.csv", "--demo"], { answers });
    expect(run.exit).not.toBe(exitCode.ok);
    expect(run.calls).toEqual([]);
  });

  test.each([
    [["--input", "f"], "flags.conflict", "name the swarm"],
    [["--demo"], "flags.conflict", "--input FILE"],
    [["--undo"], "flags.conflict", "name the swarm"],
    [["--undo", "--demo", "--input", "f"], "flags.conflict", "--undo takes"],
    [["--input", "f", "--demo", "--swarm-id", "a"], "flags.conflict", "one swarm"],
    [["--input", "f", "--demo", "--metric", "load"], "flag.invalid", "demand"],
    [["--input", "f", "--demo", "--metric", "demand,live"], "import.columns", "one metric for each column"],
    [["--input", "f", "--demo", "--column", "a,b"], "import.columns", "2 columns and 1 metric"],
    [["--input", "f", "--demo", "--bucket", "1m"], "flags.conflict", "go together"],
    [["--input", "f", "--demo", "--bucket", "1m", "--agg", "sum:a", "--column", "a"], "flags.conflict", "sum:COL"],
  ])("with %j is refused before anything is read", async (flags, code, words) => {
    const run = await runFake(["import", ...flags, "--json"]);
    expect(run).toMatchObject({ exit: exitCode.usage, connects: [] });
    const { error } = cliError.parse(run.json());
    expect(error.code).toBe(code);
    expect(error.message).toContain(words);
  });
});
