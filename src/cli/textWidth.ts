/** Shown two cells wide by terminals: CJK, full-width forms and emoji. */
const WIDE =
  /^(?:\p{Emoji_Presentation}|\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|[\u3000-\u303e\uff01-\uff60\uffe0-\uffe6])$/u;
const COMBINING = /^\p{M}$/u;

/** Terminal cells that a cleaned text takes. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of text) width += cellsOf(character);
  return width;
}

/** Cuts a text to `width` cells; what was cut shows as `…`. */
export function fitWidth(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  if (width < 1) return "";
  let used = 0;
  let kept = "";
  for (const character of text) {
    const cells = cellsOf(character);
    if (used + cells > width - 1) break;
    used += cells;
    kept += character;
  }
  return `${kept}…`;
}

function cellsOf(character: string): number {
  if (character >= " " && character <= "~") return 1;
  if (COMBINING.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}
