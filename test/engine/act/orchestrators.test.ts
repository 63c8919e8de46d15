import { describe, expect, test } from "vitest";
import { OrchestratorSet } from "../../../src/engine/act/orchestrators.ts";
import { CodedError } from "../../../src/engine/common/errors.ts";
import { ManualClock } from "../../../src/engine/common/clock.ts";
import type { ConfirmedScale, TopologyOptimizer } from "../../../src/engine/ports.ts";
import type { OrchestratedSwarm, OrchestratorView, RecordsOutcome } from "../../../src/engine/providers/provider.ts";
import { MemoryLedger, signal, world } from "./pilotWorld.ts";

const silent = () => undefined;

/** A swarm of an orchestrator that does what it is told. */
function set(ledger = new MemoryLedger(), topology?: TopologyOptimizer) {
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
    end: () => {
      called.push("end");
      return new Promise<void>(silent);
    },
    dispose: () => void called.push("dispose"),
    optimizeTopology: async () => {
      called.push("own tool");
      return { kind: "confirmed", from: "mesh", to: "ring" };
    },
  } as unknown as OrchestratedSwarm;
  const orchestrators = new OrchestratorSet({
    clock: new ManualClock(),
    log: { debug: silent, info: silent, warn: silent, error: silent },
    book: () => pilots.pilot.book,
    create: () => swarm,
    ...(topology === undefined ? {} : { topology }),
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

test("a swarm whose end takes too long is told so a last time when the engine goes", () => {
  const { orchestrators, called } = set();
  void orchestrators.end();
  expect(orchestrators.list()).toEqual([]);
  orchestrators.dispose();
  expect(called).toEqual(["end", "dispose"]);
});

describe("the topology optimizer", () => {
  /** Keeps what it is called with, and does as it is told. */
  function optimizer(act: TopologyOptimizer["afterScale"]) {
    const scales: ConfirmedScale[] = [];
    const one: TopologyOptimizer = {
      afterScale: (scale, ...rest) => {
        scales.push(scale);
        return act(scale, ...rest);
      },
    };
    return { scales, one };
  }
  const ring = { kind: "confirmed", from: "mesh", to: "ring" } as const;

  test("is called once after a scale that was confirmed, and what it says goes with the size", async () => {
    const { scales, one } = optimizer(async () => ring);
    const { orchestrators, called, pilot } = set(undefined, one);
    const outcome = await orchestrators.scale("flow", 5, "ann", 1_000, signal);
    expect(outcome).toMatchObject({ kind: "confirmed", claimed: { records: 5, topology: ring } });
    expect(scales).toEqual([{ swarmId: "flow", from: 2, to: 5, by: "ann" }]);
    expect(called).toEqual(["scale 5"]);
    expect(pilot.list({ limit: 1 })[0]?.state).toEqual(outcome);
  });

  test("is the orchestrator's own tool where nobody else is", async () => {
    const { orchestrators, called } = set();
    expect(await orchestrators.scale("flow", 5, "ann", 1_000, signal)).toMatchObject({ claimed: { topology: ring } });
    expect(called).toEqual(["scale 5", "own tool"]);
  });

  test("is not called after a scale that was not confirmed or was refused", async () => {
    const { scales, one } = optimizer(async () => ring);
    const { orchestrators, ends } = set(undefined, one);
    expect(await orchestrators.scale("flow", 99, "ann", 1_000, signal)).toMatchObject({ kind: "refused" });
    const reason = { code: "scale.recordsUnmoved", args: {} };
    ends({ kind: "unconfirmed", records: 2, reason, notes: [] });
    const outcome = await orchestrators.scale("flow", 5, "ann", 1_000, signal);
    expect(outcome).toMatchObject({ kind: "unconfirmed", claimed: { records: 2 } });
    expect(outcome).not.toHaveProperty("claimed.topology");
    expect(scales).toEqual([]);
  });

  test("takes nothing from the size, whether it throws, hangs, or its caller gives up", async () => {
    const codeOf = async (act: TopologyOptimizer["afterScale"], deadlineMs = 1_000, caller = signal) => {
      const { orchestrators } = set(undefined, optimizer(act).one);
      const outcome = await orchestrators.scale("flow", 5, "ann", deadlineMs, caller);
      expect(outcome.kind).toBe("confirmed");
      const topology = outcome.kind === "confirmed" ? outcome.claimed?.topology : undefined;
      return topology?.kind === "unconfirmed" ? topology.reason.code : topology?.kind;
    };
    expect(
      await codeOf(() => {
        throw new CodedError("mcp.timeout", {});
      }),
    ).toBe("mcp.timeout");
    expect(await codeOf(() => Promise.reject(new Error("broken")))).toBe("internal");
    let aborted: AbortSignal | null = null;
    const hang: TopologyOptimizer["afterScale"] = (_, until) => {
      aborted = until;
      return new Promise(() => undefined);
    };
    expect(await codeOf(hang, 20)).toBe("topology.deadline");
    expect((aborted as AbortSignal | null)?.aborted).toBe(true);
    const giveUp = new AbortController();
    const told = codeOf(hang, 60_000, giveUp.signal);
    setImmediate(() => giveUp.abort());
    expect(await told).toBe("aborted");
  });
});
