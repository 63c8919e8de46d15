import { clockText } from "../../src/text/clock.ts";
import { numberText } from "../../src/text/figures.ts";
import { clean, element, setText } from "../shared/elements.ts";
import { paintSwatch, swatchOf } from "../shared/swatch.ts";
import { type Look, LOOKS } from "./looks.ts";
import type { ChartData, Row } from "./rows.ts";
import type { Theme } from "./theme.ts";

interface Entry {
  readonly look: Look;
  readonly element: HTMLElement;
  readonly swatch: HTMLElement;
  readonly value: HTMLElement;
}

/** What each line is, and what all of them say at one time. Places and widths stay as they are; only the figures change. */
export class Legend {
  readonly element = element("div", { className: "legend" });
  readonly #time = element("span", { className: "figure" });
  readonly #unusual = element("p", { className: "unusual" });
  readonly #entries: readonly Entry[] = LOOKS.map((look) => {
    const swatch = swatchOf(look);
    const value = element("span", { className: "figure" });
    const name = element("span", { className: "name", text: look.name });
    return { look, swatch, value, element: element("li", {}, swatch, name, value) };
  });

  constructor(theme: Theme) {
    const list = element("ul", {}, element("li", {}, element("span", { className: "name", text: "At" }), this.#time));
    list.append(...this.#entries.map((entry) => entry.element));
    this.element.append(list, this.#unusual);
    this.paint(theme);
  }

  paint(theme: Theme): void {
    for (const { look, swatch } of this.#entries) paintSwatch(swatch, look, theme[look.colour], theme);
  }

  /** Those of this picture. */
  list(shown: readonly Look[]): void {
    for (const { look, element: one } of this.#entries) one.hidden = !shown.includes(look);
  }

  /** @returns the same in one sentence, for a reader */
  show(row: Row | null, data: ChartData, index: number): string {
    const time = row === null ? "–" : clockText(row.atMs);
    setText(this.#time, time);
    const said = [time];
    for (const { look, value, element: one } of this.#entries) {
      const { column, name } = look;
      if (column === null) {
        setText(value, row?.unusual == null ? "no" : "yes");
        continue;
      }
      const figure = row === null ? null : (data[column][index] ?? null);
      setText(value, figure === null ? "–" : numberText(figure));
      if (figure !== null && !one.hidden) said.push(`${name} ${numberText(figure)}`);
    }
    const unusual = row?.unusual == null ? "" : `Unusual: ${clean(row.unusual, 300)}`;
    setText(this.#unusual, unusual);
    if (unusual !== "") said.push(unusual);
    return said.join(", ");
  }
}
