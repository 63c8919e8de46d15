/**
 * Rows as RFC 4180 has them: CRLF at the end of each line, cells with comma, quote or line break in quotes; numbers with a
 * point, unknown values empty.
 */
export function csvText(rows: readonly (readonly (number | string | null)[])[]): string {
  return rows.map((cells) => `${cells.map(cellOf).join(",")}\r\n`).join("");
}

function cellOf(value: number | string | null): string {
  if (value === null) return "";
  // Never in a locale's way; `1e-7` is read everywhere, more than 12 digits say nothing.
  if (typeof value === "number") return Number.isFinite(value) ? String(Number(value.toPrecision(12))) : "";
  const text = inert(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A spreadsheet takes a text that begins with one of these for a formula; the apostrophe makes it a text again. */
function inert(text: string): string {
  return /^(?:[\t\r\n]|[\s\p{Cc}\p{Cf}]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])/u.test(text) ? `'${text}` : text;
}
