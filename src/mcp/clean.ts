/** Longest text in a reply, in characters: what a tool answers is bounded well below; this is the last fence. */
export const MAX_TEXT = 200_000;
const MAX_KEY = 300;
const MAX_DEPTH = 40;

/**
 * A value without anything that a terminal or a reader would act on: control characters (escape sequences with them), bidi
 * overrides, zero-width characters and lone surrogates out of every text and every key. Line feeds stay: output of tasks
 * has lines. Tabs become blanks.
 */
export function cleanValue(value: unknown, depth = 0): unknown {
  if (typeof value === "string") return cleanLines(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth >= MAX_DEPTH) return null;
  if (Array.isArray(value)) return value.map((each) => cleanValue(each, depth + 1));
  const entries: [string, unknown][] = [];
  for (const [key, each] of Object.entries(value))
    if (each !== undefined)
      entries.push([cleanLines(key).replaceAll("\n", " ").slice(0, MAX_KEY), cleanValue(each, depth + 1)]);
  return Object.fromEntries(entries);
}

function cleanLines(text: string): string {
  const short = text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT - 1)}…`;
  return (
    short
      // Escape sequences as wholes, so that no "[31m" is left standing.
      // oxlint-disable-next-line no-control-regex
      .replace(/\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-_])/g, "")
      .replace(/\r\n?|[\u2028\u2029\u0085]/g, "\n")
      .replaceAll("\t", "  ")
      .replace(/[\p{Cf}\p{Co}\p{Cs}]|(?!\n)\p{Cc}/gu, "")
  );
}
