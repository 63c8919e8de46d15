import { describe, expect, test } from "vitest";
import { speedscope } from "../../../src/profiler/formats/speedscope.ts";
import type { Profile } from "../../../src/profiler/profile.ts";
import { bytes, nameOf, plain, profileOf, refusal, runs, selfByStack } from "../support.ts";

const shared = { frames: [{ name: "a" }, { name: "b", file: "/b.js", line: 7, col: 2 }, { name: "" }] };
const read = (...profiles: unknown[]) => speedscope.read(bytes(JSON.stringify({ shared, profiles })), "f").profiles;
const sampled = {
  ...{ type: "sampled", name: "one", unit: "milliseconds", startValue: 0, endValue: 6 },
  samples: [[0, 1], [0], [], [0, 1]],
  weights: [1, 2, 1, 2],
};
const events = [
  { type: "O", frame: 0, at: 10 },
  { type: "O", frame: 1, at: 12 },
  { type: "C", frame: 1, at: 15 },
  { type: "C", frame: 0, at: 16 },
];
const evented = { type: "evented", name: "two", unit: "microseconds", startValue: 8, endValue: 20, events };

describe("speedscope", () => {
  test("has several profiles in a file, with the frames shared", () => {
    const [one, two, ...more] = read(sampled, evented) as [Profile, Profile];
    expect(more).toEqual([]);
    expect(one).toMatchObject({ name: "one", unit: "microseconds" });
    expect(runs(one, nameOf)).toEqual([
      ["a\u0001b", 1_000, 0],
      ["a", 2_000, 1_000],
      ["a\u0001b", 2_000, 4_000],
    ]);
    expect(one.frames).toEqual([plain("a"), { name: "b", file: "/b.js", line: 7, column: 2 }]);
    expect(two.name).toBe("two");
    expect(runs(two, nameOf)).toEqual([
      ["a", 2, 2],
      ["a\u0001b", 3, 4],
      ["a", 1, 7],
    ]);
    expect(Array.from(two.sampleNode)).toEqual([-1, 0, 1, 0, -1]);
  });

  test.each([
    ["none", "count", 1],
    ["bytes", "bytes", 1],
    ["nanoseconds", "microseconds", 0.001],
    ["seconds", "microseconds", 1e6],
  ])("of %s is of %s here", (unit, expected, factor) => {
    const [profile] = read({ ...sampled, unit }) as [Profile];
    expect(profile.unit).toBe(expected);
    expect(profile.sampleWeight[1]).toBeCloseTo(2 * factor, 9);
    expect(profile.sampleAtUs === null).toBe(expected !== "microseconds");
  });

  test("a function without a name, a profile without one and no profile at all are fine", () => {
    const [profile] = read({ ...sampled, name: undefined, samples: [[2]], weights: [1] }) as [Profile];
    expect(profile.name).toBe("f");
    expect(selfByStack(profile, nameOf)).toEqual({ "(anonymous)": 1_000 });
    expect(read()).toEqual([]);
  });

  test("a stack that shares only later frames with the one before is another", () => {
    const [profile] = read({ ...sampled, samples: [[0, 1, 2], [1, 1, 2], [1], [1, 1, 0]] }) as [Profile];
    expect(runs(profile, nameOf).map(([stack]) => stack.split("\u0001"))).toEqual([
      ["a", "b", "(anonymous)"],
      ["b", "b", "(anonymous)"],
      ["b"],
      ["b", "b", "a"],
    ]);
  });

  test.each([
    ["closed before it was opened", [{ type: "C", frame: 0, at: 1 }], 0],
    ["closed in the wrong order", [...events.slice(0, 2), { type: "C", frame: 0, at: 13 }], 2],
    ["never closed", events.slice(0, 3), 0],
  ])("an event %s is refused by its place", (_, list, at) => {
    const profile = { ...evented, startValue: 0, events: list };
    expect(refusal(() => read(sampled, profile))).toMatchObject({
      code: "profile.unbalanced",
      args: { file: "f", place: `profiles[1].events[${at}]`, value: 0 },
    });
  });

  test.each([
    [
      "a frame that is not there",
      { ...sampled, samples: [[0], [3], [], []] },
      "profile.value",
      "profiles[0].samples[1][0]",
    ],
    [
      "a frame that is half of one",
      { ...sampled, samples: [[0.5], [], [], []] },
      "profile.value",
      "profiles[0].samples[0][0]",
    ],
    ["a stack that is none", { ...sampled, samples: [0, [], [], []] }, "profile.value", "profiles[0].samples[0]"],
    ["a weight below zero", { ...sampled, weights: [1, -2, 1, 1] }, "profile.value", "profiles[0].weights[1]"],
    ["too few weights", { ...sampled, weights: [1] }, "profile.lengths", "profiles[0].weights"],
    ["another unit", { ...sampled, unit: "__proto__" }, "profile.value", "profiles[0].unit"],
    ["another type", { ...sampled, type: "x" }, "profile.value", "profiles[0].type"],
    [
      "time that goes back",
      { ...evented, events: [events[1], events[0]] },
      "profile.value",
      "profiles[0].events[1].at",
    ],
    [
      "another event",
      { ...evented, events: [{ type: "X", frame: 0, at: 9 }] },
      "profile.value",
      "profiles[0].events[0].type",
    ],
    [
      "a time that is text",
      { ...evented, events: [{ type: "O", frame: 0, at: "9" }] },
      "profile.value",
      "profiles[0].events[0].at",
    ],
    [
      "an object for a frame",
      { ...evented, events: [{ type: "O", frame: { toString: 1 }, at: 9 }] },
      "profile.value",
      "profiles[0].events[0].frame",
    ],
  ])("with %s is refused, and the place is named", (_, profile, code, place) => {
    expect(refusal(() => read(profile))).toMatchObject({ code, args: { file: "f", place } });
  });

  test("what it writes is of the schema's shape", () => {
    const text = speedscope.writer?.write(
      profileOf([
        [["a", plain("b", "/b.js", 3)], 4, 0],
        [["a"], 6, 10],
      ]),
    );
    expect(JSON.parse(String(text))).toEqual({
      $schema: "https://www.speedscope.app/file-format-schema.json",
      exporter: "swarm-resource-allocator",
      name: "by hand",
      activeProfileIndex: 0,
      shared: { frames: [{ name: "a" }, { name: "b", file: "/b.js", line: 3 }] },
      profiles: [
        {
          ...{ type: "sampled", name: "by hand", unit: "microseconds", startValue: 0, endValue: 16 },
          samples: [[0, 1], [], [0]],
          weights: [4, 6, 6],
        },
      ],
    });
  });
});
