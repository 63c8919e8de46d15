import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { severityOf } from "../../../../src/engine/analyse/bottlenecks/finding.ts";
import { findBottlenecks, LOOKS } from "../../../../src/engine/analyse/bottlenecks/findBottlenecks.ts";
import type { BottleneckInputs } from "../../../../src/engine/ports/bottlenecks.ts";
import {
  BOTTLENECK_COMPONENTS,
  BOTTLENECK_KINDS,
  type BottleneckComponent,
  type BottleneckKind,
  SEVERITIES,
} from "../../../../src/engine/protocol/bottlenecks.ts";
import { reasonText } from "../../../../src/text/reasons.ts";
import { host } from "../../../views/overviews.ts";
import { inputsOf, steps, swarmOf, troubledInputs } from "./inputs.ts";

const GB = 1_000_000_000;
const one = (inputs: BottleneckInputs, component: BottleneckComponent, kind: BottleneckKind, subject?: string) => {
  const found = LOOKS[component](inputs).find(
    (f) => f.kind === kind && (subject === undefined || f.subject === subject),
  );
  if (found === undefined) throw new Error(`no ${component} ${kind}`);
  return found;
};

describe("every component", () => {
  test.each(BOTTLENECK_COMPONENTS)(
    "%s tells utilisation, saturation and errors, once each for each subject",
    (name) => {
      const found = LOOKS[name](troubledInputs());
      for (const subject of new Set(found.map((f) => f.subject))) {
        const kinds = found.filter((f) => f.subject === subject).map(({ kind }) => kind);
        expect(new Set(kinds).size).toBe(kinds.length);
        expect(kinds.every((kind) => BOTTLENECK_KINDS.includes(kind))).toBe(true);
      }
      expect(found.every(({ component }) => component === name)).toBe(true);
      expect(found.length).toBeGreaterThanOrEqual(3);
    },
  );

  test("says unknown of what was not measured, with a reason and without a suggestion, and never 0", () => {
    for (const f of findBottlenecks(inputsOf({}, { host: null }), BOTTLENECK_COMPONENTS)) {
      expect(f).toMatchObject({ severity: "unknown", suggestion: null });
      expect(f.reason).not.toBeNull();
      // The one figure that is always there counts the engine's late ticks.
      for (const { metric, value, source } of f.evidence)
        expect([metric, value, source]).toEqual(
          metric === "lateTicks" ? [metric, 0, "measured"] : [metric, null, "unknown"],
        );
    }
  });

  test("has words for each suggestion and each reason", () => {
    const found = [
      ...findBottlenecks(troubledInputs(), BOTTLENECK_COMPONENTS),
      ...findBottlenecks(inputsOf({}, { swarms: [swarmOf()] }), BOTTLENECK_COMPONENTS),
    ];
    for (const { reason, suggestion } of found)
      for (const coded of [reason, suggestion])
        if (coded !== null) expect(reasonText(coded)).not.toContain("bottleneck.");
  });

  test("never throws and never shows what is no number", () => {
    const series = fc
      .oneof(fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, 0, -1, 1e308), fc.double({ min: 0, max: 5 }))
      .map((value) => steps(value));
    const machine = fc.record({
      ...{ cpuBusyRatio: series, cpuPressureRatio: series, loadAverage1m: series, memoryUsedBytes: series },
      ...{ memoryPressureRatio: series, ioPressureRatio: series, tickMs: series },
    });
    fc.assert(
      fc.property(machine, series, fc.constantFrom(0, 1, Number.NaN), (given, demand, live) => {
        const swarms = [swarmOf({ demand, liveSteps: demand, live, target: live })];
        for (const f of findBottlenecks(inputsOf(given, { swarms }), BOTTLENECK_COMPONENTS)) {
          expect(SEVERITIES).toContain(f.severity);
          for (const { value } of f.evidence) expect(value === null || Number.isFinite(value)).toBe(true);
        }
      }),
    );
  });
});

describe("by hand", () => {
  test("a threshold is reached at its value", () => {
    const thresholds = { minor: 0.7, major: 0.85, critical: 0.95 };
    expect([0.69, 0.7, 0.85, 0.95, null, Number.NaN].map((value) => severityOf(value, thresholds))).toEqual([
      "none",
      "minor",
      "major",
      "critical",
      "unknown",
      "unknown",
    ]);
  });

  test("processors: 80% busy is minor; pressure of 60% major; without PSI load 6 on 4 cores", () => {
    const busy = inputsOf({ cpuBusyRatio: steps(0.8), cpuPressureRatio: steps(0.6) });
    expect(one(busy, "cpu", "utilisation")).toMatchObject({
      severity: "minor",
      evidence: [{ value: expect.closeTo(0.8, 10), span: "window", windowMs: 900_000, source: "derived" }],
      suggestion: { code: "bottleneck.cpu" },
    });
    expect(one(busy, "cpu", "saturation").severity).toBe("major");
    expect(one(inputsOf({ loadAverage1m: steps(6) }), "cpu", "saturation")).toMatchObject({
      severity: "major",
      evidence: [
        { metric: "loadPerCore", value: 1.5 },
        { metric: "cpuPressureRatio", value: null },
      ],
    });
  });

  test("processors: the load of a host is set against its cores, however few of them we may use", () => {
    const limited = host({ cpuCount: 8, cpuCapacityCores: 1 });
    const inputs = inputsOf({ loadAverage1m: steps(6) }, { host: limited });
    expect(one(inputs, "cpu", "saturation")).toMatchObject({ severity: "none", evidence: [{ value: 0.75 }, {}] });
  });

  test("nine measured steps say nothing, ten do", () => {
    expect(one(inputsOf({ cpuBusyRatio: steps(1, 9) }), "cpu", "utilisation").severity).toBe("unknown");
    expect(one(inputsOf({ cpuBusyRatio: steps(1, 10) }), "cpu", "utilisation").severity).toBe("critical");
  });

  test("memory: 15 of 16 GB are major; without PSI half of the swap", () => {
    const host = { cpuCount: 4, memoryCapacityBytes: 16 * GB, swapTotalBytes: 2 * GB, swapUsedBytes: GB };
    const inputs = inputsOf({ memoryUsedBytes: steps(15 * GB) }, { host });
    expect(one(inputs, "memory", "utilisation")).toMatchObject({ severity: "major", evidence: [{ value: 0.9375 }] });
    expect(one(inputs, "memory", "saturation")).toMatchObject({
      severity: "major",
      evidence: [{ metric: "swapUsedRatio", value: 0.5 }, {}],
    });
    // Without swap space nothing is known, which is not nothing used.
    expect(one(inputsOf(), "memory", "saturation").severity).toBe("unknown");
  });

  test("the network's share is unknown, with what went over it", () => {
    const inputs = inputsOf({ networkReceiveBytesPerSecond: steps(3), networkTransmitBytesPerSecond: steps(4) });
    expect(one(inputs, "network", "utilisation")).toMatchObject({
      severity: "unknown",
      reason: { code: "bottleneck.linkSpeed" },
      evidence: [{ value: 7, unit: "bytesPerSecond" }],
    });
  });

  test("a lane: 19 of 20 places, 90 s of the minute to start, 3 shed", () => {
    const found = BOTTLENECK_KINDS.map((kind) => one(troubledInputs(), "lanes", kind, "standard"));
    expect(found.map(({ severity, evidence }) => [severity, evidence[0]?.value])).toEqual([
      ["major", 0.95],
      ["major", 1.5],
      ["unknown", 3],
    ]);
    const idle = { lane: "critical", limit: 4, inUse: 0, queued: 0, queueLimit: 9, shed: 0, waitP95Ms: null } as const;
    expect(one(inputsOf({}, { lanes: [idle] }), "lanes", "saturation")).toMatchObject({
      severity: "unknown",
      reason: { code: "bottleneck.noTasks" },
    });
    // What was shed since the engine started says nothing about this window, unless it is nothing.
    expect(found[2]).toMatchObject({
      ...{ thresholds: null, suggestion: null, evidence: [{ metric: "shedTasks", span: "engine" }] },
      reason: { code: "bottleneck.laneShed", args: { lane: "standard", shed: 3, queueLimit: 100 } },
    });
    expect(one(inputsOf({}, { lanes: [idle] }), "lanes", "errors")).toMatchObject({ severity: "none", reason: null });
  });

  test("a provider: 2 of 8 wanted are missing, one of two swarms is in trouble", () => {
    const swarms = [
      swarmOf({ target: 4, live: 2 }),
      swarmOf({ id: "b", hasProblem: true }),
      swarmOf({ id: "off", target: 0 }),
    ];
    const inputs = inputsOf({}, { swarms });
    expect(one(inputs, "providers", "saturation")).toMatchObject({ severity: "major", evidence: [{ value: 0.25 }] });
    expect(one(inputs, "providers", "errors")).toMatchObject({
      severity: "critical",
      suggestion: { code: "bottleneck.trouble", args: { swarmId: "b" } },
    });
    // 6 live of 16: the one that is stopped has no say.
    expect(one(inputs, "providers", "utilisation").evidence[0]?.value).toBe(0.375);
  });

  test("coordination: 5 demanded of 4 agents, 1 waiting for 4, 2 of 5 changes not seen", () => {
    const decisions = ["confirmed", "unconfirmed", "confirmed", "rolledBack", "confirmed", "recommended"] as const;
    const swarm = swarmOf({ demand: steps(5), waiting: steps(1), decisions });
    const found = BOTTLENECK_KINDS.map((kind) =>
      one(inputsOf({}, { swarms: [swarm] }), "swarm-coordination", kind, "docs"),
    );
    expect(found.map(({ severity, evidence }) => [severity, evidence[0]?.value])).toEqual([
      ["critical", 1.25],
      ["none", 0.25],
      ["major", 0.4],
    ]);
    const few = inputsOf({}, { swarms: [swarmOf({ decisions: ["confirmed"] })] });
    expect(one(few, "swarm-coordination", "errors", "docs").reason).toMatchObject({ code: "bottleneck.fewDecisions" });
  });

  test("coordination: a swarm that was stopped for most of the window is judged by the rest of it", () => {
    const running = 15;
    // Stopped: no agents, no demand known, nothing waits. Running: 4 agents, 4 demanded, 2 waiting.
    const swarm = swarmOf({
      demand: steps(4, running),
      liveSteps: steps(4).map((live, n) => (n < running ? live : 0)),
      waiting: steps(2).map((waiting, n) => (n < running ? waiting : 0)),
    });
    const valueOf = (kind: BottleneckKind) =>
      one(inputsOf({}, { swarms: [swarm] }), "swarm-coordination", kind, "docs").evidence[0]?.value;
    expect([valueOf("utilisation"), valueOf("saturation")]).toEqual([1, 0.5]);
  });

  test("coordination: nine steps in which both were measured say nothing, whatever there is of each", () => {
    const early = steps(4, 50);
    const late = steps(4).map((live, n) => (n < 41 ? Number.NaN : live));
    const inputs = inputsOf({}, { swarms: [swarmOf({ demand: early, liveSteps: late })] });
    expect(one(inputs, "swarm-coordination", "utilisation", "docs").severity).toBe("unknown");
  });

  test("the engine: a tick of 600 ms in an interval of a second", () => {
    const found = LOOKS["swarm-coordination"](inputsOf({ tickMs: steps(600) }));
    expect(found).toMatchObject([
      { subject: null, severity: "major", evidence: [{ value: 0.6 }, { metric: "lateTicks" }] },
    ]);
  });
});

test("the worst stands first, of equal severity the one furthest beyond its threshold, and what is unknown last", () => {
  const found = findBottlenecks(troubledInputs(), BOTTLENECK_COMPONENTS);
  const order = found.map(({ severity }) => SEVERITIES.indexOf(severity));
  expect(order).toEqual(order.toSorted((a, b) => a - b));
  // 1.25 ÷ 1 before 0.96 ÷ 0.95 before 1 ÷ 1.
  expect(found.slice(0, 3).map(({ component, kind }) => [component, kind])).toEqual([
    ["swarm-coordination", "utilisation"],
    ["cpu", "utilisation"],
    ["breakers", "saturation"],
  ]);
  expect(findBottlenecks(troubledInputs(), ["disk"]).every(({ component }) => component === "disk")).toBe(true);
});
