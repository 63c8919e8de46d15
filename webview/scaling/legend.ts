import { clockText } from "../../src/text/clock.ts";
import { numberText } from "../../src/text/figures.ts";
import { element, setText } from "../shared/elements.ts";
import { paintSwatch, swatchOf } from "../shared/swatch.ts";
import type { PolicyLook } from "./looks.ts";
import type { ScalingTheme } from "./theme.ts";

interface Entry {
  readonly look: PolicyLook;
  readonly element: HTMLElement;
  readonly button: HTMLButtonElement | null;
  readonly swatch: HTMLElement;
  readonly value: HTMLElement;
}

/** What each line is and says at one time. A policy's name is a button that takes its line away and brings it back. */
export class Legend {
  readonly element = element("div", { className: "legend" });
  readonly #time = element("span", { className: "figure" });
  readonly #list = element("ul");
  readonly #toggle: (policy: string) => void;
  #entries: readonly Entry[] = [];

  constructor(toggle: (policy: string) => void) {
    this.#toggle = toggle;
    this.element.append(this.#list);
  }

  /** Another set of lines. */
  list(looks: readonly PolicyLook[], theme: ScalingTheme): void {
    this.#entries = looks.map((look) => this.#entry(look));
    const time = element("li", {}, element("span", { className: "name", text: "At" }), this.#time);
    this.#list.replaceChildren(time, ...this.#entries.map((entry) => entry.element));
    this.paint(theme);
  }

  paint(theme: ScalingTheme): void {
    for (const { look, swatch } of this.#entries) paintSwatch(swatch, look, look.colour(theme), theme);
  }

  showHidden(hidden: readonly string[]): void {
    for (const { look, button } of this.#entries)
      button?.setAttribute("aria-pressed", String(!hidden.includes(look.policy ?? "")));
  }

  /** @param values of the lines, in their order @returns the same in one sentence, for a reader */
  show(atMs: number | null, values: readonly (number | null)[], hidden: readonly string[]): string {
    const time = atMs === null ? "–" : clockText(atMs);
    setText(this.#time, time);
    const said = [time];
    for (const [index, { look, value }] of this.#entries.entries()) {
      const figure = values[index] ?? null;
      setText(value, figure === null ? "–" : numberText(figure, 1));
      if (figure !== null && !hidden.includes(look.policy ?? "")) said.push(`${look.name} ${numberText(figure, 1)}`);
    }
    return said.join(", ");
  }

  #entry(look: PolicyLook): Entry {
    const swatch = swatchOf(look);
    const value = element("span", { className: "figure" });
    const name = element("span", { className: "name", text: look.name });
    const { policy } = look;
    if (policy === null) return { look, swatch, value, button: null, element: element("li", {}, swatch, name, value) };
    const button = element("button", { className: "toggle" }, swatch, name);
    button.type = "button";
    button.title = `Show or hide ${look.name}`;
    button.addEventListener("click", () => this.#toggle(policy));
    return { look, swatch, value, button, element: element("li", {}, button, value) };
  }
}
