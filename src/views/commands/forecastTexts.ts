import { durationText } from "../../text/figures.ts";

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, min: 60, h: 3_600, d: 86_400 };
/** What the engine takes. */
const MAX_HORIZON_SECONDS = 31_536_000;
const LEAST_CONFIDENCE = 0.5;
const MOST_CONFIDENCE = 0.999;

/** `1h`, `90 min`, `2d`. @returns seconds, or what is wrong with it */
export function parseHorizon(text: string): number | string {
  const [, figure = "", unit = ""] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*$/i.exec(text) ?? [];
  const factor = Object.hasOwn(SECONDS, unit.toLowerCase()) ? SECONDS[unit.toLowerCase()] : undefined;
  if (factor === undefined) return "Give a time such as 30 min, 1 h or 2 d.";
  const seconds = Number(figure) * factor;
  if (!(seconds >= 1)) return "A horizon is at least one second long.";
  if (seconds > MAX_HORIZON_SECONDS) return "A horizon is at most a year (365 d) long.";
  return seconds;
}

/** `0.95` or `95%`. @returns the share, or what is wrong with it */
export function parseConfidence(text: string): number | string {
  const [, figure = "", percent = ""] = /^\s*(\d*\.?\d+)\s*(%?)\s*$/.exec(text) ?? [];
  const share = figure === "" ? Number.NaN : Number((Number(figure) / (percent === "" ? 1 : 100)).toFixed(6));
  if (!(share >= LEAST_CONFIDENCE && share <= MOST_CONFIDENCE))
    return "Give a share from 0.5 to 0.999, such as 0.95 (or 95%).";
  return share;
}

/** Whose time the horizon is counted in. */
export function horizonPrompt(timeScale: number): string {
  if (timeScale === 1) return "How far ahead?";
  return `How far ahead, in the swarm's own time? It passes ${timeScale} times as fast: an hour of it is ${durationText(3_600_000 / timeScale)}.`;
}
