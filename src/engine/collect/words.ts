/**
 * A command line given as one string, cut into words: blanks separate, single and double quotes hold together. A
 * backslash stays itself (Windows paths). An unclosed quote runs to the end.
 */
export function splitWords(text: string): readonly string[] {
  const words: string[] = [];
  let word = "";
  let open = false;
  let quote = "";
  for (const letter of text) {
    if (quote !== "") {
      if (letter === quote) quote = "";
      else word += letter;
    } else if ((letter === '"' || letter === "'") && (word === "" || letter === '"')) {
      // An apostrophe inside a word ("don't") is a letter.
      quote = letter;
      open = true;
    } else if (/\s/.test(letter)) {
      if (word !== "" || open) words.push(word);
      word = "";
      open = false;
    } else word += letter;
  }
  if (word !== "" || open) words.push(word);
  return words;
}

/** The last part of a path written either way; a trailing separator does not count. */
export function baseName(path: string): string {
  const plain = path.replaceAll("\\", "/").replace(/\/+$/, "");
  return plain.slice(plain.lastIndexOf("/") + 1);
}
