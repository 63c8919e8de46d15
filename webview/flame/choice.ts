import { element, option } from "../shared/elements.ts";

/** One of a few, in a labelled list; what is not possible now is not offered. */
export class Choice<T extends string> {
  readonly element: HTMLElement;
  readonly #values: readonly T[];
  readonly #select = element("select");

  constructor(label: string, values: readonly T[], texts: Readonly<Record<T, string>>, chosen: (value: T) => void) {
    this.#values = values;
    this.#select.setAttribute("aria-label", label);
    this.#select.append(...values.map((value) => option(value, texts[value])));
    this.#select.addEventListener("change", () => chosen(this.value));
    this.element = element("label", { className: "choice" }, element("span", { text: label }), this.#select);
  }

  get value(): T {
    return this.#values.find((value) => value === this.#select.value) ?? (this.#values[0] as T);
  }

  show(value: T, possible: Readonly<Record<T, boolean>>): void {
    for (const [at, one] of this.#values.entries()) {
      const its = this.#select.options[at];
      if (its !== undefined) its.hidden = its.disabled = !possible[one];
    }
    this.#select.value = value;
  }
}
