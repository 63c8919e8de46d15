import { share } from "../../src/profiler/flame/diff.ts";
import { countText } from "../../src/text/figures.ts";
import { changeText, nameOf, shareText, weightText } from "./figures.ts";
import type { PageWords } from "./mode.ts";
import type { Picture, Scene } from "./scene.ts";

/** A part of the picture, in the profile's unit. */
interface Part {
  readonly from: number;
  readonly to: number;
  readonly span: number;
  /** Places are times. */
  readonly isTime: boolean;
}

/** What the picture shows, in words. */
export function sceneSentence(scene: Scene, rows: number): string {
  const { tree, unit, samples, frames } = scene;
  const whole = `${weightText(tree.all, unit)} in ${countText(samples, "sample")} of ${countText(frames.length, "function")}, up to ${countText(rows, "call")} deep.`;
  return `${whole}${comparedText(scene)}`;
}

/** @param part `null`: all of it, which needs no word */
export function inSightText({ unit }: Scene, part: Part | null): string {
  if (part === null) return "";
  const { from, to, span, isTime } = part;
  return isTime
    ? ` In sight: ${weightText(from, unit)} to ${weightText(to, unit)}.`
    : ` In sight: ${shareText(to - from, span)} of the width.`;
}

function comparedText({ tree, before, unit, weights, weightsBefore, frames }: Scene): string {
  if (before === null || weightsBefore === null) return "";
  // Which functions themselves have changed most; callers only pass it on.
  let [more, less] = [-1, -1];
  const change = (frame: number): number =>
    frame < 0
      ? 0
      : share(weights.self[frame] as number, tree.all) - share(weightsBefore.self[frame] as number, before.all);
  for (let frame = 0; frame < frames.length; frame++) {
    if (change(frame) > change(more)) more = frame;
    if (change(frame) < change(less)) less = frame;
  }
  const told = (frame: number): string => `${nameOf(frames[frame]).slice(0, 80)} ${changeText(change(frame))}`;
  const parts = [...(more >= 0 ? [told(more)] : []), ...(less >= 0 ? [told(less)] : [])];
  const most =
    parts.length === 0 ? "No function's own share has changed." : `Own share changed most: ${parts.join(", ")}.`;
  return ` Before: ${weightText(before.all, unit)}. ${most}`;
}

/** One call: what it weighs with all below it, and by itself. */
export function boxSentence(
  { frames, unit }: Scene,
  { tree, all, change }: Picture,
  node: number,
  weight: PageWords["weight"],
): string {
  const name = nameOf(frames[tree.nodeFrame[node] as number]).slice(0, 120);
  const total = tree.total[node] as number;
  const changed = change === null ? "" : ` · ${changeText(change[node] as number)} of the whole`;
  const self = weight(tree.self[node] as number, unit);
  return `${name} · ${weight(total, unit)} (${shareText(total, all)}), itself ${self}${changed}`;
}
