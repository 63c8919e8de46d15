import { describe, expect, test } from "vitest";
import { findBottlenecks } from "../../src/engine/analyse/bottlenecks/findBottlenecks.ts";
import { CodedError } from "../../src/engine/common/errors.ts";
import { BOTTLENECK_COMPONENTS, type BottleneckReport } from "../../src/engine/protocol/bottlenecks.ts";
import { bottleneckOutput, exitCode } from "../../src/engine/protocol/cli.ts";
import { bottlenecksSample } from "./bottlenecksSample.ts";
import { runFake } from "./fakeWorld.ts";
import { inputsOf } from "../engine/analyse/bottlenecks/inputs.ts";

const verb = "bottleneck-analyze";
const answers = { "bottlenecks/get": () => bottlenecksSample() };

describe("bottleneck-analyze", () => {
  test("looks everywhere unless a component is named, and prints its contract", async () => {
    const run = await runFake([verb, "--json"], { answers });
    expect(run.exit).toBe(exitCode.ok);
    expect(run.calls).toEqual([{ method: "bottlenecks/get", params: { components: [...BOTTLENECK_COMPONENTS] } }]);
    expect(bottleneckOutput.parse(run.json())).toEqual(run.json());
    const one = await runFake([verb, "--component", "swarm-coordination", "--swarm-id", "docs"], { answers });
    expect(one.calls[0]?.params).toEqual({ components: ["swarm-coordination"], swarmId: "docs" });
    expect((await runFake([verb, "--demo"], { answers })).calls[0]?.params).toMatchObject({ swarmId: "demo" });
  });

  test("tells what is wrong, what it rests on, and what to do", async () => {
    const { stdout } = await runFake([verb], { answers });
    expect(stdout).toMatch(
      /critical +Coordination docs +utilisation +derived +demand of the agents there 125% over 15 min/,
    );
    expect(stdout).toContain("Coordination docs: Give the swarm 'docs' more agents, or let it grow by itself.");
    expect(stdout).toContain("Memory errors: The system does not tell this.");
  });

  test("of which nothing is known ends with exit code 3", async () => {
    const findings = findBottlenecks(inputsOf({}, { host: null }), ["cpu", "memory"]);
    const report: BottleneckReport = { ...bottlenecksSample(), findings };
    const run = await runFake([verb], { answers: { "bottlenecks/get": () => report } });
    expect(run.exit).toBe(exitCode.notReady);
    expect(run.stdout).toContain("no bottleneck");
  });

  test.each([
    [["--component", "gpu"], "use one of cpu, memory"],
    [["--demo", "--swarm-id", "a"], "name one swarm"],
  ])("%j is wrong usage", async (args, message) => {
    const run = await runFake([verb, ...args]);
    expect(run.exit).toBe(exitCode.usage);
    expect(run.stderr).toContain(message);
  });

  test("of a swarm that is not there is refused with those that are", async () => {
    const refused = {
      "bottlenecks/get": () => {
        throw new CodedError("swarm.unknown", { swarmId: "none", known: "demo" });
      },
    };
    const run = await runFake([verb, "--swarm-id", "none"], { answers: refused });
    expect(run.exit).toBe(exitCode.failure);
    expect(run.stderr).toContain("There is no swarm 'none'. Known: demo.");
  });
});
