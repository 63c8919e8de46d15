import { describe, expect, it } from "vitest";
import type { LeaseRow } from "../../../src/engine/protocol/leases.ts";
import type { BreakerRow, GuardState, LaneRow, TaskDetail, TaskRow } from "../../../src/engine/protocol/tasks.ts";
import { isOpen } from "../../../src/views/guard/breakers.ts";
import { breakersTree, bulkheadsTree } from "../../../src/views/guard/model.ts";
import { taskDocument } from "../../../src/views/guard/taskDocument.ts";
import { NO_FAULTS } from "../../../src/engine/protocol/faultTolerance.ts";
import { faultsText } from "../../../src/text/faults.ts";
import { taskStateText } from "../../../src/views/guard/words.ts";
import type { TreeNode } from "../../../src/views/tree/node.ts";
import { hostileStrings, NOW_MS, unprintable } from "../overviews.ts";

const taskOf = (change: Partial<TaskRow> = {}): TaskRow => ({
  id: "0190a000-0000-7000-8000-000000000001",
  swarmId: "demo",
  lane: "standard",
  priority: 5,
  label: "fix the test",
  submittedAtMs: NOW_MS - 60_000,
  submittedBy: "editor",
  attempt: 1,
  maxAttempts: 3,
  timeoutSeconds: 3_600,
  state: { kind: "waiting", notBeforeMs: null, lastFailure: null },
  retryOf: null,
  ...change,
});
const running = (sinceMs: number, cancelledBy: string | null = null): TaskRow["state"] => ({
  kind: "running",
  agentId: "a",
  sinceMs,
  deadlineMs: sinceMs + 3_600_000,
  handed: true,
  cancelledBy,
});
const laneOf = (lane: LaneRow["lane"], change: Partial<LaneRow> = {}): LaneRow => ({
  lane,
  gate: "open",
  capacity: 5,
  limit: 5,
  queueLimit: 100,
  adaptive: false,
  inUse: 0,
  queued: 0,
  shed: 0,
  waitP50Ms: null,
  waitP95Ms: null,
  utilisation: 0,
  breakerId: `lane:${lane}`,
  running: [],
  waiting: [],
  ...change,
});
const leaseOf = (change: Partial<LeaseRow> = {}): LeaseRow => ({
  ...{ id: "l1", lane: "standard", units: 1, memoryBytes: 1e9, swarmId: null, by: "claude-code 4121" },
  ...{ holder: { pid: 4121, startTime: 1 }, sinceMs: NOW_MS - 60_000, untilMs: NOW_MS + 240_000 },
  ...change,
});
const breakerOf = (id: string, change: Partial<BreakerRow> = {}): BreakerRow => ({
  id,
  label: id.slice(id.indexOf(":") + 1),
  of: id.startsWith("lane:") ? "lane" : "swarm",
  state: { kind: "closed" },
  revision: 0,
  calls: 20,
  failures: 7,
  slow: 0,
  failureRate: 0.35,
  slowRate: null,
  consecutiveFailures: 0,
  failureThreshold: 5,
  recoveryMs: 60_000,
  adaptive: false,
  opens: 1,
  ...change,
});
const stateOf = (change: Partial<GuardState> = {}): GuardState => ({
  wallMs: NOW_MS,
  lanes: [laneOf("critical"), laneOf("standard"), laneOf("background")],
  breakers: [],
  faults: null,
  ...change,
});

function dump(nodes: readonly TreeNode[], indent = ""): string[] {
  return nodes.flatMap(({ face, children }) => [
    `${indent}${face.label} | ${face.description}`,
    ...dump(children, `${indent}  `),
  ]);
}

describe("bulkheads", () => {
  it("show lanes with what runs and waits in them, attention first", () => {
    const lanes = [
      laneOf("critical", { inUse: 1, running: [taskOf({ state: running(NOW_MS - 12_400), attempt: 2 })] }),
      laneOf("standard", { queued: 1, waiting: [taskOf({ label: "next" })] }),
      laneOf("background", { gate: "paused", inUse: 5, queued: 41, shed: 3 }),
    ];
    expect(dump(bulkheadsTree(stateOf({ lanes }), NOW_MS))).toEqual([
      "background | paused · 5 of 5 · 41 waiting · 3 shed",
      "  46 more | swarm-allocator tasks --lane background lists them",
      "critical | 1 of 5",
      "  fix the test | running 12 s · demo · attempt 2",
      "standard | 0 of 5 · 1 waiting",
      "  next | waiting · demo",
    ]);
  });

  it("say what the adaptive limit lets in, and that faults are injected", () => {
    const lanes = [laneOf("standard", { limit: 3, adaptive: true })];
    const faults = { ...NO_FAULTS, errorRatio: 0.5, latencyMs: 3_000 };
    expect(dump(bulkheadsTree(stateOf({ lanes, faults }), NOW_MS))).toEqual([
      "Faults injected | 50% of its tasks fail · 3 s added to each",
      "standard | 0 of 3 (capacity 5)",
    ]);
    expect(faultsText({ ...NO_FAULTS, hangRatio: 0.1, crashRatio: 0.1 })).toBe("10% hang · 10% take their agent down");
    expect(faultsText({ ...NO_FAULTS, cpuMs: 300, leakBytes: 2 ** 20, diskMs: 800 })).toBe(
      "each takes 300 ms of CPU · each leaks 1.0 MB · each waits 800 ms for the disk",
    );
  });

  it("show to whom places are leased, for how long, and count them neither as tasks nor as hidden ones", () => {
    const leases = [leaseOf({ units: 3, memoryBytes: 1.5e9 }), leaseOf({ id: "l2", memoryBytes: null })];
    const lanes = [laneOf("standard", { inUse: 5, running: [taskOf({ state: running(NOW_MS) })], leases })];
    const [lane] = bulkheadsTree(stateOf({ lanes }), NOW_MS);
    expect(lane?.face.description).toBe("5 of 5 · 4 leased");
    expect(lane?.children.map(({ face }) => `${face.label} | ${face.description}`)).toEqual([
      "leased to claude-code 4121 | 3 places · 1.5 GB · for 4 min more",
      "leased to claude-code 4121 | 1 place · for 4 min more",
      "fix the test | running 0 ms · demo",
    ]);
    expect(lane?.children[0]?.tooltip()).toContain("ends with the process");
    const [over] = bulkheadsTree(stateOf({ lanes }), NOW_MS + 600_000);
    expect(over?.children[0]?.face.description).toBe("3 places · 1.5 GB · over now");
    // An engine of before does not tell.
    expect(bulkheadsTree(stateOf({ lanes: [laneOf("standard")] }), NOW_MS)[0]?.children).toEqual([]);
  });

  it("tell each state of a task in a few words", () => {
    const why = { code: "task.timeout", args: { seconds: 60 } };
    const texts = (
      [
        { kind: "waiting", notBeforeMs: NOW_MS + 4_200, lastFailure: why },
        { kind: "waiting", notBeforeMs: NOW_MS - 1, lastFailure: why },
        running(NOW_MS - 500, "me"),
        { kind: "done", atMs: NOW_MS, tookMs: 1_234 },
        { kind: "failed", atMs: NOW_MS, reason: why },
        { kind: "cancelled", atMs: NOW_MS, by: "me" },
      ] as const
    ).map((state) => taskStateText(state, NOW_MS));
    expect(texts).toEqual([
      "again in 5 s",
      "waiting to be tried again",
      "stopping, running 0 ms",
      "done in 1.2 s",
      "failed: It took longer than 60 s and was ended. A task may name a longer time.",
      "cancelled by me",
    ]);
  });
});

describe("circuit breakers", () => {
  it("show the open ones first, with until when, and count down", () => {
    const breakers = [
      breakerOf("lane:critical"),
      breakerOf("swarm:reviewers", { state: { kind: "halfOpen", sinceMs: NOW_MS, inUse: 2, successes: 1, needed: 3 } }),
      breakerOf("swarm:demo", {
        state: {
          kind: "open",
          sinceMs: NOW_MS,
          untilMs: NOW_MS + 41_500,
          reason: { code: "breaker.consecutive", args: { failures: 5 } },
        },
      }),
      breakerOf("swarm:api", { calls: 0, failures: 0 }),
      breakerOf("lane:standard", { state: { kind: "forcedOpen", sinceMs: NOW_MS, by: "editor" } }),
      breakerOf("lane:background", { state: { kind: "metricsOnly", sinceMs: NOW_MS, by: "cli" } }),
    ];
    const state = stateOf({ breakers });
    expect(dump(breakersTree(state, NOW_MS))).toEqual([
      "demo | open · 7 of 20 failed · next try in 42 s",
      "lane standard | forced open by editor",
      "reviewers | half-open · 1 of 3 succeeded · 2 under way",
      "api | closed · no calls yet",
      "lane critical | closed · 7 of 20 failed",
      "lane background | metrics only by cli · 7 of 20 failed",
    ]);
    expect(breakersTree(state, NOW_MS + 42_000)[0]?.face.description).toContain("next try now");
    expect(breakers.filter(isOpen).map(({ id }) => id)).toEqual(["swarm:demo", "lane:standard"]);
    expect(breakersTree(state, NOW_MS)[0]?.tooltip()).toContain("Why: 5 failures in a row.");
  });
});

it.each(hostileStrings.map((text) => [JSON.stringify(text).slice(0, 40), text]))(
  "row 16: hostile text %s is shown as text, within bounds, in rows, for screen readers, in tooltips and in the document",
  (_, text) => {
    const reason = { code: text, args: { value: text } };
    const task = taskOf({
      label: text,
      swarmId: text,
      submittedBy: text,
      state: { kind: "waiting", notBeforeMs: null, lastFailure: reason },
    });
    const lanes = [
      laneOf("standard", {
        running: [{ ...task, state: running(NOW_MS) }],
        waiting: [{ ...task, id: "2" }],
        leases: [leaseOf({ by: text, swarmId: text })],
      }),
    ];
    const breakers = [
      breakerOf(`swarm:${text}`, { label: text, state: { kind: "open", sinceMs: NOW_MS, untilMs: NOW_MS, reason } }),
      breakerOf("lane:critical", { state: { kind: "forcedOpen", sinceMs: NOW_MS, by: text } }),
    ];
    const state = stateOf({ lanes, breakers });
    const nodes = [...bulkheadsTree(state, NOW_MS), ...breakersTree(state, NOW_MS)].flatMap((node) => [
      node,
      ...node.children,
    ]);
    for (const { face, tooltip } of nodes) {
      for (const shown of [face.label, face.description, face.spoken]) {
        expect(shown).not.toMatch(unprintable);
        expect(shown.length).toBeLessThan(700);
      }
      for (const one of tooltip().split("\n")) expect(one).not.toMatch(unprintable);
      expect(tooltip().length).toBeLessThan(6_000);
    }
    const tail = { text, droppedBytes: 3 };
    const detail: TaskDetail = { ...task, input: text, stdout: tail, stderr: tail };
    for (const one of taskDocument(detail, NOW_MS).split("\n"))
      expect(one.replaceAll("\t", "")).not.toMatch(unprintable);
  },
);
