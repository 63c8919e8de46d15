import { expect, expectTypeOf, test } from "vitest";
import * as z from "zod";
import { verbs } from "../../src/cli/verbs/all.ts";
import type {
  BackupOutput,
  BottleneckOutput,
  CapacityOutput,
  CliBreaker,
  CliDecision,
  CliLane,
  CliTask,
  DecisionsOutput,
  DiagnosticsOutput,
  DoorsOutput,
  KpisOutput,
  MetricsOutput,
  PatternsOutput,
  PerformanceReportOutput,
  ProfilePerformanceOutput,
  StacksOutput,
  StatusOutput,
  SwarmStatus,
  TaskOutputValue,
  TasksOutput,
  TaskSubmitOutput,
} from "../../src/engine/protocol/cli.ts";
import type {
  AgentRow,
  EngineHealth,
  HostSample,
  ManagedSwarmRow,
  ScalingInputs,
  ScalingStatus,
} from "../../src/engine/protocol/model.ts";
import type {
  BackupResult,
  DecisionRow,
  DecisionList,
  Diagnostics,
  MetricsReport,
} from "../../src/engine/protocol/rpc.ts";
import type { Bottleneck, BottleneckReport, Evidence } from "../../src/engine/protocol/bottlenecks.ts";
import type { CapacityKind, CapacityPlan, CapacityRow, WhatIf } from "../../src/engine/protocol/capacity.ts";
import type { DoorsState } from "../../src/engine/protocol/doors.ts";
import type { Kpi, KpiReport } from "../../src/engine/protocol/kpis.ts";
import type { PerformanceReport, Told } from "../../src/engine/protocol/performanceReport.ts";
import type { ProfileReport, StackReport } from "../../src/engine/protocol/profiling.ts";
import type { Patterns, SeriesCorrelation, SeriesPatterns } from "../../src/engine/protocol/patterns.ts";
import type {
  BreakerRow,
  LaneRow,
  SubmitResult,
  TaskDetail,
  TaskList,
  TaskRow,
} from "../../src/engine/protocol/tasks.ts";

/** Fields by kind: `keyof` of a union has only those that all its kinds share. */
type KeysByKind<T extends { readonly kind: string }> = {
  [K in T["kind"]]: keyof Extract<T, { readonly kind: K }>;
};

/** A part of a report, when it is told. */
type Known<T extends Told<unknown>> = Extract<T, { readonly kind: "known" }>["value"];

test("the contracts say what the engine says: a field added there is a field missing here", () => {
  expectTypeOf<keyof SwarmStatus["agents"][number]>().toEqualTypeOf<keyof AgentRow>();
  expectTypeOf<SwarmStatus["agents"][number]["state"]>().toEqualTypeOf<AgentRow["state"]>();
  expectTypeOf<NonNullable<SwarmStatus["activity"]>["kind"]>().toEqualTypeOf<ManagedSwarmRow["activity"]["kind"]>();
  expectTypeOf<Exclude<keyof ManagedSwarmRow, keyof SwarmStatus>>().toEqualTypeOf<never>();
  expectTypeOf<keyof StatusOutput["engine"]>().toEqualTypeOf<keyof EngineHealth>();
  expectTypeOf<keyof NonNullable<StatusOutput["host"]>>().toEqualTypeOf<keyof HostSample>();
  expectTypeOf<keyof MetricsOutput>().toEqualTypeOf<keyof MetricsReport>();
  expectTypeOf<keyof NonNullable<SwarmStatus["scaling"]>>().toEqualTypeOf<keyof ScalingStatus>();
  expectTypeOf<keyof DecisionsOutput>().toEqualTypeOf<keyof DecisionList>();
  expectTypeOf<keyof CliDecision>().toEqualTypeOf<keyof DecisionRow>();
  expectTypeOf<CliDecision["state"]["kind"]>().toEqualTypeOf<DecisionRow["state"]["kind"]>();
  expectTypeOf<keyof NonNullable<CliDecision["inputs"]>>().toEqualTypeOf<keyof ScalingInputs>();
  expectTypeOf<keyof BackupOutput>().toEqualTypeOf<keyof BackupResult>();
  expectTypeOf<keyof DiagnosticsOutput>().toEqualTypeOf<keyof Diagnostics>();
  expectTypeOf<keyof DiagnosticsOutput["store"]>().toEqualTypeOf<keyof Diagnostics["store"]>();
  expectTypeOf<keyof DiagnosticsOutput["swarms"][number]>().toEqualTypeOf<keyof Diagnostics["swarms"][number]>();
  expectTypeOf<keyof NonNullable<DiagnosticsOutput["facts"]>>().toEqualTypeOf<
    keyof NonNullable<Diagnostics["facts"]>
  >();
  expectTypeOf<keyof CliTask>().toEqualTypeOf<keyof TaskRow>();
  expectTypeOf<KeysByKind<CliTask["state"]>>().toEqualTypeOf<KeysByKind<TaskRow["state"]>>();
  expectTypeOf<keyof TaskOutputValue>().toEqualTypeOf<keyof TaskDetail>();
  expectTypeOf<keyof TasksOutput>().toEqualTypeOf<keyof TaskList>();
  expectTypeOf<KeysByKind<TaskSubmitOutput["results"][number]>>().toEqualTypeOf<KeysByKind<SubmitResult>>();
  expectTypeOf<keyof CliLane>().toEqualTypeOf<keyof LaneRow>();
  expectTypeOf<CliLane["gate"]>().toEqualTypeOf<LaneRow["gate"]>();
  expectTypeOf<keyof CliBreaker>().toEqualTypeOf<keyof BreakerRow>();
  expectTypeOf<KeysByKind<CliBreaker["state"]>>().toEqualTypeOf<KeysByKind<BreakerRow["state"]>>();
  expectTypeOf<keyof BottleneckOutput>().toEqualTypeOf<keyof BottleneckReport>();
  type CliFinding = BottleneckOutput["findings"][number];
  expectTypeOf<keyof CliFinding>().toEqualTypeOf<keyof Bottleneck>();
  expectTypeOf<keyof CliFinding["evidence"][number]>().toEqualTypeOf<keyof Evidence>();
  expectTypeOf<keyof CapacityOutput>().toEqualTypeOf<keyof CapacityPlan>();
  expectTypeOf<keyof CapacityOutput["kinds"][number]>().toEqualTypeOf<keyof CapacityKind>();
  expectTypeOf<keyof NonNullable<CapacityOutput["kinds"][number]["whatIf"]>>().toEqualTypeOf<keyof WhatIf>();
  expectTypeOf<keyof CapacityOutput["rows"][number]>().toEqualTypeOf<keyof CapacityRow>();
  expectTypeOf<keyof KpisOutput>().toEqualTypeOf<keyof KpiReport>();
  expectTypeOf<keyof KpisOutput["kpis"][number]>().toEqualTypeOf<keyof Kpi>();
  expectTypeOf<KeysByKind<KpisOutput["kpis"][number]["trend"]>>().toEqualTypeOf<KeysByKind<Kpi["trend"]>>();
  expectTypeOf<keyof PerformanceReportOutput>().toEqualTypeOf<keyof PerformanceReport>();
  for (const part of ["load", "decisions", "anomalies", "breakers", "capacity", "recommendations"] as const) {
    type Part = typeof part;
    expectTypeOf<keyof Known<PerformanceReportOutput[Part]>>().toEqualTypeOf<keyof Known<PerformanceReport[Part]>>();
  }
  expectTypeOf<keyof ProfilePerformanceOutput>().toEqualTypeOf<keyof ProfileReport>();
  for (const part of ["cpu", "memory", "io", "application"] as const) {
    type Part = typeof part;
    expectTypeOf<keyof NonNullable<ProfilePerformanceOutput[Part]>>().toEqualTypeOf<
      keyof NonNullable<ProfileReport[Part]>
    >();
  }
  expectTypeOf<KeysByKind<DoorsOutput["http"]>>().toEqualTypeOf<KeysByKind<DoorsState["http"]>>();
  expectTypeOf<KeysByKind<DoorsOutput["otlp"]>>().toEqualTypeOf<KeysByKind<DoorsState["otlp"]>>();
  expectTypeOf<keyof DiagnosticsOutput["doors"]["http"]>().toEqualTypeOf<keyof Diagnostics["doors"]["http"]>();
  expectTypeOf<keyof DiagnosticsOutput["doors"]["otlp"]>().toEqualTypeOf<keyof Diagnostics["doors"]["otlp"]>();
  expectTypeOf<keyof StacksOutput>().toEqualTypeOf<keyof StackReport>();
  expectTypeOf<keyof PatternsOutput>().toEqualTypeOf<keyof Patterns>();
  type CliSeries = PatternsOutput["series"][number];
  expectTypeOf<keyof CliSeries>().toEqualTypeOf<keyof SeriesPatterns>();
  expectTypeOf<keyof CliSeries["temporal"]>().toEqualTypeOf<keyof SeriesPatterns["temporal"]>();
  expectTypeOf<KeysByKind<CliSeries["temporal"]["daily"]>>().toEqualTypeOf<
    KeysByKind<SeriesPatterns["temporal"]["daily"]>
  >();
  expectTypeOf<KeysByKind<CliSeries["temporal"]["period"]>>().toEqualTypeOf<
    KeysByKind<SeriesPatterns["temporal"]["period"]>
  >();
  expectTypeOf<KeysByKind<CliSeries["temporal"]["heatMap"]>>().toEqualTypeOf<
    KeysByKind<SeriesPatterns["temporal"]["heatMap"]>
  >();
  expectTypeOf<KeysByKind<CliSeries["load"]>>().toEqualTypeOf<KeysByKind<SeriesPatterns["load"]>>();
  expectTypeOf<KeysByKind<CliSeries["growth"]>>().toEqualTypeOf<KeysByKind<SeriesPatterns["growth"]>>();
  expectTypeOf<KeysByKind<CliSeries["volatility"]>>().toEqualTypeOf<KeysByKind<SeriesPatterns["volatility"]>>();
  expectTypeOf<KeysByKind<CliSeries["predictability"]>>().toEqualTypeOf<KeysByKind<SeriesPatterns["predictability"]>>();
  expectTypeOf<KeysByKind<PatternsOutput["correlations"][number]["correlation"]>>().toEqualTypeOf<
    KeysByKind<SeriesCorrelation["correlation"]>
  >();
  expectTypeOf<keyof PatternsOutput["correlations"][number]>().toEqualTypeOf<keyof SeriesCorrelation>();
});

test("every output can be described as JSON Schema", () => {
  for (const verb of verbs) {
    const schema = z.toJSONSchema(verb.output, { io: "output" });
    expect(schema, verb.name).toHaveProperty(schema.type === "array" ? "items.properties" : "properties");
  }
});
