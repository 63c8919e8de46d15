import { bytesText, durationText, numberText, ratioText, UNKNOWN } from "../text/figures.ts";
import { printable } from "../text/printable.ts";

/** Figures in rows and status bar. There a dash stands for "unknown": never a zero, and short enough for a row. */
export const DASH = "–";

const dashed = (text: string): string => (text === UNKNOWN ? DASH : text);

export const show = {
  bytes: (bytes: number | null): string => dashed(bytesText(bytes)),
  percent: (ratio: number | null): string => dashed(ratioText(ratio)),
  number: (value: number | null, digits = 2): string => dashed(numberText(value, digits)),
  duration: (ms: number | null): string => dashed(durationText(ms)),
  cores: (cores: number | null): string => (cores === null ? DASH : `${numberText(cores, 2)} cores`),
  /** Time of day, to the second, in the operator's own manner of writing it. */
  clock: (wallMs: number): string => new Date(wallMs).toLocaleTimeString(),
} as const;

/** Text of a process or an agent, for one line. */
export function line(raw: string, maxLength = 120): string {
  const clean = printable(raw);
  return clean.length <= maxLength ? clean : `${clean.slice(0, maxLength - 1)}…`;
}

/**
 * Text for notifications, dialogs and prompts, where the editor turns `[words](target)` into links, `command:` targets
 * included. A zero-width joiner would be invisible; a blank is honest.
 */
export function inMessage(raw: string, maxLength = 400): string {
  return line(raw, maxLength).replaceAll("](", "] (");
}

/** Text for quick picks, where `$(name)` becomes an icon. */
export function inPick(raw: string, maxLength = 120): string {
  return line(raw, maxLength).replaceAll("$(", "\\$(");
}

/** A demo is called one wherever it shows. */
export function demoName(label: string, demo: boolean): string {
  return !demo || /\bdemo\b/i.test(label) ? label : `${label} (demo)`;
}
