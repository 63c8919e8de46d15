import { describe, expect, test } from "vitest";
import { cpuprofile } from "../../../src/profiler/formats/cpuprofile.ts";
import { nodeWeights, type Profile } from "../../../src/profiler/profile.ts";
import { bytes, nameOf, plain, profileOf, refusal, runs, selfByStack } from "../support.ts";

const call = (functionName: string, url = "", lineNumber = -1, columnNumber = -1) => ({
  ...{ functionName, scriptId: "1", url, lineNumber, columnNumber },
});
const read = (json: unknown) => cpuprofile.read(bytes(typeof json === "string" ? json : JSON.stringify(json)), "f");
const only = (json: unknown): Profile => read(json).profiles[0] as Profile;

/** (root) over main over work; (idle) and (program) beside. */
const nodes = [
  { id: 1, callFrame: call("(root)"), hitCount: 0, children: [2, 4, 5] },
  { id: 2, callFrame: call("main", "file:///a.js", 9, 4), hitCount: 1, children: [3] },
  { id: 3, callFrame: call("", "file:///a.js", 0, 0), hitCount: 2 },
  { id: 4, callFrame: call("(idle)"), hitCount: 3 },
  { id: 5, callFrame: call("(program)"), hitCount: 4 },
];
const sampled = {
  nodes,
  startTime: 1_000,
  endTime: 1_100,
  samples: [2, 3, 4, 3, 5],
  timeDeltas: [10, 20, 30, 15, 5],
};

describe(".cpuprofile", () => {
  test("a sample lasts until the next one, the last until the end; nothing ran in (idle), and (root) is nobody", () => {
    const profile = only(sampled);
    expect(profile).toMatchObject({ unit: "microseconds", startedAtMs: null });
    expect(Array.from(profile.sampleWeight)).toEqual([20, 30, 15, 5, 20]);
    expect(Array.from(profile.sampleAtUs ?? [])).toEqual([10, 30, 60, 75, 80]);
    expect(profile.sampleNode[2]).toBe(-1);
    expect(selfByStack(profile, nameOf)).toEqual({ main: 20, "main\u0001(anonymous)": 35, "(program)": 20 });
    expect(nodeWeights(profile).all).toBe(75);
  });

  test("lines and columns count from 1 on, and are unknown where V8 has none", () => {
    expect(only(sampled).frames).toEqual([
      { name: "main", file: "file:///a.js", line: 10, column: 5 },
      plain("(program)"),
      { name: "(anonymous)", file: "file:///a.js", line: 1, column: 1 },
    ]);
  });

  test("a tree by parent is the same as one by children, also when children come first", () => {
    const parents = new Map(nodes.flatMap(({ id, children }) => (children ?? []).map((child) => [child, id])));
    const byParent = nodes
      .map(({ id, callFrame }) => ({ id, callFrame, ...(parents.has(id) ? { parent: parents.get(id) } : {}) }))
      .reverse();
    expect(runs(only({ ...sampled, nodes: byParent }))).toEqual(runs(only(sampled)));
  });

  test("a clock that goes back counts 0, the whole stays as long as it was, and it is said", () => {
    const { profiles, problems } = read({ ...sampled, timeDeltas: [10, 40, -20, 30, 5] });
    expect(Array.from(profiles[0]?.sampleWeight ?? [])).toEqual([40, 0, 10, 5, 35]);
    expect(Array.from(profiles[0]?.sampleAtUs ?? [])).toEqual([10, 50, 50, 60, 65]);
    expect(problems).toEqual([{ code: "profile.clockBack", args: { file: "f", count: 1, of: 5 } }]);
  });

  test("without samples the hits of the nodes count, without times each sample counts one", () => {
    const hits = only({ nodes, startTime: 0, endTime: 5 });
    expect(hits.unit).toBe("count");
    expect(selfByStack(hits, nameOf)).toEqual({ main: 1, "main\u0001(anonymous)": 2, "(program)": 4 });
    const plainSamples = only({ nodes, samples: [3, 3, 4] });
    expect(plainSamples).toMatchObject({ unit: "count", sampleAtUs: null });
    expect(selfByStack(plainSamples, nameOf)).toEqual({ "main\u0001(anonymous)": 2 });
  });

  test("without samples at all, and without nodes, it is an empty profile", () => {
    const empty = only({ nodes: [], samples: [], timeDeltas: [] });
    expect([empty.nodeFrame.length, empty.sampleNode.length]).toEqual([0, 0]);
    expect(only({ nodes, samples: [], timeDeltas: [] }).sampleNode).toHaveLength(0);
  });

  test("without an end, the last sample counts nothing: how long it lasted is not known", () => {
    const { endTime: _, ...open } = sampled;
    expect(only(open).sampleWeight.at(-1)).toBe(0);
  });

  test.each([
    [
      "a cycle",
      {
        nodes: [
          { id: 1, callFrame: call("a"), children: [2] },
          { id: 2, callFrame: call("b"), children: [1] },
        ],
      },
      "profile.cycle",
      "nodes[0]",
    ],
    [
      "a cycle beside a tree",
      { nodes: [...nodes, { id: 8, callFrame: call("a"), parent: 9 }, { id: 9, callFrame: call("a"), parent: 8 }] },
      "profile.cycle",
      "nodes[5]",
    ],
    ["its own parent", { nodes: [{ id: 1, callFrame: call("a"), parent: 1 }] }, "profile.cycle", "nodes[0]"],
    [
      "two callers",
      { nodes: [...nodes, { id: 6, callFrame: call("x"), children: [3] }] },
      "profile.twoParents",
      "nodes[5].children[0]",
    ],
    ["an id twice", { nodes: [...nodes, { id: 3, callFrame: call("x") }] }, "profile.idTwice", "nodes[5].id"],
    [
      "a child that is not there",
      { nodes: [{ id: 1, callFrame: call("a"), children: [7] }] },
      "profile.value",
      "nodes[0].children[0]",
    ],
    [
      "a parent that is not there",
      { nodes: [{ id: 1, callFrame: call("a"), parent: 7 }] },
      "profile.value",
      "nodes[0].parent",
    ],
    ["a sample of no node", { ...sampled, samples: [2, 3, 99, 3, 5] }, "profile.value", "samples[2]"],
    ["no id", { nodes: [{ callFrame: call("a") }] }, "profile.value", "nodes[0].id"],
    ["a text for a number", { ...sampled, timeDeltas: [1, "2", 3, 4, 5] }, "profile.value", "timeDeltas[1]"],
    ["NaN, which is null in JSON", { ...sampled, timeDeltas: [1, null, 3, 4, 5] }, "profile.value", "timeDeltas[1]"],
    ["too few deltas", { ...sampled, timeDeltas: [1] }, "profile.lengths", "timeDeltas"],
    [
      "a line that is text",
      { nodes: [{ id: 1, callFrame: { ...call("a"), lineNumber: "7" } }] },
      "profile.value",
      "nodes[0].callFrame.lineNumber",
    ],
    ["no frame", { nodes: [{ id: 1 }] }, "profile.value", "nodes[0].callFrame"],
    [
      "hits below zero",
      { nodes: [{ id: 1, callFrame: call("a"), hitCount: -1 }] },
      "profile.value",
      "nodes[0].hitCount",
    ],
  ])("with %s is refused, and the place is named", (_, json, code, place) => {
    expect(refusal(() => read(json))).toMatchObject({ code, args: { file: "f", place } });
  });

  test("cut in the middle is refused as no JSON", () => {
    expect(refusal(() => read(JSON.stringify(sampled).slice(0, -20)))).toMatchObject({
      code: "profile.notJson",
      args: { file: "f" },
    });
    expect(refusal(() => read("[]")).code).toBe("profile.value");
  });

  test("functions called like parts of an object are functions", () => {
    const named = ["__proto__", "constructor", "toString"].map((name, n) => ({ id: n, callFrame: call(name) }));
    const text = JSON.stringify({ nodes: named, samples: [0, 1, 2], timeDeltas: [0, 1, 1], startTime: 0, endTime: 3 });
    expect(selfByStack(only(text), nameOf)).toEqual(
      Object.fromEntries([
        ["__proto__", 1],
        ["constructor", 1],
        ["toString", 1],
      ]),
    );
    expect(refusal(() => read('{"__proto__":{"nodes":[]}}'))).toMatchObject({ args: { place: "nodes" } });
  });

  test("a million nodes in one chain, and the same beside each other, are read", { timeout: 60_000 }, () => {
    const count = 1_000_000;
    const frame = '"callFrame":{"functionName":"f","url":"","lineNumber":-1,"columnNumber":-1}';
    const rows = (parent: (id: number) => number) =>
      `{"nodes":[{"id":0,${frame}},${Array.from({ length: count - 1 }, (_, n) => `{"id":${n + 1},${frame},"parent":${parent(n + 1)}}`).join(",")}],"samples":[${count - 1}],"timeDeltas":[0],"startTime":0,"endTime":4}`;
    const chain = only(rows((id) => id - 1));
    expect(chain.nodeFrame).toHaveLength(count);
    expect(nodeWeights(chain).total[0]).toBe(4);
    // Equal calls of one caller are one node.
    expect(only(rows(() => 0)).nodeFrame).toHaveLength(2);
  });

  test("what it writes has what readers of V8's own files look for", () => {
    const text = cpuprofile.writer?.write(
      profileOf([
        [["a", plain("b", "/x.js", 3)], 30, 5],
        [["a"], 10, 50],
      ]),
    );
    const json = JSON.parse(String(text)) as typeof sampled;
    expect(json.nodes.map(({ id, callFrame, children }) => [id, callFrame.functionName, children])).toEqual([
      [1, "(root)", [2, 3]],
      [2, "(idle)", []],
      [3, "a", [4]],
      [4, "b", []],
    ]);
    expect(json.nodes[3]?.callFrame).toMatchObject({ url: "/x.js", lineNumber: 2, columnNumber: -1 });
    expect(json).toMatchObject({ startTime: 0, endTime: 60, samples: [2, 4, 2, 3], timeDeltas: [0, 5, 30, 15] });
  });
});
