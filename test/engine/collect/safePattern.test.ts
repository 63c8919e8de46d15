import * as fc from "fast-check";
import { expect, test } from "vitest";
import { CodedError } from "../../../src/engine/common/errors.ts";
import { compilePattern, MAX_PATTERN_INPUT } from "../../../src/engine/collect/safePattern.ts";
import { builtInRules } from "../../../src/engine/collect/rules.ts";

/** Far above what an accepted pattern needs (some 10 ms), far below what a runaway one takes. */
const RUNAWAY_MS = 1_500;

test("a pattern that is accepted does not run away on the longest text it may be given", () => {
  const piece = fc.constantFrom(..."a a b . [ab] \\w ( (?: ) ) * + ? *? | {2} {2,} {1,9} $ \\p{L}".split(" "));
  let accepted = 0;
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 14 }), (pieces) => {
      const pattern = compiledOrNull(pieces.join(""));
      if (pattern === null) return;
      accepted++;
      const before = performance.now();
      pattern.test(`${"a".repeat(MAX_PATTERN_INPUT - 1)}!`);
      pattern.test(`${"ab".repeat(MAX_PATTERN_INPUT / 2)}`);
      expect(performance.now() - before).toBeLessThan(RUNAWAY_MS);
    }),
    { numRuns: 3_000 },
  );
  expect(accepted).toBeGreaterThan(50);
});

test("the patterns of our own rules are accepted", () => {
  for (const { kind, paths = [], require = [], exclude = [], excludePaths = [] } of builtInRules) {
    for (const source of [...paths, ...require, ...exclude, ...excludePaths])
      expect(compilePattern(source, kind, "x")).toBeInstanceOf(RegExp);
  }
});

function compiledOrNull(source: string): RegExp | null {
  try {
    return compilePattern(source, "rule", "field");
  } catch (error) {
    if (error instanceof CodedError) return null;
    throw error;
  }
}
