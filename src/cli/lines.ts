import { printable } from "../text/printable.ts";

/**
 * Output as lines of spans. Text and colour stay apart until `paint`, which is the only place that writes an escape
 * sequence and which cleans every text first: no string from outside can bring its own.
 */
export type Tone = "strong" | "faint" | "good" | "warn" | "bad";
export type Span = string | { readonly text: string; readonly tone: Tone };
export type Line = readonly Span[];

const SGR: Readonly<Record<Tone, readonly [number, number]>> = {
  strong: [1, 22],
  faint: [2, 22],
  good: [32, 39],
  warn: [33, 39],
  bad: [31, 39],
};

export function indent(lines: readonly Line[]): Line[] {
  return lines.map((line) => (["  "] as Span[]).concat(line));
}

export function spanText(span: Span): string {
  return printable(typeof span === "string" ? span : span.text);
}

export function paint(lines: readonly Line[], colour: boolean): string {
  return lines
    .map(
      (line) =>
        `${line
          .map((span) => paintSpan(span, colour))
          .join("")
          .trimEnd()}\n`,
    )
    .join("");
}

function paintSpan(span: Span, colour: boolean): string {
  const text = spanText(span);
  if (!colour || typeof span === "string" || text === "") return text;
  const [on, off] = SGR[span.tone];
  return `\u001b[${on}m${text}\u001b[${off}m`;
}
