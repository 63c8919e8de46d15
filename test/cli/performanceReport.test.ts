import { describe, expect, test } from "vitest";
import { CodedError } from "../../src/engine/common/errors.ts";
import { cliError, exitCode, performanceReportOutput } from "../../src/engine/protocol/cli.ts";
import { runFake } from "./fakeWorld.ts";
import { emptyReport, reportSample } from "./performanceReportSample.ts";

const answers = {
  "report/performance": ({ detailed }: { detailed: boolean }) => reportSample({ detailed }),
};

describe("performance-report", () => {
  test("is a summary of the last day unless another time or format is named", async () => {
    const run = await runFake(["performance-report", "--demo"], { answers });
    expect(run.exit).toBe(exitCode.ok);
    expect(run.calls).toEqual([
      { method: "report/performance", params: { swarmId: "demo", timeframe: "24h", detailed: false } },
    ]);
    const long = await runFake(
      ["performance-report", "--swarm-id", "docs", "--timeframe", "30d", "--format", "detailed"],
      { answers },
    );
    expect(long.calls[0]?.params).toEqual({ swarmId: "docs", timeframe: "30d", detailed: true });
    expect(long.stdout.length).toBeGreaterThan(run.stdout.length);
  });

  test.each([
    ["summary", ["--demo"]],
    ["detailed", ["--demo", "--format", "detailed"]],
  ])("as %s is as recorded", async (name, flags) => {
    const run = await runFake(["performance-report", ...flags], { answers });
    await expect(run.stdout).toMatchFileSnapshot(`../golden/cli/performance-report-${name}.txt`);
  });

  test("is whole and of its contract as JSON, by either flag", async () => {
    const plain = JSON.parse(JSON.stringify(reportSample({ detailed: false })));
    const run = await runFake(["performance-report", "--demo", "--json"], { answers });
    expect(run.json()).toEqual(plain);
    expect(performanceReportOutput.parse(run.json())).toEqual(run.json());
    const format = await runFake(["performance-report", "--demo", "--format", "json"], { answers });
    expect(format.json()).toEqual({ ...plain, detailed: true });
    const empty = await runFake(["performance-report", "--demo", "--json"], {
      answers: { "report/performance": () => emptyReport() },
    });
    expect(performanceReportOutput.parse(empty.json())).toEqual(empty.json());
  });

  test("goes into a file whose end says what it is, detailed unless said otherwise", async () => {
    for (const [file, begin] of [
      ["r.html", "<!DOCTYPE html>"],
      ["r.MD", "# Performance report"],
      ["r.json", "{"],
    ] as const) {
      const run = await runFake(["performance-report", "--demo", "--out", file], { answers });
      expect(run.exit).toBe(exitCode.ok);
      expect(run.written[file]?.startsWith(begin), file).toBe(true);
      expect(run.stdout).toContain("written");
      expect(run.calls[0]?.params).toMatchObject({ detailed: true });
    }
    const short = await runFake(["performance-report", "--demo", "--format", "summary", "--out", "r.md"], { answers });
    expect(short.calls[0]?.params).toMatchObject({ detailed: false });
  });

  test("replaces a file only when told to", async () => {
    const files = { "r.html": "mine" };
    const refused = await runFake(["performance-report", "--demo", "--out", "r.html"], { answers, files });
    expect(refused.exit).toBe(exitCode.failure);
    expect(refused.stderr).toContain("r.html");
    expect(refused.written).toEqual({});
    const forced = await runFake(["performance-report", "--demo", "--out", "r.html", "--force"], { answers, files });
    expect(forced.exit).toBe(exitCode.ok);
    expect(forced.written["r.html"]).toContain("<!DOCTYPE html>");
  });

  test("ends with exit code 3 when neither key figures nor load are known, and says why", async () => {
    const run = await runFake(["performance-report", "--demo"], {
      answers: { "report/performance": () => emptyReport() },
    });
    expect(run.exit).toBe(exitCode.notReady);
    expect(run.stdout).toContain("Not known: Nothing of the swarm 'demo' was measured");
  });

  test.each([
    [[], "name one swarm"],
    [["--demo", "--swarm-id", "a"], "name one swarm"],
    [["--demo", "--timeframe", "1h"], "use one of 24h, 7d, 30d"],
    [["--demo", "--format", "pdf"], "use one of summary, detailed, json"],
    [["--demo", "--out", "report.pdf"], "name a file that ends with .html, .md or .json"],
    [["--demo", "--force"], "--force goes with --out FILE only"],
  ])("%j is wrong usage", async (args, message) => {
    const run = await runFake(["performance-report", ...args]);
    expect(run.exit).toBe(exitCode.usage);
    expect(run.stderr).toContain(message);
    expect(run.calls).toEqual([]);
  });

  test("of an unknown swarm, or of an engine that is lost meanwhile, is told as such and writes nothing", async () => {
    for (const code of ["swarm.unknown", "rpc.closed"]) {
      const broken = {
        "report/performance": () => {
          throw new CodedError(code, { swarmId: "nobody", known: "demo" });
        },
      };
      const args = ["performance-report", "--swarm-id", "nobody", "--out", "r.md", "--json"];
      const run = await runFake(args, { answers: broken });
      expect(run.exit).not.toBe(exitCode.ok);
      expect(cliError.parse(run.json()).error.code).toBe(code);
      expect(run.written).toEqual({});
    }
  });
});
