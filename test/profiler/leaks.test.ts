import { describe, expect, test } from "vitest";
import { createRng } from "../../src/engine/common/rng.ts";
import { growthOf } from "../../src/profiler/growth.ts";
import { allocationOf, leaksIn, type LivingLook, tooLittle } from "../../src/profiler/leaks.ts";
import { samplingBytesFor } from "../../src/profiler/sources/heapSampling.ts";
import { allocationSites, type Sites, type V8HeapNode } from "../../src/profiler/sources/v8Profile.ts";

const MB = 1e6;
const SAMPLE = 131_072;

function sitesOf(bytes: Readonly<Record<string, number>>): Sites {
  return new Map(
    Object.entries(bytes).map(([name, size]) => [
      name,
      { frame: { functionName: name, url: "file:///a.js", lineNumber: 4, columnNumber: 1 }, bytes: size, callers: [] },
    ]),
  );
}

/** Looks every 5 s from the 10th second on, as a profile of a minute takes them; what is retained is `more` beyond the places. */
function looked(
  at: (second: number) => Readonly<Record<string, number>>,
  more: (second: number) => number,
  count = 11,
) {
  const looks: LivingLook[] = Array.from({ length: count }, (_, n) => ({
    atMs: 10_000 + n * 5_000,
    sites: sitesOf(at(10 + n * 5)),
  }));
  const seconds = [5, ...looks.map(({ atMs }) => atMs / 1000)];
  const bytes = seconds.map((second) => Object.values(at(second)).reduce((sum, size) => sum + size, 0) + more(second));
  const retained = growthOf(
    "retained",
    seconds.map((second) => second * 1000),
    bytes,
  );
  return { looks, retained };
}
const names = ({ looks, retained }: ReturnType<typeof looked>) =>
  leaksIn(looks, retained, SAMPLE).map(({ name }) => name);

describe("a leak", () => {
  test("is a place whose living bytes grow with all that is retained, with its rate", () => {
    const rng = createRng(3);
    const of = looked(
      (second) => ({ leak: second * MB + rng() * SAMPLE, still: 30 * MB, young: rng() * 2 * MB }),
      () => 20 * MB,
    );
    expect(names(of)).toEqual(["leak"]);
    const [leak] = leaksIn(of.looks, of.retained, SAMPLE);
    expect((leak?.bytesPerSecond ?? 0) / MB).toBeCloseTo(1, 1);
    expect(leak).toMatchObject({ file: "file:///a.js", line: 5, grownLooks: 10, looks: 10 });
    expect(tooLittle(of.looks, of.retained)).toBeNull();
  });

  test("is none where the place grows and what is retained does not: a full cache, seen for less than its turn", () => {
    expect(
      names(
        looked(
          (second) => ({ cache: second * MB }),
          (second) => 80 * MB - second * MB,
        ),
      ),
    ).toEqual([]);
  });

  test("is none that is full before the end, or was cleared within the time, or came at once", () => {
    const flat = () => 20 * MB;
    expect(names(looked((second) => ({ filled: Math.min(second, 40) * MB }), flat))).toEqual([]);
    expect(names(looked((second) => ({ cleared: (second % 27) * MB }), flat))).toEqual([]);
    expect(names(looked((second) => ({ step: second > 30 ? 40 * MB : 1 }), flat))).toEqual([]);
  });

  test("is not a place that explains little of the growth, nor one of a few samples", () => {
    const of = looked(
      (second) => ({ leak: second * MB, tiny: second * MB * 0.05 }),
      () => 0,
    );
    expect(names(of)).toEqual(["leak"]);
    const slow = looked(
      (second) => ({ leak: second * MB }),
      () => 0,
    );
    expect(leaksIn(slow.looks, slow.retained, 8 << 20)).toEqual([]);
  });

  test("takes time and looks, and what is missing is said", () => {
    const few = looked(
      (second) => ({ leak: second * MB }),
      () => 0,
      4,
    );
    expect(names(few)).toEqual([]);
    expect(tooLittle(few.looks, few.retained)).toEqual({ code: "profile.leakLooks", args: { looks: 4, least: 7 } });
    const looks = Array.from({ length: 9 }, (_, n) => ({ atMs: n * 300, sites: sitesOf({ leak: n * 3 * MB }) }));
    const short = growthOf(
      "retained",
      looks.map(({ atMs }) => atMs),
      looks.map((_, n) => n * 3 * MB),
    );
    expect(short).toMatchObject({ pattern: "unknown", bytesPerSecond: 10 * MB });
    expect(leaksIn(looks, short, SAMPLE)).toEqual([]);
    expect(tooLittle(looks, short)).toEqual({ code: "profile.leakShort", args: { seconds: 2.4 } });
    expect(leaksIn([], null, SAMPLE)).toEqual([]);
  });
});

describe("places that allocate", () => {
  const node = (functionName: string, url: string, selfSize: number, children: V8HeapNode[] = []): V8HeapNode => ({
    ...{ callFrame: { functionName, url, lineNumber: 1, columnNumber: 2 }, selfSize, id: 1, children },
  });

  test("are the innermost that have a file, with who called them where they allocated most", () => {
    const push = (bytes: number) => node("push", "", bytes);
    const helper = (bytes: number) => node("helper", "/h.js", bytes, [push(5)]);
    const head = node("(root)", "", 0, [
      node("small", "/a.js", 0, [helper(10)]),
      node("large", "/a.js", 0, [node("map", "", 0, [helper(100)])]),
      push(7),
    ]);
    const sites = [...allocationSites(head).values()].map(({ frame, bytes, callers }) => [
      frame.functionName,
      bytes,
      callers.map(({ functionName }) => functionName),
    ]);
    expect(sites).toContainEqual(["helper", 120, ["map", "large"]]);
    expect(sites).toContainEqual(["push", 7, []]);
    expect(sites).toHaveLength(2);
  });

  test("are told with what they allocate beside what stays of it", () => {
    const looks = [0, 1, 2, 3].map((n) => ({ atMs: 5_000 * n, sites: sitesOf({ leak: n * 5 * MB }) }));
    const during = { sampledMs: 5_000, samplingBytes: 1 << 20 };
    const { allocatedBytesPerSecond, samples, sites } = allocationOf(
      sitesOf({ leak: 10 * MB, garbage: 250 * MB }),
      during,
      looks,
    );
    expect([allocatedBytesPerSecond, samples]).toEqual([52 * MB, 248]);
    const figures = sites.map((site) => [site.name, site.allocatedBytesPerSecond, site.freedBytesPerSecond]);
    expect(figures).toEqual([
      ["garbage", 50 * MB, 50 * MB],
      ["leak", 2 * MB, 1 * MB],
    ]);
    expect(sites[1]).toMatchObject({ livingBytes: 15 * MB, grownBytesPerSecond: MB });
    // Of one look there is no growth, so nothing is said of what is freed.
    const [one] = allocationOf(sitesOf({ leak: MB }), during, looks.slice(0, 1)).sites;
    expect(one).toMatchObject({ grownBytesPerSecond: null, freedBytesPerSecond: null });
    expect(() => allocationOf(new Map(), { ...during, sampledMs: 0 }, [])).toThrow(RangeError);
  });

  test("are sampled the coarser the more is allocated", () => {
    expect([0, 50 * MB, 200 * MB, 1e9, 1e12].map(samplingBytesFor)).toEqual([
      SAMPLE,
      SAMPLE,
      4 * SAMPLE,
      16 * SAMPLE,
      64 * SAMPLE,
    ]);
  });
});
