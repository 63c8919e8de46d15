import { describe, expect, test } from "vitest";
import { capacityOutput, exitCode } from "../../src/engine/protocol/cli.ts";
import { runsOutText, spreadText } from "../../src/text/capacity.ts";
import { capacityInputs, swarmInputs, unknownGrowth } from "../engine/decide/capacityInputs.ts";
import { capacitySample } from "./capacitySample.ts";
import { runFake } from "./fakeWorld.ts";

const verb = "capacity-plan";
const answers = { "capacity/plan": () => capacitySample() };

describe("capacity-plan", () => {
  test("is of thirty days by the learned growth when nothing is said, and prints its contract", async () => {
    const run = await runFake([verb, "--json"], { answers });
    expect(run.exit).toBe(exitCode.ok);
    expect(run.calls).toEqual([{ method: "capacity/plan", params: { horizonDays: 30, growth: "auto" } }]);
    expect(capacityOutput.parse(run.json())).toEqual(run.json());
  });

  test("takes sizes and per cent as people write them", async () => {
    const args = ["--horizon", "90d", "--growth", "20%", "--agents", "12", "--memory", "64GB", "--cpus", "16"];
    const run = await runFake([verb, ...args, "--swarm-id", "docs"], { answers });
    expect(run.calls[0]?.params).toEqual({
      ...{ horizonDays: 90, growth: 20, swarmId: "docs" },
      ...{ agents: 12, memoryBytes: 64e9, cpus: 16 },
    });
    const negative = await runFake([verb, "--growth=-5", "--memory", "0.5 tb"], { answers });
    expect(negative.calls[0]?.params).toMatchObject({ growth: -5, memoryBytes: 5e11 });
  });

  test("tells what fits, what runs out first, and what is not known", async () => {
    const { stdout } = await runFake([verb], { answers });
    expect(stdout).toMatch(/docs +4 +1\.0 GB \(p95 2\.0 GB\) +0\.5 \(p95 1\) +3 +cpu/);
    expect(stdout).toContain("3 more agents fit, by CPU; memory runs out first, in 20 d (13 d to 40 d).");
    expect(stdout).toContain("8 agents of docs: does not fit: cpu is short");
    expect(stdout).toContain("3.2 EUR an hour");
    expect(stdout).toContain("Disk: Growth takes 14 d of history, and 3 d are there.");
  });

  test("without enough history says that it tells only what fits now", async () => {
    const learned = { memory: unknownGrowth, cpu: unknownGrowth, disk: unknownGrowth };
    const short = () => capacitySample({ learned, swarms: [swarmInputs()] });
    const run = await runFake([verb], { answers: { "capacity/plan": short } });
    expect(run.exit).toBe(exitCode.ok);
    expect(run.stdout).toContain("Only what fits now is known. Growth takes 14 d of history");
    expect(run.stdout).toContain("3 more agents fit, by CPU; when anything runs out is not known.");
  });

  test("of which nothing is known ends with exit code 3", async () => {
    const sizes = { rssBytes: null, cpuCores: null, agents: 0 };
    const { learned } = capacityInputs();
    const blank = () => capacitySample({ learned, swarms: [swarmInputs({ sizes })] });
    expect((await runFake([verb], { answers: { "capacity/plan": blank } })).exit).toBe(exitCode.notReady);
  });

  test.each([
    [["--growth", "fast"], "use auto or a number of per cent"],
    [["--growth", "20000"], "use -100 to 10000 per cent"],
    [["--growth", "NaN"], "use auto or a number of per cent"],
    [["--growth", ""], "use auto or a number of per cent"],
    [["--horizon", "1h"], "use 1d to 3650d"],
    [["--horizon", "soon"], "use a duration"],
    [["--agents", "0"], "use 1 to 100000"],
    [["--memory", "64"], "use a size such as 64GB"],
    [["--memory", "0GB"], "use more than 0"],
    [["--cpus=-2"], "use at least 0.1"],
    [["--demo", "--swarm-id", "a"], "name one swarm"],
  ])("%j is wrong usage", async (args, message) => {
    const run = await runFake([verb, ...args]);
    expect(run.exit).toBe(exitCode.usage);
    expect(run.stderr).toContain(message);
    expect(run.calls).toEqual([]);
  });
});

test("when something runs out is told with its interval", () => {
  const text = (inDays: number | null, soonestInDays: number | null, latestInDays: number | null) =>
    runsOutText({ inDays, soonestInDays, latestInDays });
  expect(text(20, 13.3, 40)).toBe("in 20 d (13 d to 40 d)");
  expect(text(50, 50, 50)).toBe("in 50 d");
  expect(text(5, 2, null)).toBe("in 5 d (2 d to never)");
  expect(text(null, 5, null)).toBe("not by the trend (5 d to never)");
  expect(text(null, null, null)).toBe("not at this growth");
  expect(text(0, 0, 0)).toBe("now");
  expect(runsOutText(null)).toBe("unknown");
  expect(spreadText(null, String)).toBe("unknown");
});
