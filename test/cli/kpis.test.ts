import { describe, expect, test } from "vitest";
import { measureKpis } from "../../src/engine/analyse/kpis/measureKpis.ts";
import { CodedError } from "../../src/engine/common/errors.ts";
import { cliError, exitCode, kpisOutput } from "../../src/engine/protocol/cli.ts";
import { KPI_IDS } from "../../src/engine/protocol/kpis.ts";
import { KPI_WORDS, kpiDenominatorText, kpiValueText } from "../../src/text/kpis.ts";
import { inputsOf } from "../engine/analyse/kpis/inputs.ts";
import { runFake } from "./fakeWorld.ts";
import { kpisSample } from "./kpisSample.ts";

const answers = { "kpis/get": () => kpisSample() };

describe("kpis", () => {
  test("are of the last day unless another time is named, whole and of their contract", async () => {
    const run = await runFake(["kpis", "--demo", "--json"], { answers });
    expect(run.exit).toBe(exitCode.ok);
    expect(run.calls).toEqual([{ method: "kpis/get", params: { swarmId: "demo", timeframe: "24h" } }]);
    expect(kpisOutput.parse(run.json())).toEqual(run.json());
    expect(run.json()).toEqual(JSON.parse(JSON.stringify(kpisSample())));
    const week = await runFake(["kpis", "--swarm-id", "docs", "--timeframe", "7d"], { answers });
    expect(week.calls[0]?.params).toEqual({ swarmId: "docs", timeframe: "7d" });
  });

  test("tell each by name, with goal and trend, and why one is not known", async () => {
    const { stdout } = await runFake(["kpis", "--demo"], { answers });
    expect(stdout).toMatch(/Utilisation +75% +> 70% +better, from 65%/);
    expect(stdout).toMatch(/Availability +99\.95% +> 99\.9%/);
    expect(stdout).toContain("Recovery time: 0 observations so far; 30 are needed before anything is said.");
    for (const id of KPI_IDS) expect(stdout).toContain(KPI_WORDS[id].name);
  });

  test("of which none is known end with exit code 3", async () => {
    const kpis = measureKpis(inputsOf());
    const run = await runFake(["kpis", "--demo"], { answers: { "kpis/get": () => kpisSample({ kpis }) } });
    expect(run.exit).toBe(exitCode.notReady);
  });

  test.each([
    [[], "name one swarm"],
    [["--demo", "--swarm-id", "a"], "name one swarm"],
    [["--demo", "--timeframe", "2h"], "use one of 1h, 24h, 7d, 30d"],
  ])("%j is wrong usage", async (args, message) => {
    const run = await runFake(["kpis", ...args]);
    expect(run.exit).toBe(exitCode.usage);
    expect(run.stderr).toContain(message);
    expect(run.calls).toEqual([]);
  });

  test("of a swarm that was not measured are refused in words, with exit code 3", async () => {
    const refusal = new CodedError("kpi.notReady", { swarmId: "docs", windowMs: 86_400_000 });
    const broken = {
      "kpis/get": () => {
        throw refusal;
      },
    };
    const run = await runFake(["kpis", "--swarm-id", "docs", "--json"], { answers: broken });
    expect(run.exit).toBe(exitCode.notReady);
    expect(cliError.parse(run.json()).error.message).toContain("Nothing of the swarm 'docs' was measured");
  });
});

test("values and denominators are told in their units", () => {
  expect(kpiValueText(0.9995, "ratio", null)).toBe("99.95%");
  expect(kpiValueText(1, "ratio", null)).toBe("100%");
  expect(kpiValueText(-0.25, "ratio", null)).toBe("-25%");
  expect(kpiValueText(91.26, "percent", null)).toBe("91.3%");
  expect(kpiValueText(4.5, "tasksPerCost", "EUR")).toBe("4.5 tasks per EUR");
  expect(kpiDenominatorText({ value: 7_200, unit: "agentSeconds" }, null)).toBe("2 agent-hours");
  expect(kpiDenominatorText({ value: null, unit: "tasks" }, null)).toBe("unknown");
  expect(kpiDenominatorText({ value: 12.5, unit: "cost" }, "EUR")).toBe("12.5 EUR");
});

test("allocation latency is told as what is measured: the whole tick, beyond the decision", () => {
  expect(KPI_WORDS.allocationLatency.definition).toMatch(/^a whole tick: reading, deciding, keeping, publishing;/);
});
