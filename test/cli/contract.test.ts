import { expect, expectTypeOf, test } from "vitest";
import * as z from "zod";
import { verbs } from "../../src/cli/verbs/all.ts";
import type {
  BackupOutput,
  CliDecision,
  DecisionsOutput,
  DiagnosticsOutput,
  MetricsOutput,
  StatusOutput,
  SwarmStatus,
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
  DecisionsState,
  Diagnostics,
  MetricsReport,
} from "../../src/engine/protocol/rpc.ts";

test("the contracts say what the engine says: a field added there is a field missing here", () => {
  expectTypeOf<keyof SwarmStatus["agents"][number]>().toEqualTypeOf<keyof AgentRow>();
  expectTypeOf<SwarmStatus["agents"][number]["state"]>().toEqualTypeOf<AgentRow["state"]>();
  expectTypeOf<NonNullable<SwarmStatus["activity"]>["kind"]>().toEqualTypeOf<ManagedSwarmRow["activity"]["kind"]>();
  expectTypeOf<Exclude<keyof ManagedSwarmRow, keyof SwarmStatus>>().toEqualTypeOf<never>();
  expectTypeOf<keyof StatusOutput["engine"]>().toEqualTypeOf<keyof EngineHealth>();
  expectTypeOf<keyof NonNullable<StatusOutput["host"]>>().toEqualTypeOf<keyof HostSample>();
  expectTypeOf<keyof MetricsOutput>().toEqualTypeOf<keyof MetricsReport>();
  expectTypeOf<keyof NonNullable<SwarmStatus["scaling"]>>().toEqualTypeOf<keyof ScalingStatus>();
  expectTypeOf<keyof DecisionsOutput>().toEqualTypeOf<keyof DecisionsState>();
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
});

test("every output can be described as JSON Schema", () => {
  for (const verb of verbs) {
    expect(z.toJSONSchema(verb.output, { io: "output" }), verb.name).toHaveProperty("properties");
  }
});
