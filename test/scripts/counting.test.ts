import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { countResults, ResultsReader } from "../editor/harness/resultsFile.ts";
import { scenarioOf } from "../editor/harness/scenarios.ts";

type CountVitest = (file: string, exitCode: number, mayBeEmpty?: boolean) => { passed: number; failed: number };
const script = resolve(import.meta.dirname, "..", "..", "scripts", "countVitest.mjs");
const { countVitest } = (await import(script)) as { countVitest: CountVitest };

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "counting-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function written(text: string): string {
  const file = join(folder, "results");
  writeFileSync(file, text);
  return file;
}

describe("counting vitest's report", () => {
  const passing = { status: "passed", assertionResults: [{ status: "passed" }] };
  const report = (parts: object): string =>
    written(JSON.stringify({ numTotalTests: 1, numPassedTests: 1, numFailedTests: 0, numPendingTests: 0, ...parts }));

  test("passes on what passed", () => {
    expect(countVitest(report({ testResults: [passing] }), 0)).toMatchObject({ passed: 1, failed: 0 });
  });

  test("what passed only when it was tried again has passed", () => {
    const flaky = { status: "passed", fullName: "a b", failureMessages: ["late\nstack"] };
    const testResults = [{ status: "passed", assertionResults: [flaky] }];
    expect(countVitest(report({ testResults }), 0)).toMatchObject({ passed: 1, failed: 0 });
  });

  test("a file that does not load is a failure", () => {
    const broken = { name: "x.test.ts", status: "failed", message: "syntax", assertionResults: [] };
    expect(countVitest(report({ testResults: [passing, broken] }), 1)).toMatchObject({ passed: 1, failed: 1 });
  });

  test("an error outside of tests is a failure", () => {
    expect(countVitest(report({ testResults: [passing] }), 1)).toMatchObject({ passed: 1, failed: 1 });
  });

  test("a runner that crashed before it wrote anything is a failure, with or without a filter", () => {
    expect(() => countVitest(join(folder, "none"), 134)).toThrow(/exit code 134/);
    expect(() => countVitest(join(folder, "none"), 134, true)).toThrow(/exit code 134/);
  });

  test("nothing that matches a filter is no failure", () => {
    const empty = report({ numTotalTests: 0, numPassedTests: 0, testResults: [] });
    expect(countVitest(empty, 1, true)).toMatchObject({ passed: 0, failed: 0 });
  });
});

describe("counting a scenario's results", () => {
  test("an orderly end counts what was reported", () => {
    const lines = [
      { event: "start", total: 3, pid: 2 },
      { event: "pass", title: "a", ms: 1 },
      { event: "again", title: "b", message: "", stack: "" },
      { event: "fail", title: "b", message: "", stack: "" },
      { event: "skip", title: "c" },
      { event: "end" },
    ] as const;
    expect(countResults(lines)).toEqual({ passed: 1, failed: 1, skipped: 1, problem: null });
  });

  test("an end in the middle of a test is one failure and names it", () => {
    const counted = countResults([
      { event: "start", total: 2, pid: 2 },
      { event: "begin", title: "the long one" },
    ]);
    expect(counted).toMatchObject({ passed: 0, failed: 1, problem: expect.stringContaining("the long one") });
  });

  test("a scenario without a single result is a failure", () => {
    expect(countResults([])).toMatchObject({ failed: 1 });
    expect(countResults([{ event: "start", total: 0, pid: 2 }, { event: "end" }])).toMatchObject({ failed: 1 });
  });

  test("a line that is still being written waits until it is whole", () => {
    const file = written('{"event":"start","total":1}\n{"event":"pa');
    const reader = new ResultsReader(file);
    expect(reader.readNew()).toHaveLength(1);
    writeFileSync(file, '{"event":"start","total":1}\n{"event":"pass","title":"a","ms":1}\n');
    expect(reader.readNew()).toEqual([{ event: "pass", title: "a", ms: 1 }]);
  });
});

describe("the scenario of a test file", () => {
  test("is named between the dots, and is the first one otherwise", () => {
    expect(scenarioOf("test/editor/x.test.ts").trusted).toBe(true);
    expect(scenarioOf("test/editor/x.restricted.test.ts").trusted).toBe(false);
    expect(() => scenarioOf("test/editor/x.misspelt.test.ts")).toThrow(/misspelt.*trusted, restricted/);
  });
});
