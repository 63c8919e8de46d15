import { expect, expectTypeOf, test } from "vitest";
import * as z from "zod";
import { verbs } from "../../src/cli/verbs/all.ts";
import type { MetricsOutput, StatusOutput, SwarmStatus } from "../../src/engine/protocol/cli.ts";
import type { AgentRow, EngineHealth, HostSample, ManagedSwarmRow } from "../../src/engine/protocol/model.ts";
import type { MetricsReport } from "../../src/engine/protocol/rpc.ts";

test("the contracts say what the engine says: a field added there is a field missing here", () => {
  expectTypeOf<keyof SwarmStatus["agents"][number]>().toEqualTypeOf<keyof AgentRow>();
  expectTypeOf<SwarmStatus["agents"][number]["state"]>().toEqualTypeOf<AgentRow["state"]>();
  expectTypeOf<NonNullable<SwarmStatus["activity"]>["kind"]>().toEqualTypeOf<ManagedSwarmRow["activity"]["kind"]>();
  expectTypeOf<Exclude<keyof ManagedSwarmRow, keyof SwarmStatus>>().toEqualTypeOf<never>();
  expectTypeOf<keyof StatusOutput["engine"]>().toEqualTypeOf<keyof EngineHealth>();
  expectTypeOf<keyof NonNullable<StatusOutput["host"]>>().toEqualTypeOf<keyof HostSample>();
  expectTypeOf<keyof MetricsOutput>().toEqualTypeOf<keyof MetricsReport>();
});

test("every output can be described as JSON Schema", () => {
  for (const verb of verbs) {
    expect(z.toJSONSchema(verb.output, { io: "output" }), verb.name).toHaveProperty("properties");
  }
});
