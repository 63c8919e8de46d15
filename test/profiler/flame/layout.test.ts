import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diffOf, shareChange } from "../../../src/profiler/flame/diff.ts";
import { frameWeights, hottest } from "../../../src/profiler/flame/hotList.ts";
import { type FlameLayout, leftHeavy, rowsOf } from "../../../src/profiler/flame/layout.ts";
import { packagesOf } from "../../../src/profiler/flame/packages.ts";
import { sandwich } from "../../../src/profiler/flame/sandwich.ts";
import { search } from "../../../src/profiler/flame/search.ts";
import { timeOrder } from "../../../src/profiler/flame/timeOrder.ts";
import { type FlameTree, stackOf, treeOf } from "../../../src/profiler/flame/tree.ts";
import { boxAt, skyline, visitRow } from "../../../src/profiler/flame/visible.ts";
import type { Frame, Profile } from "../../../src/profiler/profile.ts";
import { hotSpots } from "../../../src/profiler/hotSpots.ts";
import { profileOf as framesProfile } from "../support.ts";
import { anyProfile, deepProfile, profileOf } from "./profiles.ts";

/** Boxes as text, a line a row: `a 0-10 · b 10-15`. */
function drawn(layout: FlameLayout, tree: FlameTree, frames: readonly Frame[]): string[] {
  return Array.from({ length: rowsOf(layout) }, (_, row) => {
    const boxes: string[] = [];
    for (let box = layout.rowFirst[row] as number; box < (layout.rowFirst[row + 1] as number); box++) {
      const name = frames[tree.nodeFrame[layout.node[box] as number] as number]?.name ?? "";
      boxes.push(`${name} ${layout.start[box]}-${layout.end[box]}`);
    }
    return boxes.join(" · ");
  });
}

function rowWidth({ rowFirst, start, end }: FlameLayout, row: number): number {
  let sum = 0;
  for (let box = rowFirst[row] as number; box < (rowFirst[row + 1] as number); box++)
    sum += (end[box] as number) - (start[box] as number);
  return sum;
}

/** What holds for every picture: no box over another, each within the box it belongs to. @param towards the row of the roots */
function expectSound(layout: FlameLayout, nodeParent: Int32Array): void {
  for (let row = 0; row < rowsOf(layout); row++) {
    let last = 0;
    for (let box = layout.rowFirst[row] as number; box < (layout.rowFirst[row + 1] as number); box++) {
      const [start, end] = [layout.start[box] as number, layout.end[box] as number];
      expect(start).toBeGreaterThanOrEqual(last);
      expect(end).toBeGreaterThan(start);
      expect(end).toBeLessThanOrEqual(layout.span);
      last = end;
      if (row === layout.rootRow) continue;
      const parent = boxAt(layout, row < layout.rootRow ? row + 1 : row - 1, start);
      expect(parent).toBeGreaterThanOrEqual(0);
      expect(layout.end[parent]).toBeGreaterThanOrEqual(end);
      // The innermost caller's row lies on the frame itself, which is in the middle once, as a callee.
      if (row !== layout.rootRow - 1) expect(layout.node[parent]).toBe(nodeParent[layout.node[box] as number]);
    }
  }
}

const nodesOf = (profile: Profile): Int32Array => profile.nodeParent;

describe("time order", () => {
  it("keeps the order of samples, and lets neighbours share what they have alike", () => {
    const profile = profileOf([
      ["a;b", 3],
      ["a;b;c", 2],
      ["a;d", 4],
      ["", 1],
      ["a;d", 5],
      ["e", 0],
      ["a;d", 1],
    ]);
    const { layout, samplesAStep } = timeOrder(profile);
    expect(drawn(layout, treeOf(profile), profile.frames)).toEqual([
      "a 0-9 · a 10-16",
      "b 0-5 · d 5-9 · d 10-16",
      "c 3-5",
    ]);
    expect(layout.span).toBe(16);
    expect(samplesAStep).toBe(1);
  });

  it("adds up to the weights at every depth, with no box over another and each within its caller", () => {
    fc.assert(
      fc.property(anyProfile, (profile) => {
        const { layout } = timeOrder(profile);
        expectSound(layout, nodesOf(profile));
        const { all, total } = treeOf(profile);
        expect(rowsOf(layout) === 0 ? 0 : rowWidth(layout, 0)).toBe(all);
        const widths = new Float64Array(total.length);
        for (const [box, node] of layout.node.entries())
          widths[node] = (widths[node] as number) + (layout.end[box] as number) - (layout.start[box] as number);
        expect(widths).toEqual(total);
      }),
    );
  });

  it("draws several samples as one step when there would be too many boxes, and says so", () => {
    const profile = profileOf(Array.from({ length: 64 }, (_, n) => [n % 2 === 0 ? "a;b" : "c", n % 2 === 0 ? 3 : 1]));
    const { layout, samplesAStep } = timeOrder(profile, 10);
    expect(samplesAStep).toBe(2);
    expect(drawn(layout, treeOf(profile), profile.frames)).toEqual(["a 0-128", "b 0-128"]);
    expect(() => timeOrder(profile, 0)).toThrow("mostBoxes must be a whole number above 0, got 0");
  });
});

describe("left heavy", () => {
  it("puts the heaviest first, each call once", () => {
    const profile = profileOf([
      ["a;b", 3],
      ["c", 9],
      ["a;d;b", 4],
      ["a", 1],
      ["a;b", 2],
    ]);
    const tree = treeOf(profile);
    expect(drawn(leftHeavy(tree), tree, profile.frames)).toEqual(["a 0-10 · c 10-19", "b 0-5 · d 5-9", "b 5-9"]);
  });

  it("gives each call its total, with no box over another and each within its caller", () => {
    fc.assert(
      fc.property(anyProfile, (profile) => {
        const tree = treeOf(profile);
        const layout = leftHeavy(tree);
        expectSound(layout, tree.nodeParent);
        expect(layout.span).toBe(tree.all);
        for (const [box, node] of layout.node.entries())
          expect((layout.end[box] as number) - (layout.start[box] as number)).toBeCloseTo(
            tree.total[node] as number,
            9,
          );
        expect(new Set(layout.node).size).toBe(tree.total.filter((weight) => weight > 0).length);
      }),
    );
  });
});

describe("a sandwich", () => {
  it("has callers above and callees below, and counts a call within itself once", () => {
    const profile = profileOf([
      ["main;x;f;g", 5],
      ["main;y;f", 2],
      ["main;y;f;f;g", 3],
      ["main;z", 7],
    ]);
    const f = profile.frames.findIndex(({ name }) => name === "f");
    const { tree, layout, isCut } = sandwich(treeOf(profile), profile.frames.length, f);
    expect(drawn(layout, tree, profile.frames)).toEqual([
      "main 0-5 · main 5-10",
      "x 0-5 · y 5-10",
      "f 0-10",
      "g 0-5 · f 5-8",
      "g 5-8",
    ]);
    expect(layout.rootRow).toBe(2);
    expect(isCut).toBe(false);
  });

  it("weighs as much above as below, which is the frame's total", () => {
    fc.assert(
      fc.property(anyProfile, fc.nat(), (profile, pick) => {
        if (profile.frames.length === 0) return;
        const frame = pick % profile.frames.length;
        const whole = treeOf(profile);
        const { tree, layout, callerNodes } = sandwich(whole, profile.frames.length, frame);
        expectSound(layout, tree.nodeParent);
        const { total } = frameWeights(whole, profile.frames.length);
        expect(layout.span).toBe(total[frame]);
        expect(tree.all).toBe(total[frame]);
        const ends = tree.self.subarray(0, callerNodes).reduce((sum, weight) => sum + weight, 0);
        expect(ends).toBe(total[frame]);
      }),
    );
  });

  it("leaves out callers beyond the limit, keeps their weight, and says so", () => {
    const profile = profileOf([
      ["a;b;c;f", 5],
      ["d;e;f", 4],
    ]);
    const f = profile.frames.findIndex(({ name }) => name === "f");
    const { layout, tree, isCut } = sandwich(treeOf(profile), profile.frames.length, f, 3);
    expect(isCut).toBe(true);
    expect(layout.span).toBe(9);
    expect(drawn(layout, tree, profile.frames)).toEqual(["b 0-5", "c 0-5", "f 0-9"]);
    expect(() => sandwich(treeOf(profile), 5, 9)).toThrow("frame must be one of 5, got 9");
  });
});

describe("the difference of two profiles", () => {
  it("is one tree of all calls of either, each with both weights", () => {
    const before = profileOf([
      ["a;b", 6],
      ["a;c", 4],
    ]);
    const after = profileOf([
      ["a;c", 15],
      ["d", 5],
    ]);
    const { frames, before: was, after: is } = diffOf(before, after);
    const told = [...was.nodeFrame].map((frame, node) => [
      ...[frames[frame]?.name, was.total[node], is.total[node]],
      Number(shareChange(was, is)[node]?.toFixed(2)),
    ]);
    expect(told).toEqual([
      ["a", 10, 15, -0.25],
      ["b", 6, 0, -0.6],
      ["c", 4, 15, 0.35],
      ["d", 0, 5, 0.25],
    ]);
    expect(() => diffOf(before, profileOf([], "bytes"))).toThrow("unit must be the same in both");
  });

  const placed = (...frames: readonly (readonly [name: string, line: number, column: number])[]) =>
    framesProfile(frames.map(([name, line, column]) => [[{ name, file: "/a.js", line, column }], 1]));
  const told = (before: Profile, after: Profile) => {
    const { frames, before: was, after: is } = diffOf(before, after);
    return [...was.nodeFrame].map((frame, node) => {
      const { name, line, column } = frames[frame] as Frame;
      return `${name}:${line}:${column} ${was.total[node]} ${is.total[node]}`;
    });
  };

  it("takes what has moved for the same, where nothing else can be meant, and tells where it is now", () => {
    expect(told(placed(["a", 3, 5], ["b", 9, 1]), placed(["a", 7, 2], ["b", 9, 1]))).toEqual([
      "a:7:2 1 1",
      "b:9:1 1 1",
    ]);
    const two = placed(["a", 3, 5], ["a", 4, 5]);
    expect(told(two, placed(["a", 7, 5]))).toEqual(["a:3:5 1 0", "a:4:5 1 0", "a:7:5 0 1"]);
    // The one whose place is as it was is that one; so the other has moved.
    expect(told(two, placed(["a", 4, 5], ["a", 7, 5]))).toEqual(["a:7:5 1 1", "a:4:5 1 1"]);
  });

  it("tells functions without a name in one line apart by their columns, as hot spots do", () => {
    const minified = placed(["(anonymous)", 1, 5], ["(anonymous)", 1, 90]);
    expect(told(minified, minified)).toEqual(["(anonymous):1:5 1 1", "(anonymous):1:90 1 1"]);
    expect(hotSpots(minified).functions).toHaveLength(2);
    expect(told(placed(["(anonymous)", 1, 5]), placed(["(anonymous)", 1, 9]))).toHaveLength(2);
  });

  it("keeps all weights of both", () => {
    fc.assert(
      fc.property(anyProfile, anyProfile, (one, other) => {
        const { before, after } = diffOf(one, other);
        expect([before.all, after.all]).toEqual([treeOf(one).all, treeOf(other).all]);
        expect(diffOf(one, one).after.total).toEqual(diffOf(one, one).before.total);
      }),
    );
  });
});

describe("what is in sight", () => {
  it("is every box that is wide enough, and of the others what they cover", () => {
    fc.assert(
      fc.property(
        anyProfile,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 60 }),
        (profile, where, step) => {
          const { layout } = timeOrder(profile);
          const from = where * layout.span * 0.5;
          const to = from + layout.span / 2;
          for (let row = 0; row < rowsOf(layout); row++) {
            const told = new Set<number>();
            const covered: [number, number][] = [];
            visitRow(layout, row, from, to, step, {
              box: (box) => told.add(box),
              slivers: (box, start, end) => {
                expect(end).toBeGreaterThan(start);
                expect((layout.end[box] as number) - (layout.start[box] as number)).toBeLessThan(step);
                covered.push([start, end]);
              },
            });
            for (let box = layout.rowFirst[row] as number; box < (layout.rowFirst[row + 1] as number); box++) {
              const [start, end] = [layout.start[box] as number, layout.end[box] as number];
              const inSight = end > from && start < to;
              if (end - start >= step) expect(told.has(box)).toBe(inSight);
              else if (inSight) expect(covered.some(([a, b]) => a <= start && end <= b)).toBe(true);
            }
          }
        },
      ),
    );
  });

  it("costs steps as there are pixels, not as there are boxes", () => {
    const profile = profileOf(Array.from({ length: 100_000 }, (_, n) => [n % 2 === 0 ? "a" : "b", 1]));
    const { layout } = timeOrder(profile);
    let told = 0;
    visitRow(layout, 0, 0, layout.span, 100, { box: () => told++, slivers: () => told++ });
    expect(layout.start).toHaveLength(100_000);
    expect(told).toBeLessThanOrEqual(1_000);
    expect(told).toBeGreaterThan(50);
  });

  it("finds the box at a place, and none beside all boxes", () => {
    const { layout } = timeOrder(
      profileOf([
        ["a", 3],
        ["", 2],
        ["b", 5],
      ]),
    );
    expect([-1, 0, 2.9, 3, 4.9, 5, 9.9, 10].map((at) => boxAt(layout, 0, at))).toEqual([-1, 0, 0, -1, -1, 1, 1, -1]);
    expect(boxAt(layout, 1, 1)).toBe(-1);
  });

  it("has an outline for the minimap", () => {
    const { layout } = timeOrder(
      profileOf([
        ["a;b;c", 3],
        ["", 3],
        ["a", 4],
      ]),
    );
    expect([...skyline(layout, 10)]).toEqual([3, 3, 3, 0, 0, 0, 1, 1, 1, 1]);
  });
});

describe("frames", () => {
  it("are ranked by what they did themselves; a call within itself counts once", () => {
    const profile = profileOf([
      ["a;b;a", 4],
      ["a;b", 3],
      ["c", 5],
    ]);
    const weights = frameWeights(treeOf(profile), profile.frames.length);
    expect(hottest(weights).map((f) => [profile.frames[f]?.name, weights.self[f], weights.total[f]])).toEqual([
      ["c", 5, 5],
      ["a", 4, 7],
      ["b", 3, 7],
    ]);
    expect(hottest(weights, 1)).toHaveLength(1);
  });

  it("never weigh more than there was", () => {
    fc.assert(
      fc.property(anyProfile, (profile) => {
        const tree = treeOf(profile);
        const { self, total } = frameWeights(tree, profile.frames.length);
        expect(self.reduce((sum, weight) => sum + weight, 0)).toBe(tree.all);
        for (const [frame, weight] of total.entries()) {
          expect(weight).toBeLessThanOrEqual(tree.all);
          expect(weight).toBeGreaterThanOrEqual(self[frame] as number);
        }
      }),
    );
  });

  it("are found by words of their name or file, and summed without counting a call twice", () => {
    const profile = profileOf([
      ["Parse;x;parse2", 4],
      ["x", 3],
      ["x;Parse", 2],
    ]);
    const found = search(" PARSE ", profile.frames, treeOf(profile));
    expect(found).toMatchObject({ frames: 2, total: 6 });
    expect(search("/w/x.js", profile.frames, treeOf(profile))?.total).toBe(9);
    expect(search("nothing", profile.frames, treeOf(profile))).toMatchObject({ frames: 0, total: 0 });
    expect(search("  ", profile.frames, treeOf(profile))).toBeNull();
  });

  it("shows packages by their names, and what is in none by what it is", () => {
    const frames = [null, "[kernel]", "/w/a.ts", "/w/node_modules/zod/a.js", "node:fs", "/w/b.ts"].map((file) => ({
      ...{ name: "f", file, line: null, column: null },
    }));
    expect(packagesOf(frames)).toEqual({
      names: ["native", "kernel", "own code", "zod", "node"],
      of: Int32Array.of(0, 1, 2, 3, 4, 2),
    });
  });
});

describe("bad and large profiles", () => {
  it("of nothing have no row", () => {
    for (const empty of [profileOf([]), profileOf([["", 5]]), profileOf([["a", 0]])]) {
      expect(rowsOf(timeOrder(empty).layout)).toBe(0);
      expect(rowsOf(leftHeavy(treeOf(empty)))).toBe(0);
      expect([...skyline(leftHeavy(treeOf(empty)), 3)]).toEqual([0, 0, 0]);
    }
    const nothing = profileOf([["a", 0]]);
    expect(rowsOf(sandwich(treeOf(nothing), 1, 0).layout)).toBe(0);
  });

  it("of 12,000 calls in one another need no recursion", () => {
    const deep = deepProfile(12_000);
    const tree = treeOf(deep);
    expect(rowsOf(timeOrder(deep).layout)).toBe(12_000);
    expect(rowsOf(leftHeavy(tree))).toBe(12_000);
    expect(rowsOf(sandwich(tree, 7, 3).layout)).toBe(11_997 + 3);
    expect(frameWeights(tree, 7).total).toEqual(new Float64Array(7).fill(10));
    expect(stackOf(tree.nodeParent, 11_999)).toHaveLength(12_000);
    expect([...skyline(leftHeavy(tree), 2)]).toEqual([12_000, 12_000]);
  });
});
