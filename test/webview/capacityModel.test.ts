import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { params } from "../../src/engine/protocol/params.ts";
import { CAPACITY_HORIZONS, capacityPageMessage, PLAIN_WISH } from "../../src/engine/protocol/capacityPage.ts";
import { spanOf } from "../../webview/capacity/span.ts";
import { type Field, meant, NO_TEXTS, recalledTexts } from "../../webview/capacity/wish.ts";

describe("what is typed", () => {
  test("is nothing at first: all as it is, growth as learned", () => {
    expect(meant(NO_TEXTS)).toEqual({ kind: "ok", wish: PLAIN_WISH });
  });

  test("is read as people write it", () => {
    const texts = { horizonDays: 90, growth: "percent", percent: " -5 % ", agents: "12", memory: "64", cpus: "0.5" };
    expect(meant({ ...texts, growth: "percent" })).toEqual({
      kind: "ok",
      wish: { horizonDays: 90, growth: -5, agents: 12, memoryBytes: 64e9, cpus: 0.5 },
    });
    const memory = (text: string) => meant({ ...NO_TEXTS, memory: text });
    expect(memory("512 MB")).toMatchObject({ wish: { memoryBytes: 512e6 } });
    expect(memory("0.5tb")).toMatchObject({ wish: { memoryBytes: 5e11 } });
  });

  test.each<[Field, string]>([
    ...["0", "-1", "1.5", "1e9", "1000000000", "100001", "many", "NaN", "0x10", "1,5"].map((text): [Field, string] => [
      "agents",
      text,
    ]),
    ...["0", "0GB", "-4", "1e9", "lots", "64 PB", "64,5"].map((text): [Field, string] => ["memory", text]),
    ...["0", "0.05", "-2", "1e9", "10001", "four", "Infinity"].map((text): [Field, string] => ["cpus", text]),
    ...["", "1e9", "1000000000", "10001", "-101", "fast", "NaN"].map((text): [Field, string] => ["percent", text]),
  ])("of %s as %j is refused with what to type instead, and nothing is asked", (field, text) => {
    const { kind, ...rest } = meant({ ...NO_TEXTS, growth: "percent", percent: "10", [field]: text });
    expect(kind).toBe("refused");
    expect(Object.keys((rest as { problems: object }).problems)).toEqual([field]);
    expect(JSON.stringify(rest)).toMatch(/Use /);
  });

  test("is, whatever it is, refused or something that the engine takes", () => {
    const typed = fc.oneof(fc.string(), fc.integer().map(String), fc.double().map(String));
    fc.assert(
      fc.property(typed, typed, typed, typed, (percent, agents, memory, cpus) => {
        const now = meant({ horizonDays: 30, growth: "percent", percent, agents, memory, cpus });
        if (now.kind === "refused") return;
        expect(capacityPageMessage.safeParse({ type: "wish", wish: now.wish }).success).toBe(true);
        const asked = Object.fromEntries(Object.entries(now.wish).filter(([, value]) => value !== null));
        expect(params.capacityPlan.safeParse(asked).success).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test("comes back after a reload, without what could not be typed", () => {
    const texts = { ...NO_TEXTS, growth: "percent", percent: "7", memory: "64", horizonDays: 365 } as const;
    expect(recalledTexts({ ...texts, swarmId: "docs" })).toEqual(texts);
    expect(recalledTexts({ horizonDays: 8, growth: 3, agents: 5, memory: null })).toEqual(NO_TEXTS);
  });

  test("of another engine's page is refused by the editor's side", () => {
    const takes = (wish: object) =>
      capacityPageMessage.safeParse({ type: "wish", wish: { ...PLAIN_WISH, ...wish } }).success;
    for (const horizonDays of CAPACITY_HORIZONS) expect(takes({ horizonDays })).toBe(true);
    for (const agents of [0, -1, 1.5, 1e9]) expect(takes({ agents })).toBe(false);
    for (const wish of [{ memoryBytes: 0 }, { growth: 1e9 }, { cpus: Number.NaN }, { horizonDays: 31 }])
      expect(takes(wish)).toBe(false);
  });
});

describe("a line from now to the horizon", () => {
  const of = (inDays: number | null, soonestInDays: number | null, latestInDays: number | null) =>
    spanOf({ inDays, soonestInDays, latestInDays }, 100);

  test("has the interval, and the day in it", () => {
    expect(of(42, 30, 70)).toEqual({ from: 0.3, to: 0.7, at: 0.42, isOpen: false });
    expect(of(50, 50, 50)).toEqual({ from: 0.5, to: 0.5, at: 0.5, isOpen: false });
    expect(of(0, 0, 0)).toEqual({ from: 0, to: 0, at: 0, isOpen: false });
  });

  test("goes on where the interval does", () => {
    expect(of(90, 60, 180)).toEqual({ from: 0.6, to: 1, at: 0.9, isOpen: true });
    expect(of(140, 60, null)).toEqual({ from: 0.6, to: 1, at: null, isOpen: true });
    expect(of(null, 60, null)).toEqual({ from: 0.6, to: 1, at: null, isOpen: true });
  });

  test("is empty where nothing runs out before its end, or nothing is known", () => {
    expect(of(null, null, null)).toBeNull();
    expect(of(240, 120, 400)).toBeNull();
    expect(spanOf(null, 100)).toBeNull();
  });
});
