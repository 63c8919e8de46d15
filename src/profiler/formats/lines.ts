export interface TextLine {
  /** Without its end, `\n` or `\r\n`. */
  readonly text: string;
  /** Where it ends in the whole, before its `\n`. */
  readonly end: number;
}

/** The lines of a text one after the other: a list of them all would be as large again. */
export function* lines(text: string): Generator<TextLine, void, undefined> {
  for (let from = 0; from < text.length;) {
    const found = text.indexOf("\n", from);
    const end = found < 0 ? text.length : found;
    yield { text: text.slice(from, text.charCodeAt(end - 1) === RETURN && end > from ? end - 1 : end), end };
    from = end + 1;
  }
}

const RETURN = 13;
