import { describe, expect, test } from "vitest";
import { misnamedRatioOf, type V8CpuProfile } from "../../../src/profiler/sources/v8Profile.ts";

type Ticks = V8CpuProfile["nodes"][number]["positionTicks"];

function node(
  id: number,
  functionName: string,
  lineNumber: number,
  positionTicks?: Ticks,
): V8CpuProfile["nodes"][number] {
  const callFrame = { functionName, url: "file:///a.js", lineNumber, columnNumber: 0 };
  return positionTicks === undefined ? { id, callFrame } : { id, callFrame, positionTicks };
}

function profile(nodes: V8CpuProfile["nodes"], samples: readonly number[]): V8CpuProfile {
  return { nodes, startTime: 0, endTime: samples.length, samples, timeDeltas: samples.map(() => 1) };
}

const ids = (id: number, count: number) => Array.from({ length: count }, () => id);

describe("samples named after the caller of an inlined function", () => {
  test("are those on a line before the named function's first", () => {
    const root = node(1, "(root)", -1);
    const idle = node(2, "(idle)", -1);
    const caller = node(3, "processImmediate", 524, [
      { line: 4, ticks: 6 },
      { line: 574, ticks: 2 },
    ]);
    const own = node(4, "plantedHot", 2, [{ line: 4, ticks: 4 }]);
    const samples = [...ids(2, 8), ...ids(3, 8), ...ids(4, 4)];
    expect(misnamedRatioOf(profile([root, idle, caller, own], samples))).toBe(0.5);
  });

  test("are none where a function's own first line is the hot one", () => {
    expect(misnamedRatioOf(profile([node(1, "one", 9, [{ line: 10, ticks: 3 }])], ids(1, 3)))).toBe(0);
  });

  test("are not known where no lines are told, or nothing ran", () => {
    expect(misnamedRatioOf(profile([node(1, "one", 9)], [1]))).toBeNull();
    expect(misnamedRatioOf(profile([node(1, "(idle)", -1, [])], [1, 1]))).toBeNull();
  });

  test("are never more than all, whatever the other process says", () => {
    expect(misnamedRatioOf(profile([node(1, "one", 9, [{ line: 1, ticks: 1e9 }])], [1]))).toBe(1);
  });
});
