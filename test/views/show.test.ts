import { describe, expect, it } from "vitest";
import { inMessage, inPick, line, show } from "../../src/views/show.ts";
import { hostileStrings, unprintable } from "./overviews.ts";

describe("text for the editor", () => {
  it.each(hostileStrings.map((text) => [JSON.stringify(text).slice(0, 40), text]))(
    "%s makes no link in a message and no icon in a pick",
    (_, text) => {
      for (const shown of [line(text), inMessage(text), inPick(text)]) expect(shown).not.toMatch(unprintable);
      expect(inMessage(text)).not.toMatch(/\]\(/);
      expect(inPick(text)).not.toMatch(/(?<!\\)\$\(/);
      expect(line(text).length).toBeLessThanOrEqual(120);
    },
  );

  it("has a dash for what is unknown", () => {
    expect([show.bytes(null), show.percent(null), show.number(null), show.duration(null), show.cores(null)]).toEqual(
      Array.from({ length: 5 }, () => "–"),
    );
    expect(show.percent(0)).toBe("0%");
  });
});
