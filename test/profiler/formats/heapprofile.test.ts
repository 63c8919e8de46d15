import { describe, expect, test } from "vitest";
import { heapprofile } from "../../../src/profiler/formats/heapprofile.ts";
import type { Profile } from "../../../src/profiler/profile.ts";
import { bytes, nameOf, refusal, selfByStack } from "../support.ts";

const call = (functionName: string) => ({ functionName, scriptId: "0", url: "", lineNumber: 0, columnNumber: 0 });
const read = (json: unknown) => heapprofile.read(bytes(typeof json === "string" ? json : JSON.stringify(json)), "f");
const only = (json: unknown): Profile => read(json).profiles[0] as Profile;

const head = {
  ...{ callFrame: call("(root)"), selfSize: 0, id: 1 },
  children: [
    {
      callFrame: call("a"),
      selfSize: 100,
      id: 2,
      children: [{ callFrame: call("b"), selfSize: 24, id: 3, children: [] }],
    },
    { callFrame: call("c"), selfSize: 8, id: 4, children: [] },
  ],
};
// As V8 has it: made up, without a place.
head.callFrame = { ...head.callFrame, lineNumber: -1, columnNumber: -1 };

describe(".heapprofile", () => {
  test("is a tree of bytes without an order in time", () => {
    const profile = only({ head });
    expect(profile).toMatchObject({ unit: "bytes", sampleAtUs: null });
    expect(selfByStack(profile, nameOf)).toEqual({ a: 100, "a\u0001b": 24, c: 8 });
    expect(profile.frames.map(nameOf)).toEqual(["a", "b", "c"]);
    expect(profile.frames[0]).toMatchObject({ line: 1, column: 1 });
  });

  test("with samples has them in the order in which they were allocated", () => {
    const samples = [
      { size: 24, nodeId: 3, ordinal: 9 },
      { size: 8, nodeId: 4, ordinal: 1 },
      { size: 60, nodeId: 2, ordinal: 12 },
      { size: 40, nodeId: 2, ordinal: 2 },
    ];
    const { profiles, problems } = read({ head, samples });
    expect(problems).toEqual([]);
    expect(Array.from(profiles[0]?.sampleWeight ?? [])).toEqual([8, 40, 24, 60]);
    expect(selfByStack(profiles[0] as Profile, nameOf)).toEqual(selfByStack(only({ head }), nameOf));
  });

  test("whose samples come to more, as V8 rounds them, weighs what its nodes say", () => {
    const samples = [
      { size: 60, nodeId: 3, ordinal: 9 },
      { size: 20, nodeId: 3, ordinal: 3 },
      { size: 9, nodeId: 4, ordinal: 1 },
      { size: 60, nodeId: 2, ordinal: 12 },
    ];
    const { profiles, problems } = read({ head, samples });
    expect(problems).toEqual([]);
    expect(Array.from(profiles[0]?.sampleWeight ?? [])).toEqual([8, 6, 18, 100]);
  });

  test("with samples of other nodes only keeps to its nodes, and says so", () => {
    const { profiles, problems } = read({ head, samples: [{ size: 1, nodeId: 3, ordinal: 9 }] });
    expect(selfByStack(profiles[0] as Profile, nameOf)).toEqual({ a: 100, "a\u0001b": 24, c: 8 });
    expect(problems).toEqual([{ code: "profile.samplesDiffer", args: { file: "f", count: 2, of: 4 } }]);
  });

  test.each([
    ["no head", { head: 3 }, "head"],
    [
      "bytes below zero",
      { head: { ...head, children: [{ callFrame: call("x"), selfSize: -1 }] } },
      "head.children[0].selfSize",
    ],
    ["children that are none", { head: { ...head, children: 7 } }, "head.children"],
    ["a child that is none", { head: { ...head, children: [null] } }, "head.children[0]"],
    ["a name that is none", { head: { callFrame: { functionName: 5 } } }, "head.callFrame.functionName"],
    ["a sample of no node", { head, samples: [{ size: 1, nodeId: 77 }] }, "samples[0].nodeId"],
    ["a sample without a size", { head, samples: [{ nodeId: 2 }] }, "samples[0].size"],
  ])("with %s is refused, and the place is named", (_, json, place) => {
    expect(refusal(() => read(json))).toMatchObject({ code: "profile.value", args: { file: "f", place } });
  });

  test("is read 12,000 levels deep, and a fault far down is found without a place as long as the tree", () => {
    const open = '{"callFrame":{"functionName":"f"},"selfSize":1,"children":[';
    const deep = (inner: string) => `{"head":${open.repeat(12_000)}${inner}${"]}".repeat(12_000)}}`;
    expect(only(deep("")).nodeFrame).toHaveLength(12_000);
    const { args } = refusal(() => read(deep("7")));
    expect(args["place"]).toBe(`…${".children[0]".repeat(20)}`);
  });
});
