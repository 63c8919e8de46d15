import { expect, test } from "vitest";
import { shortHash } from "../../../src/engine/common/shortHash.ts";

test("gives the published values of FNV-1a", () => {
  expect(shortHash("")).toBe("cbf29ce484222325");
  expect(shortHash("a")).toBe("af63dc4c8601ec8c");
  expect(shortHash("foobar")).toBe("85944171f73967e8");
});

test("is 16 digits wide and differs for inputs that differ little", () => {
  const seen = new Set(Array.from({ length: 10_000 }, (_, i) => shortHash(`/run/user/${i}/swarm-allocator`)));
  expect(seen.size).toBe(10_000);
  expect([...seen].every((hash) => /^[0-9a-f]{16}$/.test(hash))).toBe(true);
});
