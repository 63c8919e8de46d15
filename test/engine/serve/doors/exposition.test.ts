import { spawnSync } from "node:child_process";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { HostSample } from "../../../../src/engine/protocol/model.ts";
import { collectFamilies, MOST_SERIES, prometheusName } from "../../../../src/engine/serve/doors/families.ts";
import { gauge, type MetricFacts } from "../../../../src/engine/serve/doors/metric.ts";
import { metrics } from "../../../../src/engine/serve/doors/metrics.ts";
import { otlpBody } from "../../../../src/engine/serve/doors/otlp.ts";
import { openMetricsText, prefersOpenMetrics, prometheusText } from "../../../../src/engine/serve/doors/prometheus.ts";
import {
  agentSample,
  forecastSample,
  managedSample,
  NOW_MS,
  observedSample,
  overviewSample,
} from "../../../cli/samples.ts";
import { orchestratedSample } from "../../../cli/orchestratedSample.ts";
import { breaker, factsSample, guardSample } from "./facts.ts";
import { readOpenMetrics, readOtlp, readPrometheus } from "./parsers.ts";

const families = (facts: MetricFacts) => collectFamilies(metrics, facts);
const prometheus = (facts: MetricFacts) => readPrometheus(prometheusText(families(facts)));
const identity = { atMs: NOW_MS, startedAtMs: NOW_MS - 60_000, version: "1.2.3", instanceId: "abc" };
const everything = () =>
  factsSample({
    agentSeries: true,
    overview: overviewSample({ swarms: [...overviewSample().swarms, orchestratedSample()] }),
  });

describe("every metric", () => {
  test("has a name of its own, in base units, and a help that is a sentence", () => {
    const names = metrics.map(prometheusName);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, help, unit, kind } of metrics) {
      expect(name).toMatch(/^[a-z][a-z0-9]*(?:\.[a-z0-9]+)*$/);
      expect(help, name).toMatch(/^[A-Z0-9].*\.$/);
      // A name that ends like a unit has it twice.
      expect(name, name).not.toMatch(/\.(?:seconds|ms|bytes|ratio|percent|total)$/);
      if (kind === "counter") expect(unit, name).toMatch(/^\{/);
    }
  });

  test("is written in all three forms, with the same names, labels and values", () => {
    const read = families(everything());
    const text = readPrometheus(prometheusText(read));
    const open = readOpenMetrics(openMetricsText(read));
    const otlp = readOtlp(otlpBody(read, identity));
    expect(read.length).toBeGreaterThan(50);
    expect([text.size, open.size, otlp.size]).toEqual([read.length, read.length, read.length]);
    for (const { metric, samples } of read) {
      const name = prometheusName(metric);
      const values = samples.map(({ value }) => value);
      const labels = samples.map((sample) => Object.fromEntries(sample.labels));
      const inText = text.get(metric.kind === "counter" ? `${name}_total` : name);
      expect(inText).toMatchObject({ type: metric.kind, help: metric.help });
      expect(inText?.samples.map((sample) => sample.labels)).toEqual(labels);
      expect(inText?.samples.map(({ value }) => value)).toEqual(values);
      expect(open.get(name)?.samples.map(({ value }) => value)).toEqual(values);
      const inOtlp = otlp.get(`swarm_allocator.${metric.name}`);
      expect(inOtlp).toMatchObject({ unit: metric.unit, kind: metric.kind === "counter" ? "sum" : "gauge" });
      expect(inOtlp?.points.map(({ asDouble }) => asDouble)).toEqual(values);
      expect(inOtlp?.points[0]?.timeUnixNano).toBe(`${NOW_MS}000000`);
    }
  });

  test("says what was measured", () => {
    const read = prometheus(everything());
    const value = (name: string, labels: Record<string, string> = {}) =>
      read.get(`swarm_allocator_${name}`)?.samples.find((s) => JSON.stringify(s.labels) === JSON.stringify(labels))
        ?.value;
    expect(value("machine_memory_used_bytes")).toBe(3_200_000_000);
    expect(value("machine_cpu_busy_ratio")).toBe(0.41);
    expect(value("machine_cpu_capacity_cores")).toBe(2);
    expect(value("swarm_agents_live", { swarm: "demo" })).toBe(2);
    expect(value("swarm_agents", { swarm: "demo", state: "working" })).toBe(1);
    expect(value("swarm_agents", { swarm: "demo", state: "draining" })).toBe(0);
    expect(value("swarm_demand", { swarm: "demo", source: "measured" })).toBe(1.4);
    expect(value("swarm_tasks_ended_total", { swarm: "demo", outcome: "failed" })).toBe(1);
    expect(value("swarm_mode", { swarm: "demo", state: "recommend" })).toBe(1);
    expect(value("observed_agents", { kind: "claude-code" })).toBe(1);
    expect(value("lane_wait_p50_seconds", { lane: "standard" })).toBe(0.4);
    expect(value("lane_shed_total", { lane: "critical" })).toBe(2);
    expect(value("breaker_state", { breaker: "swarm:demo", state: "closed" })).toBe(1);
    expect(value("breaker_state", { breaker: "swarm:demo", state: "open" })).toBe(0);
    expect(value("decisions_made_total", { swarm: "demo", origin: "scaler" })).toBe(3);
    expect(value("agent_working", { swarm: "demo", agent: "5001-100" })).toBe(1);
    expect(value("engine_info", { version: "1.2.3" })).toBe(1);
  });
});

describe("a figure that is not known", () => {
  test("is not there: no 0, no NaN", () => {
    const read = prometheus(
      factsSample({
        overview: overviewSample({
          host: null,
          swarms: [managedSample({ demand: null, utilisation: null, waitingTasks: null, scaling: null })],
        }),
        forecast: () => null,
        tasks: () => null,
      }),
    );
    for (const gone of [
      ...["machine_cpu_busy_ratio", "machine_memory_used_bytes", "swarm_demand", "swarm_utilisation_ratio"],
      ...[
        "swarm_tasks_waiting",
        "swarm_tasks_ended_total",
        "swarm_scaling_wanted",
        "forecast_ready",
        "forecast_demand",
      ],
      ...["lane_wait_p95_seconds", "door_requests_total", "otlp_pushes_total", "machine_pressure_some_ratio"],
    ])
      expect(read.has(`swarm_allocator_${gone}`), gone).toBe(false);
    expect(read.has("swarm_allocator_swarm_agents_target")).toBe(true);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])("nor is %s", (value) => {
    const host = { ...(overviewSample().host as HostSample), cpuBusyRatio: value };
    const read = prometheus(factsSample({ overview: overviewSample({ host }) }));
    expect(read.has("swarm_allocator_machine_cpu_busy_ratio")).toBe(false);
    expect(read.has("swarm_allocator_machine_memory_used_bytes")).toBe(true);
  });

  test("one unknown part makes the sum of found agents unknown", () => {
    const unknown = observedSample({ id: "b", usage: { ...observedSample().usage, rssBytes: null } });
    for (const swarms of [
      [observedSample(), unknown],
      [unknown, observedSample()],
    ]) {
      const read = prometheus(factsSample({ overview: overviewSample({ swarms }) }));
      expect(read.has("swarm_allocator_observed_memory_resident_bytes")).toBe(false);
      expect(read.get("swarm_allocator_observed_agents")?.samples).toMatchObject([{ value: 2 }]);
    }
  });
});

describe("a swarm of an orchestrator", () => {
  const read = (changes: Parameters<typeof orchestratedSample>[0]) =>
    prometheus(factsSample({ overview: overviewSample({ swarms: [orchestratedSample(changes)] }) }));

  test("shows what it claims and what was seen, and never one as the other", () => {
    const shown = read({ agents: [agentSample(5001)] });
    expect(shown.get("swarm_allocator_orchestrator_records")?.samples).toMatchObject([
      { value: 5, labels: { swarm: "flow", source: "claimed" } },
    ]);
    expect(shown.get("swarm_allocator_orchestrator_agents")?.samples).toMatchObject([
      { value: 1, labels: { swarm: "flow", source: "measured" } },
    ]);
    expect(shown.get("swarm_allocator_orchestrator_connected")?.samples).toMatchObject([{ value: 1 }]);
    expect(shown.has("swarm_allocator_swarm_agents_live")).toBe(false);
  });

  test("that is not connected has no records to tell of, and still its processes", () => {
    const link = { kind: "waiting", reason: { code: "mcp.ended", args: {} }, retryAtMs: 1 } as const;
    const shown = read({ link });
    expect(shown.get("swarm_allocator_orchestrator_connected")?.samples).toMatchObject([{ value: 0 }]);
    expect(shown.has("swarm_allocator_orchestrator_records")).toBe(false);
    expect(shown.has("swarm_allocator_orchestrator_agents")).toBe(true);
  });
});

describe("a forecast", () => {
  test("that has not proved itself shows that it has not, and none of its points", () => {
    const forecast = forecastSample(12, { ready: false });
    const read = prometheus(factsSample({ forecast: () => forecast }));
    expect(read.get("swarm_allocator_forecast_ready")?.samples).toMatchObject([{ value: 0 }]);
    expect(read.has("swarm_allocator_forecast_demand")).toBe(false);
    expect(read.has("swarm_allocator_forecast_horizon_seconds")).toBe(false);
  });

  test("that is ready shows both ends with their bounds", () => {
    const forecast = forecastSample(12, { ready: true, reason: null });
    const read = prometheus(factsSample({ forecast: () => forecast }));
    const [first, last] = [forecast.points[0], forecast.points.at(-1)];
    expect(read.get("swarm_allocator_forecast_demand")?.samples.map(({ value }) => value)).toEqual([
      ...[first?.mean, first?.lo, first?.hi],
      ...[last?.mean, last?.lo, last?.hi],
    ]);
  });
});

describe("names from outside", () => {
  const hostile = fc.oneof(
    fc.string({ unit: "binary", maxLength: 300 }),
    fc.constantFrom(
      'a"} 1\nfake_metric{x="',
      "\u001b[31mred\u001b[0m",
      "\u202egnp.exe",
      "<script>alert(1)</script>",
      "../../etc/passwd",
      "command:workbench.action.quit",
      "\\",
      '"',
      "\n",
      "\r\n# EOF\r\n",
      "__proto__",
      "x".repeat(10_000),
      "",
    ),
  );

  test("2,000 of them bring no line, no label and no control character of their own into any form", () => {
    const names = fc.array(hostile, { minLength: 50, maxLength: 50 });
    fc.assert(
      fc.property(names, (all) => {
        const facts = factsSample({
          agentSeries: true,
          overview: overviewSample({
            swarms: all.flatMap((name) => [
              managedSample({ id: name, label: name, agents: [agentSample(1, { id: name, name, command: name })] }),
              observedSample({ agentKind: name, directory: name }),
            ]),
            engine: { ...overviewSample().engine, version: all[0] as string },
          }),
          guard: guardSample({ breakers: all.map((id) => breaker({ id, label: id })) }),
          decisions: all.map((swarmId) => ({ swarmId, made: new Map([["scaler", 1]]), ended: new Map() })),
          forecast: () => null,
        });
        const read = families(facts);
        const text = prometheusText(read);
        const known = new Set(read.map(({ metric }) => prometheusName(metric)));
        for (const [family] of readPrometheus(text)) expect(known.has(family.replace(/_total$/, ""))).toBe(true);
        expect(readOpenMetrics(openMetricsText(read)).size).toBe(read.length);
        expect(readOtlp(otlpBody(read, identity)).size).toBe(read.length);
        expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThan(1_000);
        expect(text).not.toMatch(/[\p{Cf}\p{Cs}]/u);
      }),
      { numRuns: 40 },
    );
  });

  test("two that read the same once cleaned are one series, and the other is counted as left out", () => {
    const swarms = [managedSample({ id: "a\u202e" }), managedSample({ id: "a", live: 9 })];
    const read = prometheus(factsSample({ overview: overviewSample({ swarms }), forecast: () => null }));
    expect(read.get("swarm_allocator_swarm_agents_live")?.samples).toEqual([
      { name: "swarm_allocator_swarm_agents_live", labels: { swarm: "a" }, value: 2 },
    ]);
    expect(read.get("swarm_allocator_series_left_out")?.samples[0]?.value).toBeGreaterThan(0);
  });
});

describe("the number of series", () => {
  test("is bounded however many swarms, agents and kinds there are", () => {
    const swarms = [
      ...Array.from({ length: 400 }, (_, i) =>
        managedSample({ id: `s${i}`, agents: Array.from({ length: 50 }, (__, j) => agentSample(i * 1000 + j)) }),
      ),
      ...Array.from({ length: 400 }, (_, i) => observedSample({ id: `o${i}`, agentKind: `kind${i}` })),
    ];
    const read = families(factsSample({ overview: overviewSample({ swarms }), agentSeries: true }));
    const count = read.reduce((sum, { samples }) => sum + samples.length, 0);
    expect(count).toBeLessThanOrEqual(MOST_SERIES + 1);
    const of = (name: string) => read.find(({ metric }) => metric.name === name)?.samples.length;
    expect([of("swarm.agents.live"), of("agent.working"), of("observed.agents")]).toEqual([100, 200, 50]);
  });

  test("ends at its cap, and what is beyond is told", () => {
    const many = gauge("many", "{thing}", "Many.", () =>
      Array.from({ length: MOST_SERIES + 5 }, (_, i) => ({ value: i, labels: { i: String(i) } })),
    );
    const read = collectFamilies([many], factsSample());
    expect(read[0]?.samples.length).toBe(MOST_SERIES);
    expect(read.at(-1)?.samples).toEqual([{ labels: [], value: 5 }]);
  });

  test("of single agents is none unless they were asked for", () => {
    const read = prometheus(factsSample());
    expect([...read.keys()].filter((name) => name.startsWith("swarm_allocator_agent_"))).toEqual([]);
  });
});

describe("the form that is answered", () => {
  test.each([
    [undefined, false],
    ["*/*", false],
    ["text/plain", false],
    ["text/plain;version=0.0.4;q=0.5,*/*;q=0.1", false],
    ["application/openmetrics-text", true],
    ["application/openmetrics-text; version=1.0.0; charset=utf-8", true],
    ["application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2", true],
    ["application/openmetrics-text;version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", false],
    ["application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.5", true],
    ["application/openmetrics-text;version=1.0.0;q=0.2,text/plain;q=0.9", false],
    ["application/openmetrics-text;q=0", false],
    ["application/openmetrics-text;q=NaN", false],
    [";;;,,,=", false],
    ["application/json", false],
  ])("to Accept %s", (accept, expected) => {
    expect(prefersOpenMetrics(accept)).toBe(expected);
  });
});

test("Prometheus' own checker finds no fault, where it is installed", (context) => {
  const text = prometheusText(families(everything()));
  const checked = spawnSync("promtool", ["check", "metrics"], { input: text, encoding: "utf8", timeout: 20_000 });
  if (checked.error !== undefined) return context.skip("promtool is not installed (Debian: prometheus)");
  expect(`${checked.stdout}${checked.stderr}`).toBe("");
  expect(checked.status).toBe(0);
});
