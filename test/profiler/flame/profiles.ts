import * as fc from "fast-check";
import { type Profile, ProfileBuilder, type WeightUnit } from "../../../src/profiler/profile.ts";

/** A profile of stacks written as `a;b;c`, each with its weight, in the order of time. An empty stack: nothing ran. */
export function profileOf(
  samples: readonly (readonly [stack: string, weight: number])[],
  unit: WeightUnit = "microseconds",
): Profile {
  const builder = new ProfileBuilder("test", unit, true);
  let at = 0;
  for (const [stack, weight] of samples) {
    let node = -1;
    if (stack !== "")
      for (const name of stack.split(";"))
        node = builder.node(node, builder.frame({ name, file: `/w/${name}.js`, line: 1, column: null }));
    builder.sample(node, weight, at);
    at += weight;
  }
  return builder.build();
}

const stack = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 7 }).map((names) => names.join(";"));

/** Few names, so that stacks share their lower parts and frames call themselves. */
export const anyProfile: fc.Arbitrary<Profile> = fc
  .array(fc.tuple(stack, fc.integer({ min: 0, max: 50 })), { maxLength: 40 })
  .map((samples) => profileOf(samples));

/** One call in the other, `depth` times. */
export function deepProfile(depth: number): Profile {
  const builder = new ProfileBuilder("deep", "microseconds", true);
  let node = -1;
  for (let level = 0; level < depth; level++)
    node = builder.node(node, builder.frame({ name: `f${level % 7}`, file: null, line: null, column: null }));
  builder.sample(node, 10, 0);
  return builder.build();
}
