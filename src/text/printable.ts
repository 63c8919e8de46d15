/**
 * The last guard before text reaches a terminal or a view: removes control characters (and with them the escapes that
 * could start a sequence), bidi overrides, zero-width characters and lone surrogates. What enters the engine has been
 * cleaned there; a string is still not trusted because of where it says it comes from. Line breaks become blanks.
 */
export function printable(raw: string): string {
  return raw.replace(/[\n\r\t\u2028\u2029]+/g, " ").replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu, "");
}

/** The same characters as `\uXXXX`, which is the same JSON value but nothing that a terminal acts on. */
export function printableJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(/(?!\n)[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/gu, (character) =>
    // `\p` with `u` matches whole code points; each half of a pair is escaped on its own.
    Array.from(
      { length: character.length },
      (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`,
    ).join(""),
  );
}
