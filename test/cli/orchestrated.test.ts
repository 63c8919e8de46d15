import { describe, expect, test } from "vitest";
import { statusOf } from "../../src/cli/verbs/status.ts";
import { CodedError } from "../../src/engine/common/errors.ts";
import {
  bottlenecksWithClaims,
  exitCode,
  metricsWithClaims,
  predictiveScaleOutput,
  scaleOutput,
  reportWithClaims,
  resourceAllocWithSwarm,
  statusOutput,
} from "../../src/engine/protocol/cli.ts";
import { recordsToProfile } from "../../src/engine/protocol/orchestratedProcesses.ts";
import { runFake } from "./fakeWorld.ts";
import { orchestratedSample } from "./orchestratedSample.ts";
import { metricsSample, overviewSample } from "./samples.ts";

const recordsOnly = (): never => {
  throw new CodedError("swarm.recordsOnly", { swarmId: "flow" });
};
const claimed = (role: string) => ({
  swarmId: "flow",
  mode: "observe",
  answers: [
    {
      ...{ role, tools: [role], grade: "record-only", atMs: 1_700_000_000_000, left: 2, reason: null },
      figures: [
        { path: "tasks.total", value: 7 },
        { path: "memory.total", value: 8, verified: true },
        { path: "health\u001b[31m", value: "good" },
      ],
    },
  ],
});
const overview = () => overviewSample({ swarms: [orchestratedSample()] });
const outcome = {
  kind: "confirmed",
  live: 0,
  elapsedMs: 79,
  claimed: { records: 5, notes: [{ code: "scaled.added", args: { tool: "agent_spawn", count: 5 } }] },
};

describe("a swarm of an orchestrator on the command line", () => {
  test("status tells records, processes seen, and each tool with its grade", async () => {
    const run = await runFake(["status"], { answers: { overview } });
    expect(run.stdout).toContain("flow  5 of 5 records (claimed), 0 processes seen · ruflo 3.0.0 · recommend");
    expect(run.stdout).toMatch(/metrics_collect +verified +system_metrics, performance_metrics +Its 'memory\.total'/);
    expect(run.stdout).toMatch(/swarm_scale +stub +agent_pool +Asked for 5, it said yes/);
    expect(run.stdout).toContain("nothing is sized by them");
    const output = statusOf(overview());
    expect(statusOutput.parse(output)).toEqual(output);
    expect(output.swarms[0]).toMatchObject({
      kind: "orchestrated",
      live: 0,
      demand: null,
      orchestrated: { recordCount: 5 },
    });
  });

  test("one that is not connected says why, and shows no zero for what it has not told", async () => {
    const reason = { code: "mcp.notStarted", args: { command: "npx", reason: "not found" } };
    const lost = orchestratedSample({
      ...{
        link: { kind: "waiting", reason, retryAtMs: 1 },
        problem: reason,
        recordCount: null,
        records: [],
        tools: [],
      },
      ...{ target: null, server: null, dialect: null },
    });
    const run = await runFake(["status"], { answers: { overview: () => overviewSample({ swarms: [lost] }) } });
    expect(run.stdout).toContain("flow  records unknown (claimed), 0 processes seen · claudeFlow · not connected");
    expect(run.stdout).toContain("! 'npx' could not be started: not found.");
  });

  test("swarm-scale tells what was read back and by which way", async () => {
    const answers = { "swarm/scale": () => ({ swarmId: "flow", from: 0, to: 5, outcome }) };
    const run = await runFake(["swarm-scale", "--swarm-id", "flow", "--target-size", "5"], { answers });
    expect(run.stdout).toBe(
      "flow  scaled: 0 → 5 records\nconfirmed in 79 ms\n  5 of 5 records (claimed), 0 processes seen\n  'agent_spawn' added 5 records.\n",
    );
    const topology = { kind: "confirmed", from: "hierarchical", to: "mesh" };
    const improved = { ...outcome, claimed: { ...outcome.claimed, topology } };
    const also = { "swarm/scale": () => ({ swarmId: "flow", from: 0, to: 5, outcome: improved }) };
    const both = await runFake(["swarm-scale", "--swarm-id", "flow", "--target-size", "5"], { answers: also });
    expect(both.stdout).toContain("\n  topology hierarchical → mesh (claimed)\n");
    const json = await runFake(["swarm-scale", "--swarm-id", "flow", "--target-size", "5", "--json"], {
      answers: also,
    });
    expect(scaleOutput.parse(json.json())).toEqual(json.json());
  });

  test.each([
    ["bottleneck-analyze", "bottlenecks/get", "bottleneck_analyze", bottlenecksWithClaims],
    ["performance-report", "report/performance", "performance_report", reportWithClaims],
  ] as const)("%s tells what its orchestrator says, tagged as that", async (verb, method, role, schema) => {
    const answers = { [method]: recordsOnly, "orchestrator/ask": () => claimed(role) };
    const run = await runFake([verb, "--swarm-id", "flow"], { answers });
    expect(run.exit).toBe(exitCode.ok);
    expect(run.stdout).toContain("flow  as its orchestrator tells it (claimed)");
    expect(run.stdout).toMatch(
      /record-only: borne out by its own records alone\n +FIGURE +CLAIMED +CHECKED\n +tasks\.total +7 *\n +memory\.total +8 +as measured here\n/,
    );
    expect(run.stdout).toContain("and 2 more");
    const json = await runFake([verb, "--swarm-id", "flow", "--json"], { answers });
    expect(schema.parse(json.json())).toEqual(json.json());
    expect(json.json()).toMatchObject({ claimed: [{ role }] });
  });

  test("metrics-collect tells its own processes as measured, and what is claimed beside them", async () => {
    const answers = {
      overview,
      "metrics/collect": () => metricsSample(),
      "orchestrator/ask": () => claimed("metrics_collect"),
    };
    const run = await runFake(["metrics-collect", "--swarm-id", "flow", "--json"], { answers });
    expect(metricsWithClaims.parse(run.json())).toEqual(run.json());
    expect(run.json()).toMatchObject({ agents: [], claimed: [{ role: "metrics_collect" }] });
    const unknown = await runFake(["metrics-collect", "--swarm-id", "nobody"], { answers });
    expect(unknown.stderr).toContain("There is no swarm 'nobody'. Known: flow.");
  });

  test.each([
    [["forecast-resources", "--swarm-id", "flow"], "forecast/get", "forecast", "measured here over time"],
    // It is the only swarm there is.
    [["forecast-resources"], "forecast/get", "forecast", "measured here over time"],
    [["optimize-performance", "--swarm-id", "flow"], "optimize/performance", "optimize", "the topology is improved"],
  ])("%j says that there is nothing of the engine's own, and what does instead", async (args, method, need, words) => {
    const refused = () => {
      throw new CodedError("swarm.recordsOnly", { swarmId: "flow", need });
    };
    const run = await runFake(args, { answers: { overview, [method]: refused } });
    expect(run.exit).toBe(exitCode.failure);
    expect(run.stderr).toContain("'flow' belongs to an orchestrator: what is known of it are records (claimed)");
    expect(run.stderr).toContain(words);
    expect(run.stderr).toContain("Instead, 'predict-size'");
  });

  test.each(["md", "html", "json"])(
    "performance-report writes what is claimed into a file, as %s too",
    async (kind) => {
      const answers = { "report/performance": recordsOnly, "orchestrator/ask": () => claimed("performance_report") };
      const run = await runFake(["performance-report", "--swarm-id", "flow", "--out", `r.${kind}`], { answers });
      expect(run.exit).toBe(exitCode.ok);
      const text = run.written[`r.${kind}`] ?? "";
      expect(text).toContain("claimed");
      expect(text).toContain("tasks.total");
      expect(text).toContain("7");
      expect(text).not.toContain("\u001b");
      if (kind === "json")
        expect(JSON.parse(text)).toMatchObject({ kpis: { kind: "unknown" }, claimed: [{ left: 2 }] });
    },
  );

  test("profile-performance names the processes that were seen, with the flag that profiles one", async () => {
    const asked = (row: ReturnType<typeof orchestratedSample>) => {
      const refused = () => {
        throw new CodedError("profile.records", recordsToProfile(row));
      };
      return runFake(["profile-performance", "--swarm-id", "flow"], { answers: { "profile/preview": refused } });
    };
    const run = await asked(orchestratedSample());
    expect(run.exit).toBe(exitCode.failure);
    expect(run.stderr).toContain(
      "'flow' belongs to an orchestrator: its agents are 5 records (claimed), and 0 processes of them were seen. Name the one to profile with --pid: 4121 (agent-2), or 4100 (its MCP server).",
    );
    const only = await asked(orchestratedSample({ records: [] }));
    expect(only.stderr).toContain("What can be is 4100 (its MCP server), with --pid.");
    const none = await asked(orchestratedSample({ records: [], serverPid: null }));
    expect(none.stderr).toContain("Its server is reached by a URL, so that is no process here either.");
    const reason = { code: "mcp.closed", args: {} };
    const link = { kind: "waiting", reason, retryAtMs: 1 } as const;
    const gone = await asked(orchestratedSample({ records: [], serverPid: null, link }));
    expect(gone.stderr).toContain("Its server does not run now; 'status' says why.");
    const many = Array.from({ length: 10 }, (_, at) => ({
      ...{ id: `agent-${at}-${"x".repeat(60)}`, type: null, status: null, busy: null, pid: 5000 + at },
    }));
    const long = await asked(orchestratedSample({ records: many }));
    expect(long.stderr).toMatch(/5007 \(agent-7-x+…\) and 2 more, or 4100/);
  });

  test("daa-resource-alloc gives one swarm what a file says, and what cannot be set is told", async () => {
    const allocated = {
      ...{ swarmId: "flow", gathered: [], agents: 5, outcome, allocationId: null },
      reasons: [{ code: "allocation.noLimits", args: { swarmId: "flow", resource: "cpu" } }],
      kept: { tool: "memory_store", kept: true, reason: null },
    };
    const files = { "wish.json": '{"agents": 5, "cpu": {"nice": 5}}', "bad.json": '{"agents": "many"}' };
    const answers = { "swarm/allocateResources": () => allocated };
    const run = await runFake(["daa-resource-alloc", "--swarm-id", "flow", "--resources", "wish.json"], {
      answers,
      files,
    });
    expect(run.exit).toBe(exitCode.ok);
    expect(run.stdout).toContain("flow  given 5 agents");
    expect(run.stdout).toContain("5 of 5 records (claimed), 0 processes seen");
    expect(run.stdout).toContain("'cpu' cannot be limited");
    expect(run.calls[0]?.params).toMatchObject({ swarmId: "flow", requirements: { agents: 5, cpu: { nice: 5 } } });
    const json = await runFake(["daa-resource-alloc", "--swarm-id", "flow", "--resources", "wish.json", "--json"], {
      ...{ answers, files },
    });
    expect(resourceAllocWithSwarm.parse(json.json())).toEqual(json.json());
    const bad = await runFake(["daa-resource-alloc", "--swarm-id", "flow", "--resources", "bad.json"], { files });
    expect(bad.exit).toBe(exitCode.usage);
    expect(bad.stderr).toContain("agents");
  });

  test("predict-size shows the plan and its reason, and with --apply what came of it", async () => {
    const reason = { code: "predictive.claimedLoad", args: { busy: 3, demand: 3, records: 3, to: 5 } };
    const planned = { swarmId: "flow", from: 3, to: 5, reason, source: "claimed", outcome: null, topology: null };
    const answer = (more: object) => ({ answers: { "swarm/predictiveScale": () => ({ ...planned, ...more }) } });
    const shown = await runFake(["predict-size", "--swarm-id", "flow"], answer({}));
    expect(shown.stdout).toContain("flow  3 → 5 (claimed)");
    expect(shown.stdout).toContain("Nothing was changed. --apply carries it out.");
    const topology = { kind: "confirmed", from: "hierarchical", to: "mesh" };
    const done = await runFake(["predict-size", "--swarm-id", "flow", "--apply"], answer({ outcome, topology }));
    expect(done.exit).toBe(exitCode.ok);
    expect(done.stdout).toContain("topology hierarchical → mesh (claimed)");
    const json = await runFake(["predict-size", "--swarm-id", "flow", "--json"], answer({ outcome, topology }));
    expect(predictiveScaleOutput.parse(json.json())).toEqual(json.json());
    const none = await runFake(["predict-size", "--swarm-id", "flow"], answer({ to: null }));
    expect(none.exit).toBe(exitCode.notReady);
  });

  test("fault-tolerance tells the breaker before it", async () => {
    const config = { version: 1, revision: 3, values: {}, sources: {} };
    const { configFile } = await import("../../src/engine/protocol/config.ts");
    const answers = { overview, "config/get": () => configFile.parse(config) };
    const run = await runFake(["fault-tolerance", "--swarm-id", "flow"], { answers });
    expect(run.stdout).toContain("orchestrator:flow: closed, 0 failures in a row");
    expect(run.stdout).toContain("has limits of its own");
  });
});
