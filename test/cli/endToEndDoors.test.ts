import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { agentCapacityOutput, doorsOutput, metricsExportOutput } from "../../src/engine/protocol/cli.ts";
import { readOpenMetrics, readOtlp, readPrometheus } from "../engine/serve/doors/parsers.ts";
import { bundle, cli, json, tidyUp } from "./realCli.ts";

/** The verbs of the doors against a real engine with the demo swarm; both doors stay shut. */
beforeAll(async () => {
  await bundle();
  await json("swarm-start", "--demo", "--timeout", "30000");
}, 120_000);
afterAll(tidyUp, 60_000);

describe("the verbs of the doors", { timeout: 60_000 }, () => {
  test("print the same metrics in three forms, each as its own format wants it", async () => {
    const { stdout, exit } = await cli("metrics-export");
    expect(exit).toBe(0);
    const text = readPrometheus(stdout);
    expect(text.get("swarm_allocator_swarm_agents_target")?.samples[0]).toMatchObject({
      labels: { swarm: "demo" },
      value: 4,
    });
    const open = readOpenMetrics((await cli("metrics-export", "--format", "openmetrics")).stdout);
    const otlp = readOtlp((await cli("metrics-export", "--format", "otlp")).stdout.trimEnd());
    for (const name of ["swarm_agents_live", "machine_memory_used_bytes", "engine_memory_resident_bytes"]) {
      expect(text.has(`swarm_allocator_${name}`), name).toBe(true);
      expect(open.has(`swarm_allocator_${name}`), name).toBe(true);
    }
    expect(otlp.has("swarm_allocator.swarm.agents.live")).toBe(true);
    const exported = metricsExportOutput.parse(await json("metrics-export"));
    expect(readPrometheus(exported.text).size).toBeGreaterThan(40);
  });

  test("tell who has room, and that no door is open", async () => {
    const { swarms, lanes } = agentCapacityOutput.parse(await json("agent-capacity"));
    expect(swarms[0]).toMatchObject({ id: "demo", target: 4, agentType: "worker" });
    expect(lanes.map(({ lane }) => lane)).toEqual(["critical", "standard", "background"]);
    expect(doorsOutput.parse(await json("doors"))).toMatchObject({ http: { kind: "off" }, otlp: { kind: "off" } });
  });

  test("refuse a form that is not known, by its name", async () => {
    const { exit, stderr } = await cli("metrics-export", "--format", "xml");
    expect(exit).toBe(2);
    expect(stderr).toContain("xml");
    expect(stderr).toContain("openmetrics");
  });
});
