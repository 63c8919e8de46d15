import { expect, test } from "vitest";
import { withholding } from "../../../../src/engine/providers/claudeFlow/withheld.ts";

test("takes secrets out of whatever is said, keys and the inside of words too", () => {
  const withhold = withholding(['canary"4711', "canary-long-4711", "short"]);
  expect(
    withhold({
      'a canary"4711 b': ["x canary-long-4711, canary-long-4711", 7, null],
      more: { said: "short and other words" },
    }),
  ).toEqual({
    "a (withheld) b": ["x (withheld), (withheld)", 7, null],
    more: { said: "short and other words" },
  });
  expect(withhold("bad token canary-long-4711")).toBe("bad token (withheld)");
});

test("gives back the thing itself where nothing is to be withheld", () => {
  const said = { text: "nothing", at: undefined };
  expect(withholding(["canary-long-4711"])(said)).toBe(said);
  expect(withholding([])(said)).toBe(said);
  expect(withholding(["canary-long-4711"])(undefined)).toBeUndefined();
});
