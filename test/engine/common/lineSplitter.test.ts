import * as fc from "fast-check";
import { expect, test } from "vitest";
import { LineSplitter } from "../../../src/engine/common/lineSplitter.ts";

function split(chunks: readonly Buffer[], maxBytes = 1 << 20): (string | null)[] {
  const seen: (string | null)[] = [];
  const lines = new LineSplitter(
    maxBytes,
    (line) => seen.push(line),
    () => seen.push(null),
  );
  for (const chunk of chunks) lines.push(chunk);
  return seen;
}

test("lines come out whole wherever the stream is cut, inside a character too", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "grapheme" })), fc.array(fc.nat(400)), (texts, cuts) => {
      const lines = texts.map((text) => text.replaceAll("\n", " "));
      const whole = Buffer.from(lines.map((line) => `${line}\n`).join(""));
      const at = [0, ...cuts.map((cut) => Math.min(cut, whole.length)).toSorted((a, b) => a - b), whole.length];
      const chunks = at.slice(1).map((end, i) => whole.subarray(at[i], end));
      expect(split(chunks)).toEqual(lines);
    }),
  );
});

test("a line without its end is not a line yet", () => {
  expect(split([Buffer.from("one\ntw")])).toEqual(["one"]);
});

test("a line above the limit is reported once, skipped, and the next one is heard", () => {
  expect(split([Buffer.from("123456789"), Buffer.from("0123\nok\n12345678\n")], 8)).toEqual([null, "ok", "12345678"]);
});
