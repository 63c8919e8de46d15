import { printable } from "../../src/text/printable.ts";

/**
 * An element with text. Everything that is shown passes through `textContent`; attributes are set one by one by name, so
 * no string ever becomes markup.
 */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  { className, text }: { readonly className?: string; readonly text?: string } = {},
  ...children: readonly Node[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  if (className !== undefined) made.className = className;
  if (text !== undefined) made.textContent = text;
  made.append(...children);
  return made;
}

/** Text of somebody else's: control and bidi characters out, length capped. */
export function clean(raw: string, maxLength = 160): string {
  const text = printable(raw);
  return text.length <= maxLength ? text : `${text.slice(0, maxLength - 1)}…`;
}

/** Changes a text in place, and only when it differs: screen readers and selections are left in peace. */
export function setText(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

export function option(value: string, text: string): HTMLOptionElement {
  const made = element("option", { text });
  made.value = value;
  return made;
}

/** Options changed in place, and only when they differ: an open list would close. */
export function setOptions(
  select: HTMLSelectElement,
  wanted: readonly { readonly value: string; readonly text: string }[],
): void {
  const told = (all: readonly { readonly value: string; readonly text: string }[]): string =>
    JSON.stringify(all.map(({ value, text }) => [value, text]));
  if (told([...select.options]) !== told(wanted))
    select.replaceChildren(...wanted.map(({ value, text }) => option(value, text)));
}
