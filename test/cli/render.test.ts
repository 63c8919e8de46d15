import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { paint } from "../../src/cli/lines.ts";
import { table } from "../../src/cli/table.ts";
import { wantsColour } from "../../src/cli/terminal.ts";
import { fitWidth, textWidth } from "../../src/cli/textWidth.ts";
import {
  agentCapacityOutput,
  doorsOutput,
  metricsExportOutput,
  metricsOutput,
  statusOutput,
} from "../../src/engine/protocol/cli.ts";
import { configFile } from "../../src/engine/protocol/config.ts";
import { agentCapacitySample, doorsSample, failedDoorsSample } from "./doorsSample.ts";
import { runFake } from "./fakeWorld.ts";
import { capacitySample } from "./capacitySample.ts";
import { blameSample } from "./blameSample.ts";
import { bottlenecksSample } from "./bottlenecksSample.ts";
import { kpisSample } from "./kpisSample.ts";
import { patternsSample } from "./patternsSample.ts";
import {
  agentSample,
  DECISION_ID,
  decisionSample,
  forecastSample,
  predictionSample,
  inputsSample,
  managedSample,
  metricsSample,
  NOW_MS,
  observedSample,
  overviewSample,
  rangeSample,
} from "./samples.ts";

const golden = (name: string) => `../golden/cli/${name}.txt`;

const config = configFile.parse({
  version: 1,
  revision: 7,
  sources: { swarms: "editor settings" },
  values: {
    swarms: [
      { id: "tests", command: "node", args: ["worker.js", "--fast"], env: { API_KEY: "hunter2" }, maxAgents: 8 },
      { id: "docs", command: "docs-worker", mode: "auto", minAgents: 2 },
    ],
  },
});

describe("text output", () => {
  // Times are shown as the reader's clock has them; the recorded texts are of one place.
  const zone = process.env["TZ"];
  beforeAll(() => {
    process.env["TZ"] = "UTC";
  });
  afterAll(() => {
    if (zone === undefined) delete process.env["TZ"];
    else process.env["TZ"] = zone;
  });

  test.each([
    ["status", ["status"], { overview: () => overviewSample() }],
    [
      "status-empty",
      ["status"],
      {
        overview: () => overviewSample({ swarms: [], host: null, engine: { ...overviewSample().engine, notices: [] } }),
      },
    ],
    [
      "status-trouble",
      ["status"],
      {
        overview: () =>
          overviewSample({
            swarms: [
              managedSample({
                live: 0,
                agents: [],
                activity: { kind: "held", reason: { code: "hold.noOperator", args: { seconds: 60 } } },
                problem: {
                  code: "worker.crashLoop",
                  args: { command: "node", exitCode: 1, signal: null, stderr: "no module", retryInMs: 8000 },
                },
              }),
              managedSample({
                id: "b",
                label: "b",
                demo: false,
                timeScale: 1,
                agents: [agentSample(7001, { state: "unresponsive" })],
                activity: {
                  kind: "unconfirmed",
                  target: 3,
                  live: 1,
                  reason: { code: "scale.deadline", args: { live: 1, target: 3, starting: 0 } },
                },
              }),
              managedSample({ id: "c", label: "c", agents: [], live: 0, target: 0, activity: { kind: "stopped" } }),
            ],
          }),
      },
    ],
    ["metrics", ["metrics-collect"], { "metrics/collect": () => metricsSample() }],
    [
      "status-scaler",
      ["status"],
      {
        overview: () =>
          overviewSample({
            swarms: [
              managedSample({
                agents: [],
                activity: { kind: "steady" },
                demandSource: "derived",
                scaling: {
                  from: 3,
                  to: 5,
                  reason: { code: "test.why", args: { combined: 1.04 } },
                  inputs: inputsSample,
                  recommendationId: DECISION_ID,
                },
              }),
              managedSample({
                id: "b",
                label: "b",
                mode: "auto",
                agents: [],
                held: true,
                demand: null,
                scaling: {
                  from: 3,
                  to: 3,
                  reason: { code: "test.why", args: {} },
                  inputs: inputsSample,
                  recommendationId: null,
                },
              }),
            ],
          }),
      },
    ],
    [
      "decisions",
      ["decisions"],
      {
        "decisions/list": () => ({
          wallMs: NOW_MS,
          more: true,
          holds: [],
          decisions: [
            decisionSample(9, { state: { kind: "recommended" }, mode: "recommend" }),
            decisionSample(8, { state: { kind: "acting", sinceMs: NOW_MS } }),
            decisionSample(7, { undoRefusal: null }),
            decisionSample(6, {
              origin: "operator",
              by: "editor",
              inputs: null,
              from: 4,
              to: 3,
              undoneBy: DECISION_ID,
            }),
            decisionSample(5, { origin: "undo", by: "swarm-allocator", from: 3, to: 4 }),
            decisionSample(4, {
              state: {
                kind: "unconfirmed",
                live: 4,
                elapsedMs: 60_000,
                reason: { code: "scale.deadline", args: { live: 4, target: 5, starting: 0 } },
              },
            }),
            decisionSample(3, { state: { kind: "withdrawn", reason: { code: "test.over", args: {} }, atMs: NOW_MS } }),
            decisionSample(2, { state: { kind: "refused", reason: { code: "test.refused", args: {} } } }),
            decisionSample(1, { state: { kind: "interrupted", reason: { code: "test.ended", args: {} } } }),
            decisionSample(10, {
              to: 12,
              plan: { steps: [5, 9, 12], at: 9 },
              state: { kind: "acting", sinceMs: NOW_MS },
              undoRefusal: null,
            }),
            decisionSample(11, {
              to: 12,
              plan: { steps: [5, 9, 12], at: 5 },
              state: {
                kind: "rolledBack",
                to: 5,
                live: 5,
                elapsedMs: 9_000,
                reason: {
                  code: "plan.rolledBack",
                  args: { worse: "plan.errors", before: 0.02, after: 0.4, at: 9, to: 5 },
                },
              },
            }),
            decisionSample(12, {
              impact: {
                windowMs: 60_000,
                before: {
                  begun: 40,
                  waitedP95Ms: 4100,
                  runs: 38,
                  errorRatio: 0.02,
                  demand: 9,
                  cpuPressure: null,
                  memoryPressure: null,
                  ioPressure: null,
                },
                after: {
                  begun: 40,
                  waitedP95Ms: 800,
                  runs: 38,
                  errorRatio: 0,
                  demand: 9,
                  cpuPressure: null,
                  memoryPressure: null,
                  ioPressure: null,
                },
              },
              notes: [{ code: "undo.requeued", args: { count: 2 } }],
            }),
          ],
        }),
      },
    ],
    ["forecast", ["forecast-resources", "--demo"], { "forecast/get": () => forecastSample(60) }],
    ["help-backtest", ["backtest", "--help"], {}],
    [
      "history",
      ["history", "--swarm-id", "demo", "--metric", "demand"],
      {
        "history/range": ({ fromMs, toMs }: { fromMs: number; toMs: number }) => ({
          fromMs,
          toMs,
          series: [
            rangeSample(
              Array.from({ length: 60 }, (_, at) => (at === 20 ? null : 3 + 2 * Math.sin(at / 6))),
              { source: "derived", resolution: "minute" },
            ),
          ],
        }),
      },
    ],
    ["patterns", ["patterns", "--swarm-id", "docs"], { "patterns/get": () => patternsSample() }],
    ["help-patterns", ["patterns", "--help"], {}],
    ["kpis", ["kpis", "--demo"], { "kpis/get": () => kpisSample() }],
    ["blame", ["blame"], { "blame/get": () => blameSample() }],
    ["bottlenecks", ["bottleneck-analyze"], { "bottlenecks/get": () => bottlenecksSample() }],
    ["capacity", ["capacity-plan", "--agents", "8"], { "capacity/plan": () => capacitySample() }],
    ["help-capacity-plan", ["capacity-plan", "--help"], {}],
    ["help-kpis", ["kpis", "--help"], {}],
    ["help-performance-report", ["performance-report", "--help"], {}],
    ["help-profile-show", ["profile-show", "--help"], {}],
    ["help-profile-convert", ["profile-convert", "--help"], {}],
    ["help-replay", ["replay", "--help"], {}],
    ["help-anomalies", ["anomalies", "--help"], {}],
    ["help-forecast-resources", ["forecast-resources", "--help"], {}],
    ["help-import", ["import", "--help"], {}],
    ["help-decision-undo", ["decision-undo", "--help"], {}],
    ["help-decision-apply", ["decision-apply", "--help"], {}],
    ["doors", ["doors"], { "doors/get": () => doorsSample() }],
    ["doors-off", ["doors"], { "doors/get": () => ({ wallMs: NOW_MS, http: { kind: "off" }, otlp: { kind: "off" } }) }],
    ["doors-failed", ["doors"], { "doors/get": () => failedDoorsSample() }],
    ["agent-capacity", ["agent-capacity"], { "capacity/agents": () => agentCapacitySample() }],
    ["help-metrics-export", ["metrics-export", "--help"], {}],
    ["config", ["config-get"], { "config/get": () => config }],
    ["help", ["help"], {}],
    ["help-swarm-scale", ["swarm-scale", "--help"], {}],
  ] as const)("of %s is as recorded", async (name, args, answers) => {
    const run = await runFake(args, { answers });
    expect(run).toMatchObject({ exit: 0, stderr: "" });
    await expect(run.stdout).toMatchFileSnapshot(golden(name));
  });

  test("of predictions by metric is as recorded, and says on standard error that it takes a while", async () => {
    const args = ["forecast-resources", "--demo", "--time-horizon", "3600"];
    const run = await runFake(args, {
      answers: { "forecast/predictScaling": () => predictionSample() },
      terminal: true,
    });
    expect(run.exit).toBe(0);
    expect(run.stderr).toContain("takes some tens of seconds");
    await expect(run.stdout).toMatchFileSnapshot(golden("predictions"));
  });

  test("never shows the value of a swarm's environment variable", async () => {
    const run = await runFake(["config-get"], { answers: { "config/get": () => config } });
    expect(run.stdout).toContain("API_KEY");
    expect(run.stdout).not.toContain("hunter2");
  });

  test("never cuts an id, which is typed again", async () => {
    const id = "an-id-of-a-length-that-no-terminal-of-forty-cells-can-show";
    const answers = {
      overview: () => overviewSample({ swarms: [observedSample({ agents: [agentSample(1, { id })] })] }),
    };
    expect((await runFake(["status"], { answers, width: 40 })).stdout).toContain(id);
  });

  test("fits a narrow terminal by cutting the tools of an agent", async () => {
    const tools = [
      { pid: 1, startTime: 1, name: "a-tool-with-a-very-long-name-indeed", cpuCores: null, rssBytes: null },
    ];
    const answers = {
      overview: () => overviewSample({ swarms: [observedSample({ agents: [agentSample(1, { tools })] })] }),
    };
    const full = await runFake(["status"], { answers });
    expect(full.stdout).toContain("a-tool-with-a-very-long-name-indeed");
    const narrow = await runFake(["status"], { answers, width: 80 });
    expect(narrow.stdout).toContain("a-tool-with-a-very-lon…");
  });
});

describe("JSON output", () => {
  test("of status is of its contract, and an observed swarm has neither mode nor target", async () => {
    const run = await runFake(["status", "--json"], { answers: { overview: () => overviewSample() } });
    const output = statusOutput.parse(run.json());
    // Nothing was stripped: the contract knows every field that is printed.
    expect(run.json()).toEqual(output);
    expect(output.swarms).toMatchObject([
      { id: "demo", kind: "managed", mode: "recommend", target: 3, live: 2, agents: [{ pid: 5001 }, { pid: 5002 }] },
      { kind: "observed", mode: null, target: null, live: 1, activity: null, agents: [{ stateSource: "derived" }] },
    ]);
  });

  test("of the doors' verbs is of their contracts", async () => {
    const text = '# HELP a A.\n# TYPE a gauge\na{x="b\\\\\\"c"} 1\n';
    const exported = { format: "prometheus", contentType: "text/plain; version=0.0.4; charset=utf-8", text };
    const answers = {
      "doors/get": () => failedDoorsSample(),
      "capacity/agents": () => agentCapacitySample(),
      "metrics/text": () => exported,
    };
    const json = async (verb: string) => (await runFake([verb, "--json"], { answers })).json();
    expect(doorsOutput.parse(await json("doors"))).toEqual(failedDoorsSample());
    expect(agentCapacityOutput.parse(await json("agent-capacity"))).toEqual(agentCapacitySample());
    expect(metricsExportOutput.parse(await json("metrics-export"))).toEqual(exported);
    // As text it is what a collector of files reads, byte for byte.
    expect((await runFake(["metrics-export"], { answers })).stdout).toBe(text);
  });

  test("of metrics-collect is of its contract and has only what was asked for", async () => {
    const answers = { "metrics/collect": () => metricsSample() };
    const run = await runFake(["metrics-collect", "--components", "cpu,disk,agents", "--json"], { answers });
    expect(run.calls[0]?.params).toEqual({ components: ["cpu", "disk", "agents"] });
    expect(metricsOutput.parse(run.json())).toEqual(run.json());
  });

  test("is one value on one line", async () => {
    const run = await runFake(["status", "--json"], { answers: { overview: () => overviewSample() } });
    expect(run.stdout.endsWith("\n")).toBe(true);
    expect(run.stdout.trimEnd()).not.toContain("\n");
  });
});

describe("hostile text", () => {
  const HOSTILE = [
    "\u001b[2J\u001b[1;1Hgone",
    "\u001b]0;title\u0007",
    "\u009b31mred",
    "a\u202eb\u2066c",
    "line\nbreak\r\u0085next\u2028x",
    "zero\u200bwidth\ufeff",
    "\ud800lone",
    "<script>alert(1)</script>",
    "\u0000\u0008\u007f",
    "\u{e0001}tag",
  ];
  // oxlint-disable-next-line no-control-regex -- what must not come out
  const FORBIDDEN = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\p{Cf}\p{Cs}\u2028\u2029]/u;

  test.each(HOSTILE.map((text) => [JSON.stringify(text), text]))(
    "%s brings nothing to the terminal",
    async (_, text) => {
      const problem = { code: "worker.garbage", args: { line: text } };
      const unknown = { code: text, args: { [text]: text } };
      const tools = [{ pid: 1, startTime: 1, name: text, cpuCores: null, rssBytes: null }];
      const agents = [agentSample(1, { name: text, id: text, problem, tools }), agentSample(2, { problem: unknown })];
      const answers = {
        overview: () =>
          overviewSample({
            swarms: [
              observedSample({ id: text, label: text, agents }),
              managedSample({ label: text, problem: unknown }),
            ],
          }),
        "metrics/collect": () =>
          metricsSample({
            agents: [
              {
                swarmId: text,
                id: text,
                pid: 1,
                name: text,
                state: text,
                stateSource: "measured",
                usage: agents[0]?.usage ?? expect.fail("no agent"),
                usageSource: "measured",
              },
            ],
          }),
      };
      for (const verb of ["status", "metrics-collect"]) {
        const plain = await runFake([verb], { answers });
        expect(plain.exit).toBe(0);
        expect(plain.stdout).not.toMatch(FORBIDDEN);
        const json = await runFake([verb, "--json"], { answers });
        expect(json.stdout).not.toMatch(FORBIDDEN);
        // Escaped, not changed: a program gets the very same string.
        expect(JSON.stringify(json.json())).toContain(JSON.stringify(text));
      }
      const error = await runFake(["agent-stop", "--agent-id", text === "" ? "x" : text]);
      expect(error.stderr).not.toMatch(FORBIDDEN);
      const typed = await runFake([`x${text}`]);
      expect(typed.stderr).not.toMatch(FORBIDDEN);
    },
  );
});

describe("a table", () => {
  const columns = [
    { title: "N", align: "right" },
    { title: "NAME", align: "left" },
    { title: "NOTE", align: "left" },
  ] as const;

  test("aligns by the cells a terminal takes, not by characters", () => {
    const rows = [
      ["1", "日本", "x"],
      ["20", "e\u0301a", "y"],
      ["300", "ascii", ""],
    ];
    expect(paint(table(columns, rows, null), false)).toBe(
      ["  N  NAME   NOTE", "  1  日本   x", " 20  e\u0301a     y", "300  ascii", ""].join("\n"),
    );
  });

  test("leaves a column without content out, and is empty without any", () => {
    expect(paint(table(columns, [["1", "", ""]], null), false)).toBe("N\n1\n");
    expect(table(columns, [], null)).toEqual([]);
  });

  test("refuses a row of another length", () => {
    expect(() => table(columns, [["1"]], null)).toThrow(RangeError);
  });

  test("cuts wide characters whole", () => {
    expect(fitWidth("日本語", 5)).toBe("日本…");
    expect(fitWidth("日本語", 4)).toBe("日…");
    expect(textWidth(fitWidth("日本語", 4))).toBeLessThanOrEqual(4);
    expect(fitWidth("abc", 3)).toBe("abc");
    expect(fitWidth("abc", 0)).toBe("");
  });
});

describe("colour", () => {
  test("is used on a terminal only, and not when NO_COLOR or a dumb terminal says otherwise", () => {
    expect(wantsColour(true, {})).toBe(true);
    expect(wantsColour(true, { NO_COLOR: "" })).toBe(true);
    expect(wantsColour(true, { NO_COLOR: "1" })).toBe(false);
    expect(wantsColour(true, { TERM: "dumb" })).toBe(false);
    expect(wantsColour(false, {})).toBe(false);
  });

  test("adds nothing but its own sequences", async () => {
    const answers = { overview: () => overviewSample() };
    const plain = await runFake(["status"], { answers });
    const coloured = await runFake(["status"], { answers, colour: true });
    expect(coloured.stdout).not.toBe(plain.stdout);
    // oxlint-disable-next-line no-control-regex -- the sequences in question
    expect(coloured.stdout.replace(/\u001b\[\d+m/g, "")).toBe(plain.stdout);
  });
});

test("progress is told to a person, not to the log of a script", async () => {
  const answers = { overview: () => overviewSample() };
  const progress = [{ code: "engine.starting", args: {} }];
  expect((await runFake(["status"], { answers, progress, terminal: true })).stderr).toBe("Starting the engine…\n");
  expect((await runFake(["status"], { answers, progress, terminal: false })).stderr).toBe("");
});
