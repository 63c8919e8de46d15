import { describe, expect, test } from "vitest";
import { OrchestratorSet } from "../../../src/engine/act/orchestrators.ts";
import { ManualClock } from "../../../src/engine/common/clock.ts";
import type { OrchestratedSwarm, OrchestratorView, RecordsOutcome } from "../../../src/engine/providers/provider.ts";
import { MemoryLedger, signal, world } from "./pilotWorld.ts";

const silent = () => undefined;

/** A swarm of an orchestrator that does what it is told. */
function set(ledger = new MemoryLedger()) {
  const pilots = world(ledger);
  const called: string[] = [];
  let outcome: RecordsOutcome = { kind: "confirmed", records: 5, notes: [] };
  let during = silent;
  const swarm = {
    id: "flow",
    onChange: () => ({ dispose: silent }),
    view: () => ({ recordCount: 2, records: [] }) as unknown as OrchestratorView,
    refusal: (target: number) => (target > 9 ? { code: "scale.aboveMax", args: {} } : null),
    breaker: () => ({ state: "closed", failures: 0, refused: 0 }),
    scale: async (target: number) => {
      called.push(`scale ${target}`);
      during();
      return outcome;
    },
  } as unknown as OrchestratedSwarm;
  const orchestrators = new OrchestratorSet({
    clock: new ManualClock(),
    log: { debug: silent, info: silent, warn: silent, error: silent },
    book: () => pilots.pilot.book,
    create: () => swarm,
  });
  const bounds = { minAgents: 0, maxAgents: 9, connectionKey: "" };
  orchestrators.define([{ id: "flow", label: "flow", mode: "recommend", provider: "claudeFlow", ...bounds }]);
  return {
    ...{ ...pilots, orchestrators, called, swarm },
    ends: (next: RecordsOutcome) => (outcome = next),
    during: (next: () => undefined) => (during = next),
  };
}

describe("what is done to a swarm of an orchestrator", () => {
  test("is written down; an end that the disk refused is shown all the same, and written at a later tick", async () => {
    const { orchestrators, pilot, ledger, look, during, states } = set();
    look();
    during(() => void (ledger.failing = true));
    expect(await orchestrators.scale("flow", 5, "ann", 1_000, signal)).toMatchObject({ kind: "confirmed" });
    expect(states()).toEqual(["operator 2→5 acting"]);
    expect(pilot.list({ limit: 5 }).map(({ state }) => state.kind)).toEqual(["confirmed"]);
    look();
    expect(states()).toEqual(["operator 2→5 acting"]);
    ledger.failing = false;
    look();
    expect(states()).toEqual(["operator 2→5 confirmed"]);
  });
});
