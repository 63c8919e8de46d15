import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { orAborted } from "../../../src/engine/common/orAborted.ts";

test("settles as the work does, and leaves nothing on the signal", async () => {
  const { signal } = new AbortController();
  expect(await orAborted(Promise.resolve(7), signal)).toBe(7);
  await expect(orAborted(Promise.reject(new Error("no")), signal)).rejects.toThrow("no");
  expect(getEventListeners(signal, "abort")).toEqual([]);
});

test("fails when the signal says so, before and meanwhile; the work may fail later unheard", async () => {
  const given = new AbortController();
  let fail = (): void => undefined;
  const work = new Promise<never>((_, reject) => (fail = () => reject(new Error("late"))));
  const waiting = orAborted(work, given.signal);
  given.abort();
  await expect(waiting).rejects.toMatchObject({ code: "aborted" });
  await expect(orAborted(work, given.signal, () => new TypeError("mine"))).rejects.toThrow(TypeError);
  fail();
  expect(getEventListeners(given.signal, "abort")).toEqual([]);
});
