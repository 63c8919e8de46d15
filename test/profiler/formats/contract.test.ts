import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, expectTypeOf, test } from "vitest";
import { CodedError } from "../../../src/engine/common/errors.ts";
import {
  PROFILE_FORMATS,
  type ProfileFormatId,
  WRITABLE_PROFILE_FORMATS,
  type WritableProfileFormatId,
} from "../../../src/engine/protocol/profiles.ts";
import { detectFormat, formats, readProfiles, writerForName, writerOf } from "../../../src/profiler/formats/all.ts";
import { foldedLabel } from "../../../src/profiler/formats/folded.ts";
import type { ProfileWriter } from "../../../src/profiler/formats/format.ts";
import { type Frame, nodeWeights, type Profile, ProfileBuilder } from "../../../src/profiler/profile.ts";
import { hasReasonText, reasonText } from "../../../src/text/reasons.ts";
import { anyProfile, bytes, labelOf, plain, profileOf, runs, selfByStack } from "../support.ts";

const writers = formats.flatMap(({ writer }) => (writer === null ? [] : [writer]));
const written = (writer: ProfileWriter, profile: Profile): Uint8Array => {
  const content = writer.write(profile);
  return typeof content === "string" ? bytes(content) : content;
};

function back(writer: ProfileWriter, profile: Profile): Profile {
  const read = readProfiles(written(writer, profile), "again");
  expect(read).toMatchObject({ format: writer.id, problems: [] });
  expect(read.profiles).toHaveLength(1);
  return read.profiles[0] as Profile;
}

/** Each JSON value as it is, and as what the formats look like with such values in them. */
const anyContent = fc.jsonValue().chain((value) =>
  fc.constantFrom(
    value,
    { nodes: value },
    { nodes: [{ id: 1, callFrame: value }] },
    { nodes: [{ id: 1, callFrame: {}, children: value }], samples: value, timeDeltas: value },
    { nodes: [{ id: 1, callFrame: {}, parent: value, hitCount: value }] },
    { nodes: [{ id: 1, callFrame: {} }], samples: [1], timeDeltas: [value], startTime: value, endTime: value },
    { head: value },
    { head: { callFrame: {}, children: value, selfSize: value }, samples: value },
    { shared: value, profiles: value },
    { shared: { frames: value }, profiles: [{ type: "sampled", samples: [[0]], weights: value }] },
    { shared: { frames: [{ name: "x" }] }, profiles: [{ type: "sampled", samples: value, weights: [1] }] },
    {
      shared: { frames: [{ name: "x", line: value }] },
      profiles: [{ type: "evented", events: [{ type: "O", at: 0, frame: value }] }],
    },
    { shared: { frames: [] }, profiles: [{ type: "evented", unit: value, events: value, endValue: value }] },
  ),
);

describe("every format", () => {
  test("is one of the protocol's, and the writable ones are", () => {
    expect(formats.map(({ id }) => id)).toEqual([...PROFILE_FORMATS]);
    expect(writers.map(({ id }) => id)).toEqual([...WRITABLE_PROFILE_FORMATS]);
    expectTypeOf<WritableProfileFormatId>().toExtend<ProfileFormatId>();
    for (const id of WRITABLE_PROFILE_FORMATS) expect(writerOf(id).id).toBe(id);
    expect(() => writerOf("heapprofile" as WritableProfileFormatId)).toThrow(RangeError);
    expect(writerForName("a/B.SPEEDSCOPE.json")?.id).toBe("speedscope");
    expect(writerForName("x.pb.gz")?.id).toBe("pprof");
    expect(writerForName("x.heapprofile")).toBeNull();
    expect(writerForName("x.txt")).toBeNull();
  });

  describe.each(writers)("$id", (writer) => {
    test.each(writer.units)("gives the same tree of self weights back, in %s", (unit) => {
      const label = writer.keepsPlaces ? labelOf : foldedLabel;
      fc.assert(
        fc.property(anyProfile(unit, false), (profile) => {
          // An empty text is nobody's.
          fc.pre(writer.id !== "folded" || nodeWeights(profile).all > 0);
          const again = back(writer, profile);
          expect(selfByStack(again, label)).toEqual(selfByStack(profile, label));
          expect(again.unit).toBe(writer.keepsUnit ? unit : "count");
        }),
      );
    });

    test("gives samples of time back in their order, with their times, where it keeps them", () => {
      fc.assert(
        fc.property(anyProfile("microseconds", true), (profile) => {
          fc.pre(writer.id !== "folded" || nodeWeights(profile).all > 0);
          const again = back(writer, profile);
          const label = writer.keepsPlaces ? labelOf : foldedLabel;
          if (writer.keepsOrder) expect(runs(again)).toEqual(runs(profile));
          else expect(again.sampleAtUs).toBeNull();
          expect(selfByStack(again, label)).toEqual(selfByStack(profile, label));
        }),
      );
    });

    test("keeps weights of samples that overlap, as those of several processors do", () => {
      const profile = profileOf([
        [["a"], 100, 0],
        [["a", "b"], 100, 50],
        [["c"], 100, 500],
      ]);
      expect(selfByStack(back(writer, profile))).toEqual(selfByStack(profile));
    });

    test("refuses a unit that it cannot hold", () => {
      for (const unit of ["microseconds", "bytes", "count"] as const) {
        const write = () => writer.write(profileOf([[["a"], 1]], unit));
        if (writer.units.includes(unit)) expect(write).not.toThrow();
        else expect(write).toThrow(new CodedError("profile.unit", { format: writer.id, unit }));
      }
    });

    test("writes a stack of 12,000 frames and reads it again, without recursion", () => {
      const builder = new ProfileBuilder("deep", "microseconds", true);
      let node = -1;
      for (let level = 0; level < 12_000; level++) node = builder.node(node, builder.frame(plain(`f${level % 7}`)));
      builder.sample(node, 5, 0);
      const again = back(writer, builder.build());
      expect(again.nodeFrame).toHaveLength(12_000);
      expect(nodeWeights(again).total[0]).toBe(5);
    });

    test("writes and reads a profile without samples", () => {
      if (writer.id === "folded") {
        expect(writer.write(profileOf([]))).toBe("");
        expect(readProfiles(bytes(""), "x.folded").profiles[0]?.sampleNode).toHaveLength(0);
      } else expect(back(writer, profileOf([])).sampleNode).toHaveLength(0);
    });

    test("cut anywhere, its file is refused or read in part, never more than that", () => {
      const whole = written(
        writer,
        profileOf([
          [["a", plain("b", "/x.js", 3)], 3],
          [["a"], 4],
          [["c"], 5],
        ]),
      );
      for (let end = 0; end < whole.length; end++) expectCodedOrRead(whole.subarray(0, end));
    });
  });

  test("refuses any JSON that is no profile by a code with words, and crashes on none", () => {
    fc.assert(
      fc.property(anyContent, (value) => expectCodedOrRead(bytes(JSON.stringify(value)))),
      { numRuns: 1_000 },
    );
  });

  test("takes any bytes and any text without a crash", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), expectCodedOrRead), { numRuns: 500 });
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom("a;b 3", "node 1 [000] 1.5: 250 cpu-clock:", "  ff main+0x1 (/bin/x)", "", "\t1 (", "# x"),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => expectCodedOrRead(bytes(lines.join("\n")))),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (tail) =>
        expectCodedOrRead(Uint8Array.of(10, 4, 8, 1, 16, 2, ...tail)),
      ),
      { numRuns: 500 },
    );
  });
});

/** Also each reader by itself, whatever the content looks like. */
function expectCodedOrRead(content: Uint8Array): void {
  for (const read of [readProfiles, ...formats.map((format) => format.read)]) {
    try {
      for (const profile of read(content, "f").profiles) nodeWeights(profile);
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      expect(error.code).toMatch(/^profile\./);
      expect(error.args["file"]).toBe("f");
      expect(hasReasonText(error.code)).toBe(true);
      expect(reasonText(error)).toContain("'f'");
    }
  }
}

describe("what a file is", () => {
  test("its content says, whatever it is called", () => {
    const profile = profileOf([[["a"], 1]]);
    for (const writer of writers) expect(detectFormat(written(writer, profile), "x.txt")?.id).toBe(writer.id);
    expect(detectFormat(bytes('{"head":{"callFrame":{}}}'), "x.cpuprofile")?.id).toBe("heapprofile");
    expect(detectFormat(bytes("# c\nnode 1 1.5: 10 cycles:\n"), "x.folded")?.id).toBe("perf-script");
    expect(detectFormat(bytes('\ufeff  {"x":{"nodes":1},"nodes":[]}'), "x")?.id).toBe("cpuprofile");
  });

  test("is found also when an object says late what it is", () => {
    const late = JSON.stringify({ note: '}\\"{'.repeat(50_000), $schema: "x", shared: { frames: [] }, profiles: [] });
    expect(detectFormat(bytes(late), "x")?.id).toBe("speedscope");
  });

  test("is nothing for other files, and that is said", () => {
    const heapSnapshot = '{"snapshot":{"meta":{}},"nodes":[],"edges":[]}';
    for (const text of [
      "",
      "\n",
      "hello",
      "{}",
      "[]",
      "null",
      '{"x":{"nodes":1}}',
      heapSnapshot,
      "<html>",
      "\u0000\u0001",
    ])
      expect(detectFormat(bytes(text), "x.txt")).toBeNull();
    expect(detectFormat(bytes(""), "x.cpuprofile")).toBeNull();
    expect(detectFormat(bytes(""), "x.collapsed")?.id).toBe("folded");
    expect(() => readProfiles(bytes("hello"), "x")).toThrow(
      new CodedError("profile.unknown", { file: "x", known: PROFILE_FORMATS.join(", ") }),
    );
  });
});

test("frames with the same text at other places stay two", () => {
  const builder = new ProfileBuilder("x", "count", false);
  const frames: Frame[] = [
    { name: "a\u0000b", file: "c", line: null, column: null },
    { name: "a", file: "b\u0000c", line: null, column: null },
    { name: "a", file: "", line: null, column: null },
    { name: "a", file: null, line: null, column: null },
    { name: "a", file: null, line: 1, column: null },
    { name: "a", file: null, line: null, column: 1 },
  ];
  expect(new Set(frames.map((frame) => builder.frame(frame))).size).toBe(frames.length);
});

test("every code that a profile is refused or put right with has words", () => {
  const root = join(import.meta.dirname, "../../../src/profiler");
  const codes = readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .flatMap((name) => Array.from(readFileSync(join(root, name), "utf8").matchAll(/"(profile\.[A-Za-z]+)"/g)))
    .map(([, code]) => code as string);
  expect(codes.length).toBeGreaterThan(15);
  expect(codes.filter((code) => !hasReasonText(code))).toEqual([]);
});
