import { describe, expect, test } from "vitest";
import type { DocumentMemory } from "../../src/engine/protocol/profilePage.ts";
import { profileDocument } from "../../src/text/profileDocument.ts";
import { drawnSeries, lookText, memorySentence, topOf } from "../../webview/profile/memoryRows.ts";
import { outsideReport, profileReport } from "./profileStates.ts";

const memory = profileDocument(profileReport()).memory ?? expect.fail("no memory");
const withSwap = (values: readonly (number | null)[]): DocumentMemory => ({
  ...memory,
  series: [...memory.series.filter(({ id }) => id !== "swap"), { id: "swap", values }],
});

describe("the picture of the memory", () => {
  test("has RSS, PSS, heap used and external, and swap only where there was any", () => {
    const ids = (of: DocumentMemory) => drawnSeries(of).map(({ id }) => id);
    expect(ids(memory)).toEqual(["rss", "pss", "heapUsed", "external"]);
    expect(ids(withSwap([0, null, 4_096]))).toContain("swap");
    expect(ids(withSwap([0, null, 0]))).not.toContain("swap");
  });

  test("reaches as high as its highest value, whatever is not known", () => {
    expect(topOf([{ id: "rss", values: [1, null, 7, 3] }])).toBe(7);
    expect(topOf([{ id: "rss", values: [null] }])).toBe(0);
    expect(topOf([])).toBe(0);
  });

  test("says each look in words, and unknown for what is not known", () => {
    expect(lookText(0, [{ id: "rss", values: [null] }], 0)).toBe("0 s, RSS unknown");
    expect(lookText(5_000, drawnSeries(memory), 1)).toBe(
      "5 s, RSS 360 MB, PSS 340 MB, Heap used 150 MB, External 3.1 MB",
    );
  });

  test("is a sentence from the first known to the last, and says what stays", () => {
    const of = (values: readonly (number | null)[]) => memorySentence({ ...memory, series: [{ id: "rss", values }] });
    expect(of([null, 1e6, 3e6, null])).toBe("In 60 s: RSS from 1.0 MB to 3.0 MB.");
    expect(of([2e6, 2_000_010])).toBe("In 60 s: RSS at 2.0 MB.");
    expect(of([2e6])).toBe("");
    const outside = profileDocument(outsideReport()).memory ?? expect.fail("no memory");
    expect(memorySentence(outside)).toBe("Too short a time for a picture: one look was taken.");
    expect(memorySentence({ ...outside, atMs: [] })).toBe("Too short a time for a picture: no look was taken.");
  });
});
