import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type AgentUse, FootprintBook } from "../../../src/engine/decide/footprint.ts";

const MB = 1_000_000;
const use = (id: string, rssBytes: number | null, over: Partial<AgentUse> = {}): AgentUse => ({
  id,
  ready: true,
  rssBytes,
  cpuCores: 0.5,
  ...over,
});
const look = (book: FootprintBook, agents: readonly AgentUse[], times = 12, fromMs = 0): void => {
  for (let n = 0; n < times; n++) book.look(agents, [], fromMs + n * 1_000);
};

describe("what an agent needs", () => {
  test("is not known before three agents were seen long enough, and then is their 95th percentile", () => {
    const book = new FootprintBook();
    look(book, [use("a", 100 * MB), use("b", 200 * MB)]);
    expect(book.footprint()).toMatchObject({ rssBytes: null, cpuCores: null, agents: 2 });
    look(book, [use("a", 100 * MB), use("b", 200 * MB), use("c", 150 * MB)], 9);
    expect(book.footprint().rssBytes).toBeNull();
    look(book, [use("a", 100 * MB), use("b", 200 * MB), use("c", 150 * MB)], 1);
    expect(book.footprint()).toMatchObject({ rssBytes: 200 * MB, cpuCores: 0.5, agents: 3 });
  });

  test("counts the peak of each, not where it is now, and those that have ended", () => {
    const book = new FootprintBook();
    look(book, [use("a", 300 * MB)], 1);
    look(book, [use("a", 50 * MB), use("b", 60 * MB), use("c", 70 * MB)]);
    expect(book.footprint().rssBytes).toBe(300 * MB);
    look(book, [], 1);
    expect(book.footprint()).toMatchObject({ rssBytes: 300 * MB, agents: 3 });
  });

  test("is not learned from agents that never became ready: a crash loop would make them small", () => {
    const book = new FootprintBook();
    for (let n = 0; n < 50; n++) look(book, [use(`a${n}`, MB, { ready: false })], 3);
    expect(book.footprint()).toMatchObject({ rssBytes: null, agents: 0 });
  });

  test("forgets: after 200 newer agents an old one counts no more", () => {
    const book = new FootprintBook();
    look(book, [use("old", 900 * MB)], 1);
    for (let n = 0; n < 210; n++) look(book, [use(`a${n}`, 10 * MB)], 1);
    look(book, [], 1);
    expect(book.footprint()).toMatchObject({ rssBytes: 10 * MB, agents: 200 });
  });

  test("seconds a task come from runs that ended", () => {
    const book = new FootprintBook();
    book.look([], [1_000, 2_000, 3_000, 4_000], 0);
    expect(book.footprint().taskSeconds).toBeNull();
    book.look([], [30_000], 1_000);
    expect(book.footprint()).toMatchObject({ taskSeconds: 30, tasks: 5 });
  });

  test("survives being stored, and anything else that is found in its place", () => {
    const book = new FootprintBook();
    look(book, [use("a", 100 * MB), use("b", 200 * MB), use("c", 150 * MB)]);
    const again = new FootprintBook(JSON.parse(JSON.stringify(book.keep())));
    expect(again.footprint().rssBytes).toBe(200 * MB);
    for (const odd of [null, 7, "x", [], { rssBytes: "many" }, { rssBytes: [Number.NaN, -1, "9", null] }])
      expect(new FootprintBook(odd).footprint()).toMatchObject({ rssBytes: null, agents: 0 });
  });

  test("never becomes a size from what is none", () => {
    fc.assert(
      fc.property(fc.array(fc.double(), { maxLength: 20 }), fc.array(fc.double(), { maxLength: 9 }), (rss, ran) => {
        const book = new FootprintBook();
        for (let n = 0; n < 12; n++)
          book.look(
            rss.map((bytes, at) => use(`a${at}`, bytes)),
            ran,
            n * 1_000,
          );
        for (const value of [book.footprint().rssBytes, book.footprint().taskSeconds])
          if (value !== null) expect(value >= 0 && Number.isFinite(value)).toBe(true);
      }),
    );
  });
});

describe("what is promised to an agent", () => {
  const book = new FootprintBook();
  look(book, [use("a", 100 * MB), use("b", 100 * MB), use("c", 100 * MB)]);

  test("is the rest of the footprint until its real size shows", () => {
    expect(book.unshownBytes(use("new", null), 20_000)).toBe(100 * MB);
    expect(book.unshownBytes(use("new", 30 * MB, { ready: false }), 20_000)).toBe(70 * MB);
    expect(book.unshownBytes(use("new", 91 * MB), 20_000)).toBe(0);
  });

  test("ends a minute after it was ready: what it is by then is its real size", () => {
    book.look([use("a", 100 * MB), use("b", 100 * MB), use("c", 100 * MB), use("small", 10 * MB)], [], 30_000);
    expect(book.unshownBytes(use("small", 10 * MB), 89_000)).toBe(90 * MB);
    expect(book.unshownBytes(use("small", 10 * MB), 90_000)).toBe(0);
  });
});
