import * as fc from "fast-check";
import type { CodedError } from "../../src/engine/common/errors.ts";
import { type Frame, nodeWeights, type Profile, ProfileBuilder, type WeightUnit } from "../../src/profiler/profile.ts";

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

export const plain = (name: string, file: string | null = null, line: number | null = null): Frame => ({
  name,
  file,
  line,
  column: null,
});

/** A profile by hand: of each sample its stack from the root on, its weight and, in time, when it began. */
export function profileOf(
  samples: readonly (readonly [stack: readonly (string | Frame)[], weight: number, atUs?: number])[],
  unit: WeightUnit = "microseconds",
): Profile {
  const ordered = samples.some(([, , at]) => at !== undefined);
  const builder = new ProfileBuilder("by hand", unit, ordered);
  for (const [stack, weight, at] of samples) {
    let node = -1;
    for (const frame of stack)
      node = builder.node(node, builder.frame(typeof frame === "string" ? plain(frame) : frame));
    builder.sample(node, weight, at);
  }
  return builder.build();
}

/** The text of each node's stack. */
export function stacksOf({ frames, nodeFrame, nodeParent }: Profile, label = labelOf): readonly string[] {
  const stacks: string[] = [];
  for (let node = 0; node < nodeFrame.length; node++) {
    const parent = nodeParent[node] as number;
    const own = label(frames[nodeFrame[node] as number] as Frame);
    stacks.push(parent < 0 ? own : `${stacks[parent] as string}\u0001${own}`);
  }
  return stacks;
}

export const labelOf = ({ name, file, line, column }: Frame): string => JSON.stringify([name, file, line, column]);
export const nameOf = ({ name }: Frame): string => name;

/** Every stack that weighs something by itself, and how much. */
export function selfByStack(profile: Profile, label = labelOf): Readonly<Record<string, number>> {
  const { self } = nodeWeights(profile);
  const sums = new Map<string, number>();
  stacksOf(profile, label).forEach((stack, node) => {
    if ((self[node] as number) > 0) sums.set(stack, (sums.get(stack) ?? 0) + (self[node] as number));
  });
  return Object.fromEntries([...sums].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** What ran, one after the other, without the times in which nothing did. */
export function runs(
  profile: Profile,
  label = labelOf,
): readonly (readonly [stack: string, weight: number, at: number])[] {
  const stacks = stacksOf(profile, label);
  return Array.from(
    profile.sampleNode,
    (node, n) =>
      [stacks[node] ?? "", profile.sampleWeight[n] as number, profile.sampleAtUs?.[n] ?? Number.NaN] as const,
  ).filter(([stack]) => stack !== "");
}

/** What a reader refuses with. */
export function refusal(run: () => unknown): { readonly code: string; readonly args: CodedError["args"] } {
  try {
    run();
  } catch (error) {
    const { code, args } = error as CodedError;
    return { code, args };
  }
  throw new Error("nothing was refused");
}

const NAMES = [
  "main",
  "run it",
  "日本;語",
  "__proto__",
  "constructor",
  "(anonymous)",
  "a (b)",
  "f (x.js:3)",
  "π\tx",
  "<T>(int, 7)",
];
const frame: fc.Arbitrary<Frame> = fc.record({
  name: fc.oneof(fc.constantFrom(...NAMES), fc.string({ minLength: 1, unit: "grapheme" })),
  file: fc.constantFrom(null, "/app/a.js", "file:///app/b c.js", "node:fs", "C:\\x\\y.js", "/a (1)/b.js"),
  line: fc.option(fc.integer({ min: 1, max: 100_000 })),
  column: fc.option(fc.integer({ min: 1, max: 500 })),
});

/** Whole weights, so that sums are exact. Times, where there are any, never overlap. */
export function anyProfile(unit: WeightUnit, ordered: boolean): fc.Arbitrary<Profile> {
  const sample = fc.record({
    stack: fc.array(fc.nat({ max: 11 }), { maxLength: 6 }),
    weight: fc.nat({ max: 5_000 }),
    gap: fc.constantFrom(0, 0, 0, 7),
  });
  return fc
    .record({ frames: fc.array(frame, { minLength: 12, maxLength: 12 }), samples: fc.array(sample, { maxLength: 25 }) })
    .map(({ frames, samples }) => {
      const builder = new ProfileBuilder("any", unit, ordered);
      let now = 0;
      for (const { stack, weight, gap } of samples) {
        let node = -1;
        for (const index of stack) node = builder.node(node, builder.frame(frames[index] as Frame));
        builder.sample(node, weight, ordered ? now + gap : undefined);
        now += gap + weight;
      }
      return builder.build();
    });
}
