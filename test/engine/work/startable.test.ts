import { expect, test } from "vitest";
import { canStart } from "../../../src/engine/work/startable.ts";

const door = {
  isOpen: true,
  permits: Number.POSITIVE_INFINITY,
  limit: 4,
  free: 4,
  ahead: 0,
  deadlineSeconds: 60,
};
const servers = { agents: 3, idle: 1, taskSeconds: 30 };

test("a task starts at once where somebody is idle for it and for all before it", () => {
  expect(canStart(door, { ...servers, taskSeconds: null })).toBe(true);
  expect(canStart({ ...door, ahead: 1 }, { ...servers, taskSeconds: null })).toBeNull();
  expect(canStart({ ...door, free: 0 }, { ...servers, taskSeconds: null })).toBeNull();
});

test("else it starts when the agents that may work in the lane have done what is before it", () => {
  const busy = { ...servers, idle: 0 };
  // (5 + 1) · 30 s ÷ 3 = 60 s; one more is 70 s. With two places in the lane: (3 + 1) · 30 s ÷ 2.
  expect(canStart({ ...door, ahead: 5 }, busy)).toBe(true);
  expect(canStart({ ...door, ahead: 6 }, busy)).toBe(false);
  expect(canStart({ ...door, ahead: 3, limit: 2 }, busy)).toBe(true);
  expect(canStart({ ...door, ahead: 4, limit: 2 }, busy)).toBe(false);
});

test.each([{ isOpen: false }, { permits: 0 }, { limit: 0 }])("nothing starts with %j", (change) => {
  expect(canStart({ ...door, ...change }, servers)).toBe(false);
});

test("nothing starts without agents", () => {
  expect(canStart(door, { agents: 0, idle: 0, taskSeconds: 1 })).toBe(false);
});
