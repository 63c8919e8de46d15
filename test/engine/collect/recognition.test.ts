import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CodedError } from "../../../src/engine/common/errors.ts";
import { createRecognizer } from "../../../src/engine/collect/recognition.ts";
import { describeFound, fixtures, readTable, row, snapshotOf } from "./tables.ts";

const nowhere = { procRoot: "/nonexistent" };
const nobody: ReadonlySet<number> = new Set();
const recognize = (rows: readonly ReturnType<typeof row>[], managed = nobody) =>
  createRecognizer(nowhere).recognize(snapshotOf(rows), managed);

describe("recorded process tables", () => {
  const tables = readdirSync(fileURLToPath(fixtures))
    .filter((name) => name.endsWith(".table"))
    .map((name) => name.replace(/\.table$/, ""));

  test.each(tables)("finds in %s what is written beside it", async (name) => {
    const text = describeFound(recognize(readTable(name)));
    await expect(text).toMatchFileSnapshot(fileURLToPath(new URL(`${name}.found`, fixtures)));
  });

  test("finds nothing among the look-alikes", () => {
    expect(recognize(readTable("linuxLookalikes"))).toEqual([]);
  });

  test("does not depend on the order of the table", () => {
    const rows = readTable("linuxWorkstation");
    expect(describeFound(recognize([...rows].reverse()))).toBe(describeFound(recognize(rows)));
  });
});

describe("roles and ownership", () => {
  const claude = row(10, 1, 1, ["claude"]);

  test("one agent where a script starts the native program of its kind", () => {
    const found = recognize([row(10, 1, 1, ["node", "/usr/bin/codex"]), row(11, 10, 2, ["/opt/codex"])]);
    expect(found.map((agent) => [agent.identity.pid, agent.processes.map((one) => one.role)])).toEqual([
      [10, ["agent", "agent"]],
    ]);
  });

  test("an agent below a tool of another is an agent of its own, with its own tree", () => {
    const rows = [
      claude,
      row(11, 10, 2, ["bash", "-c", "codex exec x"]),
      row(12, 11, 3, ["codex", "exec", "x"]),
      row(13, 12, 4, ["cargo", "test"]),
    ];
    const found = recognize(rows);
    expect(found.map((agent) => agent.processes.map((one) => one.identity.pid))).toEqual([
      [10, 11],
      [12, 13],
    ]);
  });

  test("an agent started by another agent's MCP server is an agent of its own", () => {
    const rows = [
      claude,
      row(11, 10, 2, ["node", "/usr/bin/claude-flow", "mcp", "start"]),
      row(12, 11, 3, ["claude", "-p", "x"]),
    ];
    expect(recognize(rows).map((agent) => agent.identity.pid)).toEqual([10, 12]);
  });

  test("everything below a helper is helper, everything below a tool is tool", () => {
    const rows = [
      claude,
      row(11, 10, 2, ["npx", "-y", "some-server"]),
      row(12, 11, 3, ["sh", "-c", "some-mcp"]),
      row(13, 12, 4, ["chromium"]),
      row(21, 10, 2, ["zsh", "-c", "source /h/.claude/shell-snapshots/s.sh && eval 'npx foo-mcp'"]),
      row(22, 21, 3, ["node", "/h/node_modules/.bin/foo-mcp"]),
    ];
    const roles = recognize(rows)[0]?.processes.map((one) => `${one.identity.pid} ${one.role}`);
    expect(roles).toEqual(["10 agent", "11 helper", "12 helper", "13 helper", "21 tool", "22 tool"]);
  });

  test.each([
    ["rg", "mcp"],
    ["git", "log", "mcp"],
    ["bash", "-c", "grep -rn mcp . | head"],
    ["bash", "-c", "cd mcp && make"],
    ["node", "/home/mcp/app/node_modules/.bin/eslint"],
    ["cat", "mcp.json"],
    ["cargo", "build", "--manifest-path", "/w/mcp/Cargo.toml"],
    ["claude-helper", "--mcp-config", "x.json"],
  ])("%s %s %s is a tool though it mentions mcp", (...args) => {
    const found = recognize([claude, row(11, 10, 2, args)]);
    expect(found[0]?.processes.map((one) => one.role)).toEqual(["agent", "tool"]);
  });

  test.each([
    ["claude", "mcp", "serve"],
    ["codex", "mcp-server"],
    ["python", "-m", "mcp_server_git"],
    ["uvx", "--from", "git+https://x/y", "mcp-server-time"],
    ["docker", "run", "-i", "--rm", "-e", "TOKEN", "mcp/github"],
    ["bash", "-lc", "cd /srv && exec npx -y @modelcontextprotocol/server-memory"],
    ["serena", "start-mcp-server"],
    ["claude", "--claude-in-chrome-mcp"],
    ["bash", "/home/ann/bin/start-mcp.sh"],
  ])("%s %s %s %s is a helper", (...args) => {
    const found = recognize([claude, row(11, 10, 2, args)]);
    expect(found[0]?.processes.map((one) => one.role)).toEqual(["agent", "helper"]);
  });

  test("a launcher is no agent by itself, and belongs to the agent it launched", () => {
    const rows = [
      row(10, 1, 1, ["npm exec @openai/codex"]),
      row(11, 10, 2, ["sh", "-c", "codex"]),
      row(12, 11, 3, ["node", "/x/node_modules/@openai/codex/bin/codex.js"]),
    ];
    expect(recognize(rows.slice(0, 2))).toEqual([]);
    expect(
      recognize(rows).map((agent) => [agent.identity.pid, agent.processes.map((one) => one.identity.pid)]),
    ).toEqual([[12, [12, 10, 11]]]);
  });

  test("processes of ours and what they started are never found, but can be asked for", () => {
    const rows = [
      row(10, 1, 1, ["node", "/w/worker.js"]),
      row(11, 10, 2, ["claude", "-p", "x"]),
      row(12, 11, 3, ["npx", "foo-mcp"]),
    ];
    const recognizer = createRecognizer(nowhere);
    expect(recognizer.recognize(snapshotOf(rows), new Set([10]))).toEqual([]);
    const tree = recognizer.ownedTree(snapshotOf(rows), 10);
    expect(tree?.kind).toBe("worker");
    expect(tree?.usage.processCount).toBe(3);
    expect(recognizer.ownedTree(snapshotOf(rows), 99)).toBeNull();
  });

  test("a managed pair of script and native program is one agent", () => {
    const rows = [row(10, 1, 1, ["node", "/usr/bin/codex"]), row(11, 10, 2, ["/opt/codex"]), row(12, 11, 3, ["make"])];
    expect(
      createRecognizer(nowhere)
        .ownedTree(snapshotOf(rows), 10)
        ?.processes.map((one) => one.role),
    ).toEqual(["agent", "agent", "tool"]);
  });

  test("a process that exec'd into something else is judged anew", () => {
    const recognizer = createRecognizer(nowhere);
    expect(recognizer.recognize(snapshotOf([row(10, 1, 1, ["zsh"])]), nobody)).toEqual([]);
    expect(recognizer.recognize(snapshotOf([row(10, 1, 1, ["claude"])]), nobody)).toHaveLength(1);
    expect(recognizer.recognize(snapshotOf([row(10, 1, 1, ["vim", "claude"])]), nobody)).toEqual([]);
  });

  test("a child whose recorded parent is younger is not counted to it: the pid was given to another", () => {
    const found = recognize([row(10, 1, 500, ["claude"]), row(11, 10, 400, ["make"])]);
    expect(found[0]?.processes.map((one) => one.identity.pid)).toEqual([10]);
  });

  test("sums are null only when nothing could be read", () => {
    const hidden = { cpuCores: null, rssBytes: null, readBytes: null, writeBytes: null };
    expect(recognize([row(10, 1, 1, ["claude"], hidden)])[0]?.usage).toEqual({ ...hidden, processCount: 1 });
    const found = recognize([row(10, 1, 1, ["claude"], hidden), row(11, 10, 2, ["make"])]);
    expect(found[0]?.usage).toEqual({ cpuCores: 0.25, rssBytes: 1024, readBytes: 10, writeBytes: 20, processCount: 2 });
  });

  test("names and commands are clean text without secrets", () => {
    const found = recognize([
      row(10, 1, 1, ["claude", "\u001b[31mred\u202e", "--api-key", "hunter2", "TOKEN=abc", "sk-ant-REDACTED"]),
      row(11, 10, 2, ["/x/\u001b]0;title\u0007evil\u202e"]),
    ]);
    expect(found[0]?.command).toBe("claude red --api-key *** TOKEN=*** ***");
    expect(found[0]?.processes[1]?.name).toBe("evil");
  });
});

describe("user rules", () => {
  const mine = { kind: "my-agent", label: "My agent", executables: ["myagent"], scripts: ["myagent"] };

  test("add kinds, and go before ours", () => {
    const recognizer = createRecognizer({
      ...nowhere,
      userRules: [mine, { kind: "claude-wrapped", label: "W", executables: ["claude"] }],
    });
    const found = recognizer.recognize(
      snapshotOf([row(10, 1, 1, ["/opt/myagent"]), row(11, 1, 1, ["claude"])]),
      nobody,
    );
    expect(found.map((agent) => agent.kind)).toEqual(["my-agent", "claude-wrapped"]);
  });

  test.each([
    ["an unknown field", [{ ...mine, colour: "red" }], { rule: "my-agent" }],
    ["a bad kind", [{ ...mine, kind: "My Agent" }], { field: "kind" }],
    ["no program", [{ kind: "x", label: "X" }], { rule: "x", problem: "names no program" }],
    ["not a list", "claude", {}],
  ])("refuses %s and names it", (_, userRules, args) => {
    const error = thrownBy(() => createRecognizer({ ...nowhere, userRules }));
    expect(error.code).toBe("rules.invalid");
    expect(error.args).toMatchObject(args);
  });

  test.each([
    ["(", undefined],
    ["(a+)+$", "nested-repetition"],
    ["(a|ab)*c", "nested-repetition"],
    ["((?:x|y)z)+", "nested-repetition"],
    [".*.*.*.*x", "too-many-ways"],
    ["(?<=a)b", "look-behind"],
    ["(a)\\1", "back-reference"],
    ["a{1,5000}", "count-too-large"],
    ["(?:a?){50}b", "nested-repetition"],
    [`${"a?".repeat(40)}${"a".repeat(40)}`, "too-many-ways"],
  ])("refuses the pattern %s", (pattern, problem) => {
    const error = thrownBy(() =>
      createRecognizer({ ...nowhere, userRules: [{ ...mine, exclude: ["^ok$", pattern] }] }),
    );
    expect(error.code).toBe("rules.pattern");
    expect(error.args).toMatchObject({
      rule: "my-agent",
      field: "exclude.1",
      value: pattern,
      ...(problem === undefined ? {} : { problem }),
    });
  });

  test("accepts the patterns people write", () => {
    const patterns = ["^(?:run|serve)$", "/versions/\\d[^/]*$", "^--port=\\d{1,5}$", "[(*+]x?", "(?:abc)?d*"];
    expect(() => createRecognizer({ ...nowhere, userRules: [{ ...mine, require: patterns }] })).not.toThrow();
  });
});

describe("any table at all", () => {
  const command = fc.constantFrom<string[][]>(
    ["claude"],
    ["node", "/usr/bin/codex"],
    ["codex"],
    ["bash", "-c", "make"],
    ["npm exec foo-mcp"],
    ["npx", "@openai/codex"],
    ["sh", "-c", "codex"],
    ["make"],
    ["claude", "mcp", "serve"],
    [],
  );
  const process = fc.record({
    pid: fc.integer({ min: 1, max: 30 }),
    parentPid: fc.integer({ min: 0, max: 30 }),
    startTime: fc.integer({ min: 0, max: 5 }),
    args: command,
    zombie: fc.boolean(),
  });
  const table = fc
    .uniqueArray(process, { selector: (one) => one.pid, maxLength: 30 })
    .map((rows) =>
      rows.map((one) =>
        row(one.pid, one.parentPid, one.startTime, one.args, { rssBytes: one.pid, state: one.zombie ? "Z" : "S" }),
      ),
    );

  test("every process belongs to at most one agent, sums are those of its processes, and the first is the agent", () => {
    fc.assert(
      fc.property(table, fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 3 }), (rows, managed) => {
        const found = recognize(rows, new Set(managed));
        const seen = new Set<number>();
        for (const agent of found) {
          let rss = 0;
          expect(agent.processes[0]).toMatchObject({ identity: agent.identity, role: "agent" });
          for (const { identity } of agent.processes) {
            expect(seen.has(identity.pid)).toBe(false);
            seen.add(identity.pid);
            expect(managed).not.toContain(identity.pid);
            rss += identity.pid;
          }
          expect(agent.usage.rssBytes).toBe(rss);
          expect(agent.usage.processCount).toBe(agent.processes.length);
        }
        expect(found.map((agent) => agent.identity.pid)).toEqual(
          found.map((agent) => agent.identity.pid).toSorted((a, b) => a - b),
        );
        expect(recognize([...rows].reverse(), new Set(managed))).toEqual(found);
      }),
      { numRuns: 500 },
    );
  });

  test("any arguments can be judged", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary", maxLength: 30 }), { maxLength: 8 }), (args) => {
        recognize([row(10, 1, 1, ["claude"]), row(11, 10, 2, args)]);
      }),
      { numRuns: 500 },
    );
  });

  test("a chain of 20,000 processes is walked without running out of stack", () => {
    const rows = [row(1, 0, 0, ["claude"])];
    for (let pid = 2; pid <= 20_000; pid++) rows.push(row(pid, pid - 1, pid, ["sh", "-c", "x"]));
    expect(recognize(rows)[0]?.usage.processCount).toBe(20_000);
  });
});

function thrownBy(action: () => unknown): CodedError {
  try {
    action();
  } catch (error) {
    if (error instanceof CodedError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
