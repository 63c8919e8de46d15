import { Profile as Pprof, StringTable } from "pprof-format";
import { describe, expect, test } from "vitest";
import { pprof } from "../../../src/profiler/formats/pprof.ts";
import type { Profile } from "../../../src/profiler/profile.ts";
import { nameOf, plain, profileOf, refusal, selfByStack } from "../support.ts";

const read = (content: Uint8Array) => pprof.read(content, "f");

interface Options {
  readonly types?: readonly (readonly [type: string, unit: string])[];
  readonly preferred?: string;
  readonly values?: readonly (number | bigint)[];
  readonly locationId?: (number | bigint)[];
  /** A location of a function that is not there. */
  readonly broken?: boolean;
}

/** main over work, into which helper was inlined; the leaf comes first. */
function file({
  types = [
    ["samples", "count"],
    ["cpu", "nanoseconds"],
  ],
  preferred,
  values = [3, 5_000],
  locationId = [2, 1],
  broken = false,
}: Options = {}): Uint8Array {
  const stringTable = new StringTable();
  const text = (value: string) => stringTable.dedup(value);
  return new Pprof({
    stringTable,
    sampleType: types.map(([type, unit]) => ({ type: text(type), unit: text(unit) })),
    defaultSampleType: preferred === undefined ? 0 : text(preferred),
    sample: [{ locationId, value: [...values] }],
    mapping: [{ id: 1, filename: text("/lib/x.so") }],
    location: [
      { id: 1, line: [{ functionId: 1, line: 30 }] },
      {
        id: 2,
        line: [
          { functionId: 3, line: 8 },
          { functionId: 2, line: 21 },
        ],
      },
      { id: 3, line: [{ functionId: 1, line: 25 }] },
      { id: 4, mappingId: 1, address: 0xfffffffff000n },
      { id: 0xffff_ffff_ffff_fff0n, line: [{ functionId: 1, line: 25 }] },
      ...(broken ? [{ id: 6, line: [{ functionId: 9 }] }] : []),
    ],
    function: [
      { id: 1, name: text("main"), filename: text("/m.go") },
      { id: 2, name: text("work"), filename: text("/w.go"), startLine: 20 },
      { id: 3, name: text("helper"), filename: text("/w.go") },
    ],
    timeNanos: 1_700_000_000_000_000_000n,
  }).encode();
}
const only = (options?: Options): Profile => read(file(options)).profiles[0] as Profile;

describe("pprof", () => {
  test("has inlined functions between their callers, and each function at its first line", () => {
    const profile = only();
    expect(selfByStack(profile, nameOf)).toEqual({ "main\u0001work\u0001helper": 5 });
    expect(profile.frames.slice(0, 3)).toEqual([
      plain("main", "/m.go", 25),
      plain("work", "/w.go", 20),
      plain("helper", "/w.go", 8),
    ]);
    expect(profile).toMatchObject({ unit: "microseconds", sampleAtUs: null, startedAtMs: 1_700_000_000_000 });
  });

  test.each([
    [
      "time on a processor before all",
      [
        ["cpu", "nanoseconds"],
        ["x", "count"],
      ],
      undefined,
      [2_000, 7],
      "microseconds",
      2,
    ],
    [
      "bytes in use",
      [
        ["inuse_objects", "count"],
        ["inuse_space", "bytes"],
        ["alloc_space", "bytes"],
      ],
      undefined,
      [1, 2, 3],
      "bytes",
      2,
    ],
    [
      "else the last",
      [
        ["x", "count"],
        ["wall", "milliseconds"],
      ],
      undefined,
      [1, 2],
      "microseconds",
      2_000,
    ],
    [
      "what the file prefers",
      [
        ["alloc_space", "kilobytes"],
        ["inuse_space", "bytes"],
      ],
      "alloc_space",
      [2, 3],
      "bytes",
      2_048,
    ],
    [
      "else the last, when it prefers what it has not",
      [
        ["a", "count"],
        ["b", "things"],
      ],
      "c",
      [2, 3],
      "count",
      3,
    ],
  ] as const)("measures %s", (_, types, preferred, values, unit, weight) => {
    const profile = only({ types, values, ...(preferred === undefined ? {} : { preferred }) });
    expect([profile.unit, profile.sampleWeight[0]]).toEqual([unit, weight]);
  });

  test("has an address where there are no symbols, and ids of 64 bits", () => {
    const profile = only({ locationId: [4, 0xffff_ffff_ffff_fff0n] });
    expect(profile.frames.at(-1)).toEqual(plain("0xfffffffff000", "/lib/x.so"));
    expect(selfByStack(profile, nameOf)).toEqual({ "main\u00010xfffffffff000": 5 });
  });

  test("below zero, as in a difference, counts nothing, and it is said", () => {
    const { profiles, problems } = read(file({ values: [1, -5_000] }));
    expect(profiles[0]?.sampleWeight[0]).toBe(0);
    expect(problems).toEqual([{ code: "profile.negative", args: { file: "f", count: 1, of: 1 } }]);
  });

  test("a sample without a stack ran nothing", () => {
    expect(only({ locationId: [] }).sampleNode[0]).toBe(-1);
  });

  test.each([
    ["a location that is not there", { locationId: [77] }, "profile.value", "sample[0].location_id[0]"],
    ["a function that is not there", { broken: true }, "profile.value", "location[5].line[0].function_id"],
    ["too few values", { values: [1] }, "profile.lengths", "sample[0].value"],
  ])("with %s is refused, and the place is named", (_, options, code, place) => {
    expect(refusal(() => read(file(options)))).toMatchObject({ code, args: { file: "f", place } });
  });

  test("cut in the middle is refused", () => {
    const whole = file();
    expect(read(whole).profiles).toHaveLength(1);
    expect(refusal(() => read(whole.subarray(0, whole.length - 3)))).toEqual({
      code: "profile.cutMessage",
      args: { file: "f", bytes: whole.length - 3 },
    });
  });

  test("what it writes rounds to the nanosecond and has one sample a stack", () => {
    const content = pprof.writer?.write(
      profileOf([
        [["a"], 1.0004],
        [["a", "b"], 3],
        [["a"], 2],
      ]),
    );
    const data = Pprof.decode(content as Uint8Array);
    const { strings } = data.stringTable;
    expect(data.sampleType.map(({ type, unit }) => [strings[Number(type)], strings[Number(unit)]])).toEqual([
      ["cpu", "nanoseconds"],
    ]);
    expect(data.sample.map(({ locationId, value }) => [locationId, value])).toEqual([
      [[1], [3_000]],
      [[2, 1], [3_000]],
    ]);
    expect(data.durationNanos).toBe(6_000);
  });
});
