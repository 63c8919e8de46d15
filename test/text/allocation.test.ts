import { describe, expect, test } from "vitest";
import type { AllocationRecord } from "../../src/engine/protocol/allocators.ts";
import {
  aimsText,
  aimText,
  aimValues,
  allocationStateText,
  changeText,
  effectText,
  limitsText,
  stepStateText,
  stepText,
} from "../../src/text/allocation.ts";
import { moreReasons } from "../../src/text/moreReasons.ts";
import { addReasons } from "../../src/text/reasons.ts";

addReasons(moreReasons);

const record = (over: Partial<AllocationRecord> = {}): AllocationRecord => ({
  ...{ id: "a", wallMs: 1, by: "test", undoOf: null, undoneBy: null },
  steps: [
    {
      limits: { resource: "agents", swarmId: "demo", agents: 6 },
      previous: { resource: "agents", swarmId: "demo", agents: 4 },
      state: { kind: "confirmed", notes: [] },
    },
    { limits: { resource: "network", lanes: { standard: 3 } }, previous: null, state: { kind: "waiting" } },
  ],
  state: { kind: "acting" },
  ...over,
});

describe("an aim", () => {
  test.each([
    ["minimizeLatency", 4.1, "Latency 4.1 s"],
    ["minimizeLatency", 0.34, "Latency 340 ms"],
    ["maximizeUtilization", 0.71, "Utilisation 71%"],
    ["balanceLoad", 0.082, "Load spread 0.08"],
    ["minimizeCost", 1.2, "Cost 1.20 EUR/h"],
    ["minimizeCost", 0.0042, "Cost 0.0042 EUR/h"],
    ["minimizeCost", 0, "Cost 0.00 EUR/h"],
    ["minimizeLatency", null, "Latency unknown"],
  ] as const)("%s of %s is %s", (id, value, text) => {
    expect(aimText(id, value, "EUR")).toBe(text);
  });

  test("stands beside what it was; what is the same, and what was not known, is said once", () => {
    const chosen = { balanceLoad: 0.08, minimizeLatency: 4.1, maximizeUtilization: 0.71 };
    expect(aimsText({ now: { minimizeLatency: 6.2, balanceLoad: 0.081 }, chosen }, null)).toBe(
      "latency 6.2 s → 4.1 s, utilisation 71%, load spread 0.08",
    );
    expect(aimsText({ now: null, chosen }, null)).toBe("latency 4.1 s, utilisation 71%, load spread 0.08");
  });

  test("that cannot be said is left out of what was expected", () => {
    expect(
      aimValues([
        { id: "minimizeLatency", value: 4 },
        { id: "minimizeCost", value: null },
      ]),
    ).toEqual({ minimizeLatency: 4 });
  });
});

describe("limits", () => {
  test("name whom they are for, and each value", () => {
    expect(limitsText({ resource: "agents", swarmId: "demo", agents: 6 })).toBe("demo: agents 6");
    expect(limitsText({ resource: "network", lanes: { background: 1, standard: 3 } })).toBe(
      "lanes: standard 3, background 1",
    );
    expect(limitsText({ resource: "memory", swarmId: "demo", highBytes: null, dataBytes: 2e9 })).toBe(
      "demo: memory limit none, data limit 2.0 GB",
    );
    expect(limitsText({ resource: "cpu", swarmId: "demo", nice: 5, ioLevel: null })).toBe(
      "demo: nice value 5, I/O level as its nice value",
    );
    expect(limitsText({ resource: "storage", swarmId: "demo", outputBytes: 1e6, workspaceBytes: null })).toBe(
      "demo: output kept 1.0 MB, workspace quota none",
    );
  });

  test("that change say from what to what, and leave out what stays", () => {
    expect(
      changeText(
        { resource: "agents", swarmId: "demo", agents: 4 },
        { resource: "agents", swarmId: "demo", agents: 6 },
      ),
    ).toBe("demo: agents 4 → 6");
    expect(
      changeText(
        { resource: "network", lanes: { standard: 4, background: 1 } },
        { resource: "network", lanes: { standard: 3, background: 1 } },
      ),
    ).toBe("lanes: standard 4 → 3");
    expect(
      changeText(
        { resource: "memory", swarmId: "demo", highBytes: null },
        { resource: "memory", swarmId: "demo", highBytes: 96_000_000 },
      ),
    ).toBe("demo: memory limit none → 96 MB");
    expect(changeText({ resource: "cpu", swarmId: "demo" }, { resource: "cpu", swarmId: "demo", weight: 200 })).toBe(
      "demo: CPU weight unknown → 200",
    );
    const same = { resource: "agents", swarmId: "demo", agents: 4 } as const;
    expect(changeText(same, same)).toBe("demo: agents 4 (as it is)");
  });
});

describe("an allocation", () => {
  const reason = { code: "allocation.busy", args: {} };

  test.each([
    [{ kind: "acting" }, {}, "under way, step 2 of 2"],
    [{ kind: "applied", elapsedMs: 4_200 }, {}, "applied in 4.2 s"],
    [{ kind: "applied", elapsedMs: 4_200 }, { undoneBy: "b" }, "applied in 4.2 s, and undone since"],
    [{ kind: "applied", elapsedMs: 900 }, { undoOf: "x" }, "taken back in 900 ms"],
    [{ kind: "rolledBack", reason, left: 0 }, {}, "rolled back: Another allocation is under way."],
    [{ kind: "rolledBack", reason, left: 1 }, {}, "rolled back, but for 1 step: Another allocation is under way."],
    [{ kind: "partly", reason, left: 2 }, {}, "taken back, but for 2 steps: Another allocation is under way."],
    [{ kind: "refused", reason }, {}, "refused, nothing was done: Another allocation is under way."],
    [{ kind: "interrupted" }, {}, "interrupted: the engine ended in the middle"],
  ] as const)("in the state %o with %o is %s", (state, over, text) => {
    const said = allocationStateText(record({ state, ...over }));
    expect(said.startsWith(text.replace(/\.$/, ""))).toBe(true);
  });

  test("tells each step, and what it came to", () => {
    const [first, second] = record().steps;
    if (first === undefined || second === undefined) throw new Error("two steps");
    expect(stepText(first)).toBe("demo: agents 4 → 6");
    expect(stepText(second)).toBe("lanes: standard 3");
    expect(stepStateText(second.state)).toBe("waiting");
    expect(stepStateText({ kind: "acting" })).toBe("setting");
    expect(stepStateText({ kind: "confirmed", notes: [{ code: "allocation.noLane", args: {} }] })).toBe(
      "confirmed · Name at least one lane.",
    );
    expect(stepStateText({ kind: "takenBack", outcome: { kind: "confirmed", notes: [] } })).toBe("taken back");
    expect(stepStateText({ kind: "takenBack", outcome: { kind: "unconfirmed", reason } })).toMatch(
      /^not taken back: not confirmed: Another/,
    );
    expect(stepStateText({ kind: "refused", reason })).toMatch(/^refused: Another/);
  });

  test("tells what was measured before and after it, and over how long", () => {
    const figures = { begun: 9, waitedP95Ms: 4_100, runs: 9, errorRatio: 0, demand: 1 };
    const quiet = { cpuPressure: null, memoryPressure: null, ioPressure: null };
    const before = { ...figures, ...quiet };
    const impact = { windowMs: 120_000, before, after: { ...before, waitedP95Ms: 800 } };
    expect(effectText({ swarmId: "demo", impact })).toBe(
      "demo: waiting p95 4.1 s → 800 ms, errors 0% → 0%, measured over 2 min",
    );
    const nothing = { ...before, waitedP95Ms: null, errorRatio: null };
    expect(effectText({ swarmId: "demo", impact: { windowMs: 1, before: nothing, after: nothing } })).toBe("");
  });
});
