import { expect, test } from "vitest";
import { orchestratedRows } from "../../src/engine/orchestratedRows.ts";
import { ActivityTracker, observedRows } from "../../src/engine/overview.ts";
import type { OrchestratedView } from "../../src/engine/ports.ts";
import type { FoundAgent, ProcessSample, Snapshot } from "../../src/engine/protocol/model.ts";

const usage = { cpuCores: 0.5, rssBytes: 1e6, readBytes: null, writeBytes: null, processCount: 1 };

function found(pid: number, kind: string, directory: string | null): FoundAgent {
  const identity = { pid, startTime: pid };
  const processes = [{ identity, role: "agent", name: kind }] as unknown as FoundAgent["processes"];
  return { identity, kind, kindLabel: kind, command: kind, directory, processes, usage, startedAtMs: pid };
}

/** @param table pid, parent, arguments */
function snapshotOf(table: readonly (readonly [number, number, ...string[]])[]): Snapshot {
  const processes = new Map(
    table.map(([pid, parentPid, ...args]) => [
      pid,
      { pid, parentPid, args, cpuCores: null, rssBytes: null } as unknown as ProcessSample,
    ]),
  );
  return { wallMs: 1_000, monotonicMs: 1_000, processes } as unknown as Snapshot;
}

function view(more: Partial<OrchestratedView> = {}): OrchestratedView {
  return {
    id: "flow",
    label: "flow",
    provider: "claudeFlow",
    mode: "recommend",
    minAgents: 0,
    maxAgents: 15,
    busyCount: 0,
    serverPid: 50,
    directory: "/home/me/api/tools",
    breaker: { state: "closed", failures: 0, refused: 0 },
    facts: {
      link: { kind: "connected", sinceMs: 0 },
      server: null,
      dialect: "v3",
      target: 2,
      recordCount: 2,
      records: [
        { id: "agent-1", type: "coder", status: "idle", busy: false },
        { id: "agent-2", type: "coder", status: "idle", busy: false },
      ],
      recordsAtMs: 900,
      tools: [],
      activity: { kind: "steady" },
      wantsToken: false,
      problem: null,
    },
    ...more,
  };
}

function joined(agents: readonly FoundAgent[], snapshot: Snapshot, views = [view()]) {
  const saw: unknown[] = [];
  const states = new ActivityTracker();
  const orchestrators = { list: () => views, saw: (...told: unknown[]) => void saw.push(told) };
  const { rows, joined: taken } = orchestratedRows(orchestrators, agents, states, snapshot);
  const others = observedRows(
    agents.filter((agent) => !taken.has(agent)),
    states,
    snapshot,
    agents,
  );
  return { rows, others, saw };
}

test("a record is joined to the process that names it, on its own or behind a sign", () => {
  const agents = [found(10, "claude-code", "/a"), found(11, "codex", "/b"), found(12, "claude-code", "/c")];
  const { rows, others, saw } = joined(
    agents,
    snapshotOf([
      [10, 1, "claude", "--agent-id", "agent-1"],
      [11, 1, "codex", "--id=agent-2"],
      // A name that only begins like one is another's.
      [12, 1, "claude", "agent-11"],
    ]),
  );
  expect(rows[0]?.agents.map(({ pid }) => pid)).toEqual([10, 11]);
  expect(rows[0]?.records.map(({ id, pid }) => [id, pid])).toEqual([
    ["agent-1", 10],
    ["agent-2", 11],
  ]);
  expect(others.flatMap((row) => row.agents.map(({ pid }) => pid))).toEqual([12]);
  expect(saw).toEqual([["flow", 2, ["agent-1", "agent-2"]]]);
  expect(rows[0]?.usage.cpuCores).toBe(1);
});

test("an id that is an option, a word, or on several command lines takes no agent over", () => {
  const agents = [found(10, "claude-code", "/a"), found(11, "codex", "/b"), found(12, "claude-code", "/c")];
  const ids = ["--dangerously-skip-permissions", "-p", "exec", "sonnet", "claude-opus-4-5", "agent-77"];
  const facts = view().facts;
  const hostile = view({
    facts: { ...facts, records: ids.map((id) => ({ id, type: null, status: null, busy: null })) },
  });
  const { rows, others, saw } = joined(
    agents,
    snapshotOf([
      [10, 1, "claude", "-p", "--dangerously-skip-permissions", "--model=claude-opus-4-5", "agent-77"],
      [11, 1, "codex", "exec"],
      [12, 1, "claude", "--model", "claude-opus-4-5"],
    ]),
    [hostile],
  );
  expect(rows[0]?.agents.map(({ pid }) => pid)).toEqual([10]);
  expect(rows[0]?.records.filter(({ pid }) => pid !== null).map(({ id }) => id)).toEqual(["agent-77"]);
  expect(others.flatMap((row) => row.agents.map(({ pid }) => pid)).toSorted()).toEqual([11, 12]);
  expect(saw).toEqual([["flow", 1, ["agent-77"]]]);
});

test("what runs below its server, or below its own command in its folder, is its; the server itself is nobody's agent", () => {
  const agents = [
    found(50, "claude-flow", "/home/me/api"),
    found(51, "claude-flow", null),
    found(60, "claude-code", "/elsewhere"),
    found(70, "claude-flow", "/home/me/api"),
    found(71, "claude-code", "/home/me/api"),
    found(80, "claude-flow", "/home/me/other"),
    found(81, "claude-code", "/home/me/api"),
  ];
  const { rows, others } = joined(
    agents,
    snapshotOf([
      [50, 1, "node"],
      [51, 50, "node"],
      [60, 51, "claude"],
      [70, 1, "claude-flow"],
      [71, 70, "claude"],
      [80, 1, "claude-flow"],
      [81, 1, "claude"],
    ]),
  );
  expect(rows[0]?.agents.map(({ pid }) => pid)).toEqual([60, 70, 71]);
  expect(others.flatMap((row) => row.agents.map(({ pid }) => pid)).toSorted()).toEqual([80, 81]);
});

test("records without a process are records: nothing is seen, and nothing is made up", () => {
  const { rows, others } = joined([], snapshotOf([]));
  expect(rows[0]).toMatchObject({
    kind: "orchestrated",
    recordCount: 2,
    agents: [],
    usage: { cpuCores: null, rssBytes: null, processCount: 0 },
    advice: { code: "orchestrator.claimedOnly" },
  });
  expect(others).toEqual([]);
});

test("an agent belongs to one swarm at most", () => {
  const views = [view(), view({ id: "second", serverPid: null })];
  const { rows } = joined([found(70, "claude-flow", "/home/me/api")], snapshotOf([[70, 1]]), views);
  expect(rows.map(({ agents }) => agents.length)).toEqual([1, 0]);
});

test.each([
  ["the command itself", [[50, 1, "node", "cli.js", "mcp", "start"]], 50],
  [
    "what npx and its shell have launched",
    [
      [50, 1, "npm exec claude-flow mcp start"],
      [51, 50, "sh", "-c", "claude-flow mcp start"],
      [52, 51, "node", "/x/bin/claude-flow", "mcp", "start"],
      // What a server starts is no server.
      [53, 52, "node", "daemon.js"],
    ],
    52,
  ],
  [
    "npx before it has taken its title",
    [
      [50, 1, "/usr/bin/node", "/usr/lib/npm/bin/npx-cli.js", "claude-flow"],
      [52, 50, "node", "cli.js"],
    ],
    52,
  ],
  [
    "the launcher, where which of two is the server cannot be told",
    [
      [50, 1, "sh", "run.sh"],
      [51, 50, "node", "a.js"],
      [52, 50, "node", "b.js"],
    ],
    50,
  ],
  ["none, once it is gone", [[7, 1, "node"]], null],
] as const)("its server is %s", (_, table, serverPid) => {
  expect(joined([], snapshotOf(table)).rows[0]?.serverPid).toBe(serverPid);
});

test("its server is none where it is reached by a URL", () => {
  const { rows } = joined([], snapshotOf([[50, 1, "node"]]), [view({ serverPid: null })]);
  expect(rows[0]?.serverPid).toBeNull();
});
