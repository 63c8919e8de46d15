/**
 * Text that came from an agent or a process: control characters (ANSI escapes with them), bidi overrides and zero-width
 * characters out, whitespace folded, length capped. Everything shown passes through here once, where it enters the engine.
 */
export function cleanText(raw: string, maxLength = 300): string {
  const clean = raw
    // ANSI CSI and OSC sequences as wholes, so that no "[31m" is left standing.
    // oxlint-disable-next-line no-control-regex
    .replace(/\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-_])/g, "")
    .replace(/\s+/g, " ")
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu, "")
    .trim();
  return clean.length <= maxLength ? clean : `${clean.slice(0, Math.max(0, maxLength - 1))}…`;
}
