import type { Frame, WeightUnit } from "../../src/profiler/profile.ts";
import { bytesText, durationText, numberText, ratioText } from "../../src/text/figures.ts";
import { clean } from "../shared/elements.ts";

/** A weight in its own unit: `1.2 ms`, `340 MB`, `12 samples`. */
export function weightText(weight: number, unit: WeightUnit): string {
  if (unit === "bytes") return bytesText(weight);
  if (unit === "count") return `${numberText(weight, 0)} ${weight === 1 ? "sample" : "samples"}`;
  if (Math.abs(weight) >= 999_500) return durationText(weight / 1_000);
  return Math.abs(weight) < 1_000 ? `${numberText(weight, 0)} µs` : `${numberText(weight / 1_000, 1)} ms`;
}

export function shareText(weight: number, all: number): string {
  return ratioText(all > 0 ? weight / all : 0);
}

/** With its sign, in points of the whole: `+3.2%`, `−0.4%`, `±0%`. */
export function changeText(ratio: number): string {
  const percent = Math.abs(ratio * 100);
  if (percent < 0.05) return "±0%";
  return `${ratio > 0 ? "+" : "−"}${numberText(percent, 1)}%`;
}

export const MAX_NAME = 400;

export function nameOf(frame: Frame | undefined): string {
  return clean(frame?.name ?? "", MAX_NAME) || "(no name)";
}

/** `src/app.ts:12`; empty for a frame without a file. */
export function placeOf(frame: Frame | undefined): string {
  if (frame === undefined || frame.file === null) return "";
  return clean(`${frame.file}${frame.line === null ? "" : `:${frame.line}`}`, MAX_NAME);
}

/** Of a deeper stack the outermost callers are counted, not named: the editor takes no longer text than its page may send. */
const MAX_STACK_LINES = 1_000;

/** A stack for the clipboard, the callee first, as runtimes print it. */
export function stackText(nodes: readonly number[], nodeFrame: Int32Array, frames: readonly Frame[]): string {
  const shown = nodes.slice(0, MAX_STACK_LINES);
  const lines = shown.map((node) => {
    const frame = frames[nodeFrame[node] as number];
    const place = placeOf(frame);
    return `${nameOf(frame)}${place === "" ? "" : ` (${place})`}`;
  });
  const left = nodes.length - shown.length;
  return [...lines, ...(left > 0 ? [`… ${left} more callers`] : [])].join("\n");
}
