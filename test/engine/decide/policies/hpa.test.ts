import { expect, test } from "vitest";
import { hpa } from "../../../../src/engine/decide/policies/hpa.ts";
import { simulate } from "../../../../src/engine/decide/simulator.ts";
import { scalingPolicy } from "../../../../src/engine/protocol/config.ts";
import { replayOf } from "../replayWorld.ts";

/** A load that falls from eight agents' worth to one. */
const falling = Array.from({ length: 400 }, (_, step) => (step < 200 ? 5 : 0.5));

test("is Kubernetes' own where the swarm sets nothing: the same as with its defaults written out", () => {
  const plain = simulate(replayOf(falling, { scaling: scalingPolicy.parse({}) }), hpa);
  const written = simulate(replayOf(falling, { scaling: scalingPolicy.parse({ hpa: {} }) }), hpa);
  expect(written).toEqual(plain);
});

test("takes the swarm's own settings: one that never shrinks keeps what it has", () => {
  const scaling = scalingPolicy.parse({ hpa: { scaleDown: { select: "disabled" } } });
  const kept = simulate(replayOf(falling, { scaling }), hpa).trace.target;
  const shrunk = simulate(replayOf(falling, { scaling: scalingPolicy.parse({}) }), hpa).trace.target;
  expect(kept.at(-1)).toBe(Math.max(...kept));
  expect(shrunk.at(-1)).toBeLessThan(kept.at(-1) as number);
});
