import type { FrameWeights } from "../../src/profiler/flame/hotList.ts";
import { CHANGE_COLOURS, type FlameTheme, HEAT_COLOURS, PACKAGE_COLOURS } from "./theme.ts";
import type { Picture, Scene } from "./scene.ts";

export const COLOURINGS = ["package", "self", "change"] as const;
export type Colouring = (typeof COLOURINGS)[number];

/** A number for each node's colour: of the list that `fillsOf` gives for the same colouring. */
export function colourNumbers(colouring: Colouring, scene: Scene, picture: Picture): Uint8Array {
  const { nodeFrame } = picture.tree;
  const { change } = picture;
  if (colouring === "change" && change !== null) {
    let most = 0;
    for (const one of change) most = Math.max(most, Math.abs(one));
    const half = (CHANGE_COLOURS - 1) / 2;
    return Uint8Array.from(change, (one) => half + (most > 0 ? steps(one / most, half) : 0));
  }
  const ofFrame = colouring === "self" ? heatNumbers(scene.weights) : packageNumbers(scene);
  return Uint8Array.from(nodeFrame, (frame) => ofFrame[frame] as number);
}

export function fillsOf(colouring: Colouring, theme: FlameTheme): readonly string[] {
  if (colouring === "change") return theme.change;
  return colouring === "self" ? theme.heat : theme.packages;
}

/** The heaviest packages get colours of their own, in this order; the others share them. */
export function packageRanks({ packages, weights, isGrouped }: Scene): {
  readonly order: readonly number[];
  readonly self: Float64Array;
} {
  const self = new Float64Array(packages.names.length);
  for (const [frame, its] of packages.of.entries()) self[its] = (self[its] as number) + (weights.self[frame] as number);
  const places = [...packages.names.keys()];
  if (isGrouped) return { order: places, self };
  const order = places.toSorted((a, b) => (self[b] as number) - (self[a] as number) || a - b);
  return { order, self };
}

function packageNumbers(scene: Scene): Uint8Array {
  const colour = new Uint8Array(scene.packages.names.length);
  for (const [rank, its] of packageRanks(scene).order.entries()) colour[its] = rank % PACKAGE_COLOURS;
  return Uint8Array.from(scene.packages.of, (its) => colour[its] as number);
}

function heatNumbers({ self }: FrameWeights): Uint8Array {
  let most = 0;
  for (const one of self) if (one > most) most = one;
  // By the square root: one function that is far hotter than all others would leave them alike.
  return Uint8Array.from(self, (one) => (most > 0 ? Math.round((HEAT_COLOURS - 1) * Math.sqrt(one / most)) : 0));
}

/** What has changed at all is told from what has not. */
function steps(ratio: number, most: number): number {
  if (Math.abs(ratio) < 1e-9) return 0;
  const size = Math.max(1, Math.round(Math.sqrt(Math.abs(ratio)) * most));
  return ratio > 0 ? size : -size;
}
