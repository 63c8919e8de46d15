import { expect, test } from "vitest";
import { ActivityTracker, observedRows, sumUsage } from "../../src/engine/overview.ts";
import type { FoundAgent, Snapshot, Usage } from "../../src/engine/protocol/model.ts";

const usage = (cpuCores: number | null, rssBytes: number | null = 10): Usage => ({
  cpuCores,
  rssBytes,
  readBytes: null,
  writeBytes: null,
  processCount: 1,
});

function found(pid: number, directory: string | null, cpuCores: number | null = 0): FoundAgent {
  const identity = { pid, startTime: pid * 10 };
  return {
    identity,
    kind: "claude-code",
    kindLabel: "Claude Code",
    command: "claude",
    directory,
    processes: [{ identity, role: "agent", name: "claude" }],
    usage: usage(cpuCores),
    startedAtMs: pid,
  };
}

const at = (monotonicMs: number): Snapshot =>
  ({ processes: new Map(), monotonicMs, wallMs: 1_000_000 + monotonicMs }) as unknown as Snapshot;

test("found agents are one observed swarm per kind and directory, named by both, agents by age", () => {
  const rows = observedRows(
    [found(9, "/w/api"), found(4, "/w/api"), found(5, "/w/web"), found(6, null)],
    new ActivityTracker(),
    at(0),
  );
  expect(rows.map(({ label, agents }) => [label, agents.map(({ name }) => name)])).toEqual([
    ["Claude Code · api", ["claude 4", "claude 9"]],
    ["Claude Code · directory unknown", ["claude 6"]],
    ["Claude Code · web", ["claude 5"]],
  ]);
});

test("two repositories of the same name stay apart", () => {
  const rows = observedRows([found(1, "/a/api"), found(2, "/b/api")], new ActivityTracker(), at(0));
  expect(new Set(rows.map(({ id }) => id)).size).toBe(2);
});

test("a found agent works while its tree uses CPU and for ten seconds after, and knows since when", () => {
  const states = new ActivityTracker();
  const state = (cpuCores: number | null, ms: number) => {
    const agent = observedRows([found(1, "/a", cpuCores)], states, at(ms))[0]?.agents[0];
    return [agent?.state, (agent?.stateSinceMs ?? 0) - 1_000_000, agent?.stateSource];
  };
  expect(state(null, 0)).toEqual(["idle", 0, "derived"]);
  expect(state(0.5, 1_000)).toEqual(["working", 1_000, "derived"]);
  expect(state(0, 10_999)).toEqual(["working", 1_000, "derived"]);
  expect(state(0, 11_000)).toEqual(["idle", 11_000, "derived"]);
});

test("sums are unknown only when no part is known", () => {
  expect(sumUsage([usage(null, 5), usage(0.25, null)])).toMatchObject({
    cpuCores: 0.25,
    rssBytes: 5,
    readBytes: null,
    processCount: 2,
  });
  expect(sumUsage([usage(null, null)])).toMatchObject({ cpuCores: null, rssBytes: null });
  expect(sumUsage([])).toMatchObject({ cpuCores: null, processCount: 0 });
});
