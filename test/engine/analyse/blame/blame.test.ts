import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { blameFigures } from "../../../../src/engine/analyse/blame/figures.ts";
import { foldedNodes } from "../../../../src/engine/analyse/blame/fold.ts";
import { blameTree } from "../../../../src/engine/analyse/blame/tree.ts";
import { atOnce } from "../../../../src/engine/common/slices.ts";
import type { AccountSum } from "../../../../src/engine/ports.ts";
import { BLAME_MEASURES, type BlameNode } from "../../../../src/engine/protocol/blame.ts";
import type { StackSummary } from "../../../../src/engine/protocol/blame.ts";

const figure = (sum: number | null, unknownMinutes = 0) => ({ sum, unknownMinutes });

function sum(over: Partial<AccountSum> = {}): AccountSum {
  return {
    ...{ pid: 5, startTime: 6, role: "tool", name: "vitest", parentPid: 4, swarmId: "s", swarmLabel: "stored" },
    ...{ agentId: "a", agentName: "claude 4", minutes: 1, threads: [], profiles: [] },
    ...{ cpuSeconds: figure(2), rssByteSeconds: figure(6_000), readBytes: figure(10), writeBytes: figure(30) },
    ...over,
  };
}

const claude = sum({
  pid: 4,
  role: "agent",
  name: "claude 4",
  cpuSeconds: figure(5),
  threads: [
    { name: "MainThread", isMain: true, cpuSeconds: 3 },
    { name: "libuv-worker", isMain: false, cpuSeconds: 1 },
  ],
});
const helper = sum({ pid: 7, role: "helper", name: "mcp-server-git", cpuSeconds: figure(1) });
const support = sum({
  pid: 8,
  role: "support",
  name: "model API",
  agentId: null,
  agentName: null,
  cpuSeconds: figure(0.5),
});
const engine = sum({
  pid: 9,
  role: "own",
  name: "engine",
  swarmId: null,
  swarmLabel: null,
  agentId: null,
  cpuSeconds: figure(0.25),
});

/** As text, indented, so that a test reads like what is shown. */
function drawn(nodes: readonly BlameNode[]): string[] {
  const depth: number[] = [];
  return nodes.map(({ parent, kind, name, value, pid, count }, at) => {
    depth[at] = parent === null ? 0 : (depth[parent] as number) + 1;
    const more = [pid, count].filter((one) => one !== undefined).map((one) => ` ${one}`);
    return `${"  ".repeat(depth[at] as number)}${kind}${name === "" ? "" : ` ${name}`}${more.join("")}: ${Number(value.toFixed(6))}`;
  });
}
const cpu = (...sums: AccountSum[]) => atOnce(blameFigures(sums, "cpu", 60_000, new Map([["s", "The Swarm"]])));

describe("the tree of blame", () => {
  test("goes from swarms to threads; what no thread is seen to have used is there too", () => {
    const { nodes, total, processes } = cpu(sum(), claude, helper, support, engine);
    expect(drawn(nodes)).toEqual([
      "swarm The Swarm: 8.5",
      "  agent claude 4: 8",
      "    itself: 5",
      "      process claude 4 4: 5",
      "        mainThread MainThread: 3",
      "        undivided: 1",
      "        thread libuv-worker: 1",
      "    tool vitest: 2",
      "      process vitest 5: 2",
      "    helper mcp-server-git: 1",
      "      process mcp-server-git 7: 1",
      "  support: 0.5",
      "    service model API: 0.5",
      "      process model API 8: 0.5",
      "own: 0.25",
      "  process engine 9: 0.25",
    ]);
    expect([total, processes]).toEqual([8.75, 5]);
  });

  const stacks: StackSummary = {
    frames: ["main", "parse", "wait"].map((name) => ({ name, file: "/a.js", line: 1, column: null })),
    nodeFrame: [0, 1, 2],
    nodeParent: [-1, 0, 0],
    selfRatio: [0.1, 0.6, 0.3],
  };

  test("goes down to functions in a profile's proportions, and says what was not profiled", () => {
    const profiles = [
      { cpuSeconds: 1, stacks },
      { cpuSeconds: 0.5, stacks },
    ];
    const { nodes, profiles: told } = cpu({ ...claude, profiles });
    expect(drawn(nodes).slice(4)).toEqual([
      "        mainThread MainThread: 3",
      "          notProfiled: 1.5",
      "          function main: 1.5",
      "            function parse: 0.9",
      "            function wait: 0.45",
      "        undivided: 1",
      "        thread libuv-worker: 1",
    ]);
    expect(told).toBe(2);
    expect(nodes.filter(({ kind }) => kind === "function").map(({ source }) => source)).toEqual(
      Array.from({ length: 3 }, () => "derived"),
    );
  });

  test("of memory is a mean over the time that was looked; of I/O what was read and written", () => {
    const memory = atOnce(
      blameFigures([sum(), sum({ pid: 6, rssByteSeconds: figure(600) })], "memory", 120_000, new Map()),
    );
    expect(drawn(memory.nodes)).toEqual([
      "swarm stored: 55",
      "  agent claude 4: 55",
      "    tool vitest: 55",
      "      process vitest 5: 50",
      "      process vitest 6: 5",
    ]);
    expect(memory.nodes.every(({ source }) => source === "derived")).toBe(true);
    const io = atOnce(blameFigures([sum()], "io", 60_000, new Map()));
    expect(drawn(io.nodes).slice(3)).toEqual(["      process vitest 5: 40", "        written: 30", "        read: 10"]);
  });

  test("counts what is not known, and never takes it for nothing", () => {
    const unknown = cpu(
      sum({ cpuSeconds: figure(null, 4) }),
      sum({ pid: 6, cpuSeconds: figure(1, 2) }),
      sum({ pid: 7, cpuSeconds: figure(0) }),
    );
    expect(unknown).toMatchObject({ total: 1, processes: 2, unknownMinutes: 6, unknownProcesses: 2 });
    expect(atOnce(blameFigures([sum()], "memory", 0, new Map()))).toMatchObject({ nodes: [], total: 0, processes: 0 });
  });

  test("of rows that did not tell roles says so", () => {
    const { nodes } = cpu(sum({ role: null, swarmLabel: null, agentName: null, swarmId: "old" }));
    expect(drawn(nodes)).toEqual(["swarm old: 2", "  agent a: 2", "    unknownRole: 2", "      process vitest 5: 2"]);
  });
});

describe("folding", () => {
  test("puts the smallest together and keeps every sum", () => {
    const many = Array.from({ length: 9 }, (_, at) => sum({ pid: 10 + at, cpuSeconds: figure(at + 1) }));
    const { tops } = atOnce(blameTree(many, "cpu", 60_000, new Map()));
    const { nodes, folded } = atOnce(foldedNodes(tops, 5));
    expect(drawn(nodes)).toEqual([
      "swarm stored: 45",
      "  agent claude 4: 45",
      "    tool vitest: 45",
      "      process vitest 18: 9",
      "      process vitest 17: 8",
      "      others 7: 28",
    ]);
    expect(folded).toBe(7);
  });

  test("is bounded for deep stacks and for equal weights, and refuses a bad limit", () => {
    const depth = 3_000;
    const stacks: StackSummary = {
      frames: [{ name: "again", file: null, line: null, column: null }],
      nodeFrame: Array.from({ length: depth }, () => 0),
      nodeParent: Array.from({ length: depth }, (_, at) => at - 1),
      selfRatio: Array.from({ length: depth }, (_, at) => (at === depth - 1 ? 1 : 0)),
    };
    const deep = cpu({ ...claude, profiles: [{ cpuSeconds: 1, stacks }] });
    expect(deep.nodes.length).toBeLessThanOrEqual(4_001);
    expect(deep.folded).toBeGreaterThan(0);
    const equal = cpu(...Array.from({ length: 3_000 }, (_, at) => sum({ pid: 10 + at })));
    expect(equal.nodes.length).toBeLessThan(10);
    expect(equal.total).toBe(6_000);
    expect(() => atOnce(foldedNodes([], 0))).toThrow(RangeError);
  });

  const anySum = fc
    .record({
      pid: fc.integer({ min: 1, max: 30 }),
      swarm: fc.constantFrom("a", "b", null),
      role: fc.constantFrom("agent", "helper", "tool", "support", "own", null),
      cpu: fc.option(fc.double({ min: 0, max: 100, noNaN: true })),
      threads: fc.array(fc.double({ min: 0, max: 60, noNaN: true }), { maxLength: 4 }),
      profiled: fc.array(fc.double({ min: 0, max: 60, noNaN: true }), { maxLength: 2 }),
    })
    .map(({ pid, swarm, role, cpu: used, threads, profiled }) =>
      sum({
        ...{ pid, swarmId: swarm, role, cpuSeconds: figure(used, used === null ? 1 : 0) },
        threads: threads.map((cpuSeconds, at) => ({ name: `t${at}`, isMain: at === 0, cpuSeconds })),
        profiles: profiled.map((cpuSeconds) => ({
          cpuSeconds,
          stacks: {
            frames: [{ name: "f", file: null, line: null, column: null }],
            ...{ nodeFrame: [0, 0], nodeParent: [-1, 0], selfRatio: [0.25, 0.75] },
          },
        })),
      }),
    );

  test("whatever comes, tops sum up to the total, and what is below never to more than what is above", () => {
    fc.assert(
      fc.property(
        fc.array(anySum, { maxLength: 40 }),
        fc.constantFrom(...BLAME_MEASURES),
        fc.integer({ min: 1, max: 60 }),
        (sums, by, most) => {
          const { tops, total } = atOnce(blameTree(sums, by, 60_000, new Map()));
          const { nodes } = atOnce(foldedNodes(tops, most));
          const below = new Float64Array(nodes.length);
          let all = 0;
          for (const { parent, value } of nodes) {
            expect(value).toBeGreaterThanOrEqual(0);
            if (parent === null) all += value;
            else below[parent] = (below[parent] as number) + value;
          }
          expect(all).toBeCloseTo(total, 6);
          for (const [at, { parent, value }] of nodes.entries()) {
            expect(below[at]).toBeLessThanOrEqual(value + 1e-6);
            if (parent !== null) expect(parent).toBeLessThan(at);
          }
        },
      ),
    );
  });
});
