import { describe, expect, test } from "vitest";
import { CodedError } from "../../src/engine/common/errors.ts";
import { writerOf } from "../../src/profiler/formats/all.ts";
import { hotTables, selfRatioOf } from "../../src/profiler/hotFunctions.ts";
import { ProfileBuilder } from "../../src/profiler/profile.ts";
import { sampledProfile } from "../../src/profiler/sources/perf.ts";
import {
  allocationSites,
  cpuProfileOf,
  type V8CpuProfile,
  type V8HeapNode,
} from "../../src/profiler/sources/v8Profile.ts";

const call = (functionName: string, lineNumber = 0) => ({
  functionName,
  url: "file:///a.js",
  lineNumber,
  columnNumber: 4,
});

describe("hot spots", () => {
  test("count a function that calls itself once for each sample, and order by their own time", () => {
    const builder = new ProfileBuilder("p", "count", false);
    const frame = (name: string) => builder.frame({ name, file: null, line: null, column: null });
    const main = builder.node(-1, frame("main"));
    const outer = builder.node(main, frame("walk"));
    const inner = builder.node(outer, frame("walk"));
    builder.sample(inner, 6);
    builder.sample(outer, 2);
    builder.sample(main, 2);
    builder.sample(-1, 90);
    const found = hotTables(builder.build(), 10).hotspots;
    expect(found.map(({ name, selfRatio, totalRatio }) => [name, selfRatio, totalRatio])).toEqual([
      ["walk", 0.8, 0.8],
      ["main", 0.2, 1],
    ]);
  });

  test("of a tree a hundred thousand calls deep come at once", () => {
    const builder = new ProfileBuilder("deep", "count", false);
    let node = -1;
    for (let n = 0; n < 100_000; n++)
      node = builder.node(node, builder.frame({ name: `f${n % 7}`, file: null, line: null, column: null }));
    builder.sample(node, 1);
    const began = performance.now();
    const [first] = hotTables(builder.build(), 1).hotspots;
    expect(first).toMatchObject({ name: `f${99_999 % 7}`, selfRatio: 1, totalRatio: 1 });
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  test("of nothing are none", () => {
    expect(hotTables(new ProfileBuilder("p", "count", false).build(), 5).hotspots).toEqual([]);
    expect(() => hotTables(new ProfileBuilder("p", "count", false).build(), 0)).toThrow(RangeError);
  });
});

describe("V8's CPU profile", () => {
  const raw: V8CpuProfile = {
    nodes: [
      { id: 1, callFrame: { ...call("(root)"), url: "" }, children: [2, 3, 5] },
      { id: 2, callFrame: call("hot", 9) },
      { id: 3, callFrame: { ...call("(idle)"), url: "" } },
      { id: 5, callFrame: { ...call("(garbage collector)", -1), url: "" } },
    ],
    startTime: 1_000,
    endTime: 41_000,
    samples: [2, 3, 2, 5],
    timeDeltas: [0, 10_000, 10_000, 10_000],
  };

  test("gives each sample the time up to the next, and idle ones to nobody", () => {
    const profile = cpuProfileOf(raw, "p", 7);
    expect([...profile.sampleWeight]).toEqual([10_000, 10_000, 10_000, 10_000]);
    expect(hotTables(profile, 1).hotspots[0]).toMatchObject({ name: "hot", line: 10, column: 5, selfRatio: 2 / 3 });
    expect(selfRatioOf(profile, "(garbage collector)")).toBeCloseTo(1 / 3);
    expect(String(writerOf("folded").write(profile))).toMatch(/^hot.* 20000$/m);
  });

  test("with clocks that run back, loops and nodes that are not there is still a profile, or is refused by its code", () => {
    const back = cpuProfileOf({ ...raw, timeDeltas: [0, 10_000, -50_000, 10_000] }, "p", 7);
    expect([...back.sampleWeight].every((weight) => weight >= 0)).toBe(true);
    const loop = { ...raw, nodes: raw.nodes.map((node) => ({ ...node, children: [2, 3, 99] })) };
    for (const bad of [
      loop,
      {},
      { ...raw, nodes: [null] },
      { ...raw, timeDeltas: ["x"] },
      { ...raw, nodes: [{ id: 1 }] },
    ])
      expect(() => cpuProfileOf(bad as never, "p", 7)).toThrow(CodedError);
  });

  test("allocation sites are summed over the ways that lead to them", () => {
    const leaf = (id: number, selfSize: number): V8HeapNode => ({
      callFrame: call("make"),
      selfSize,
      id,
      children: [],
    });
    const head: V8HeapNode = { callFrame: call("(root)"), selfSize: 0, id: 1, children: [leaf(2, 5), leaf(3, 7)] };
    expect([...allocationSites(head).values()].map(({ bytes }) => bytes)).toEqual([12]);
    expect(() => allocationSites({ ...head, children: [null] } as never)).toThrow(CodedError);
  });
});

test("the text of perf becomes stacks by thread, read as a file of perf is", () => {
  const text = `node worker 12 30835.427726: cpu-clock:ppp: 
\t    7f0e4804372f [unknown] (/tmp/perf-12.map)
\t         886867 v8::Function::Call(int)+0x177 (/usr/bin/node)

node worker 12/13 30835.437793: cycles:
\tffffffff81 do_syscall_64 ([kernel.kallsyms])
\t    7f0e4804372f LazyCompile:*run /app/worker.js:10:5 (/tmp/perf-12.map)
`;
  const { profile, samples } = sampledProfile(text, "node", 5, 10_000);
  expect([samples, profile.unit, profile.startedAtMs]).toEqual([2, "microseconds", 5]);
  const folded = String(writerOf("folded").write(profile));
  expect(folded).toMatch(/^node worker \(12\);v8::Function::Call\(int\).*;\[unknown\].* 10000$/m);
  expect(folded).toMatch(/^node worker \(13\);run.*;do_syscall_64.* 10000$/m);
  expect(profile.frames.find(({ name }) => name === "run")).toMatchObject({ file: "/app/worker.js", line: 10 });
  expect(profile.sampleAtUs?.[1]).toBeCloseTo(10_067, 0);
  expect(sampledProfile("", "node", 5, 10_000)).toMatchObject({ samples: 0, profile: { startedAtMs: 5 } });
});
