import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ManagedSwarmRow } from "../../../../src/engine/protocol/model.ts";
import { agentCapacity } from "../../../../src/engine/protocol/agentCapacity.ts";
import { agentCapacityOf, entityTag } from "../../../../src/engine/serve/doors/agentCapacity.ts";
import { DecisionTally } from "../../../../src/engine/serve/doors/decisionTally.ts";
import { agentSample, decisionSample, managedSample, observedSample, overviewSample } from "../../../cli/samples.ts";
import { breaker, guardSample } from "./facts.ts";

function capacityOf(row: Partial<ManagedSwarmRow>, kind: "worker" | "command" = "worker", guard = guardSample()) {
  const overview = overviewSample({ swarms: [managedSample(row), observedSample()] });
  return agentCapacityOf({ overview, guard, agentType: () => kind });
}
const swarmOf = (...args: Parameters<typeof capacityOf>) => capacityOf(...args).swarms[0];

describe("the capacity for a load balancer", () => {
  test("is of its contract, and has swarms of ours alone", () => {
    const capacity = capacityOf({});
    expect(agentCapacity.parse(capacity)).toEqual(capacity);
    expect(capacity.swarms.map(({ id }) => id)).toEqual(["demo"]);
    expect(capacity.lanes[0]).toMatchObject({ lane: "standard", inUse: 3, queued: 7, breaker: "closed" });
  });

  test("counts who has room and who has not", () => {
    const states = [
      "idle",
      "idle",
      "working",
      "draining",
      "starting",
      "stopping",
      "unconfirmed",
      "unresponsive",
    ] as const;
    const agents = states.map((state, i) => agentSample(i + 1, { state }));
    const swarm = swarmOf({ agents, live: 8, target: 8 });
    expect(swarm).toMatchObject({ freeSlots: 2, busySlots: 2, accepting: true, health: "ok" });
    expect(swarm?.agents.map(({ health }) => health)).toEqual([
      ...["ok", "ok", "ok", "leaving", "starting", "leaving", "unknown", "failing"],
    ]);
  });

  test.each([
    ["stopped", { target: 0, live: 0, agents: [] }, "closed"],
    ["unavailable", { target: 3, live: 0, agents: [] }, "closed"],
    ["unavailable", { target: 2, live: 2 }, "open"],
    ["degraded", { target: 3, live: 2 }, "closed"],
    ["degraded", { target: 2, live: 2 }, "halfOpen"],
    ["ok", { target: 2, live: 2 }, "closed"],
  ] as const)("is %s with %j and the breaker %s", (health, row, kind) => {
    const state = {
      kind,
      sinceMs: 1,
      untilMs: 2,
      reason: { code: "x", args: {} },
      inUse: 0,
      successes: 0,
      needed: 1,
    } as never;
    const guard = guardSample({ breakers: [breaker({ state })] });
    const swarm = swarmOf(
      { ...row, agents: row.live === 0 ? [] : [agentSample(1, { state: "idle" })] },
      "worker",
      guard,
    );
    expect(swarm?.health).toBe(health);
    expect(swarm?.accepting).toBe(health === "ok" || health === "degraded");
  });

  test("of commands is what may still be started", () => {
    const agents = [agentSample(1), agentSample(2)];
    expect(swarmOf({ target: 5, live: 2, agents }, "command")).toMatchObject({
      freeSlots: 3,
      health: "ok",
      accepting: true,
    });
    expect(swarmOf({ target: 2, live: 2, agents }, "command")).toMatchObject({ freeSlots: 0, accepting: false });
  });

  test("tells nothing of what agents run, were asked or said", () => {
    const canary = "CANARY";
    const agents = [
      agentSample(1, {
        name: canary,
        command: canary,
        problem: { code: canary, args: { line: canary } },
        tools: [{ pid: 1, startTime: 1, name: canary, cpuCores: null, rssBytes: null }],
      }),
    ];
    const text = JSON.stringify(capacityOf({ label: canary, agents, problem: { code: canary, args: { a: canary } } }));
    expect(text).not.toContain(canary);
  });

  test("brings no control or bidi character of 2,000 hostile names", () => {
    const name = fc.oneof(
      fc.string({ unit: "binary", maxLength: 100 }),
      fc.constantFrom("\u001b[31m", "\u202e", "</script>", "../..", "__proto__", "\u0000"),
    );
    fc.assert(
      fc.property(name, name, (id, agent) => {
        const capacity = capacityOf({ id, label: id, agents: [agentSample(1, { id: agent, name: agent })] });
        const text = JSON.stringify(capacity);
        expect(text).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
        // Nor as an escape, which would be one again once it is read.
        expect(JSON.stringify(JSON.parse(text))).toBe(text);
        expect(capacity.swarms[0]?.id).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
        expect(capacity.swarms[0]?.agents[0]?.id).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
      }),
      { numRuns: 2_000 },
    );
  });

  test("has one tag for one state of affairs, whenever it was measured", () => {
    const one = capacityOf({});
    expect(entityTag({ ...one, sampledAtMs: one.sampledAtMs + 5_000 })).toBe(entityTag(one));
    expect(entityTag(capacityOf({ live: 1 }))).not.toBe(entityTag(one));
    expect(entityTag(one)).toMatch(/^W\/"[\w-]{22}"$/);
  });
});

describe("the tally of decisions", () => {
  const row = (n: number, changes: Parameters<typeof decisionSample>[1] = {}) =>
    decisionSample(n, { origin: "scaler", wallMs: 1_000 + n, ...changes });
  const acting = { kind: "acting", sinceMs: 1 } as const;
  const confirmed = { kind: "confirmed", live: 3, elapsedMs: 10 } as const;
  const unconfirmed = { kind: "unconfirmed", live: 2, elapsedMs: 10, reason: { code: "x", args: {} } } as const;

  test("counts each once, and each of its ends once, however often it is looked at", () => {
    const tally = new DecisionTally(1_000);
    const steps = [
      [row(1, { state: acting })],
      [row(1, { state: unconfirmed })],
      [row(1, { state: confirmed }), row(2, { origin: "operator", state: acting })],
    ];
    for (const rows of steps) {
      tally.look(rows);
      tally.look(rows);
    }
    expect(tally.counts()).toEqual([
      {
        swarmId: row(1).swarmId,
        made: new Map([
          ["scaler", 1],
          ["operator", 1],
        ]),
        ended: new Map([
          ["unconfirmed", 1],
          ["confirmed", 1],
        ]),
      },
    ]);
  });

  test("leaves out those of an engine before", () => {
    const tally = new DecisionTally(5_000);
    tally.look([row(1)]);
    expect(tally.counts()).toEqual([]);
  });

  test("stays bounded over any number of decisions and swarms", () => {
    const tally = new DecisionTally(0);
    for (let i = 0; i < 5_000; i++) tally.look([row(i, { id: `id-${i}`, swarmId: `s${i % 300}` })]);
    expect(tally.counts().length).toBe(100);
    expect(tally.remembered).toBeLessThanOrEqual(2_000);
  });
});
