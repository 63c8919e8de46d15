import type { ObjectiveId } from "../../src/engine/protocol/optimize.ts";
import { aimName, aimValueText } from "../../src/text/allocation.ts";
import { element, setText } from "../shared/elements.ts";
import { button } from "../shared/pageParts.ts";
import { type Aim, type Brushes, domainOf, type Extent, type Front } from "./front.ts";

/** Steps of a slider from one end of an axis to the other. */
const STEPS = 200;

interface Row {
  readonly element: HTMLElement;
  readonly low: HTMLInputElement;
  readonly high: HTMLInputElement;
  readonly text: HTMLElement;
}

/** The ranges of the axes for the keyboard: two sliders for each aim. */
export class Ranges {
  readonly element: HTMLElement;
  readonly #changed: (id: ObjectiveId, range: Extent | null) => void;
  readonly #body = element("div", { className: "ranges" });
  readonly #clear: HTMLButtonElement;
  readonly #rows = new Map<ObjectiveId, Row>();
  #aims: readonly Aim[] = [];

  constructor(changed: (id: ObjectiveId, range: Extent | null) => void, clear: () => void) {
    this.#changed = changed;
    this.#clear = button("Clear ranges", clear);
    this.element = element(
      "details",
      {},
      element("summary", { text: "Ranges of the axes" }),
      this.#body,
      element("p", { className: "buttons" }, this.#clear),
    );
  }

  show({ aims }: Front, brushes: Brushes, currency: string | null): void {
    this.#aims = aims;
    for (const [id, { element: row }] of this.#rows) row.hidden = !aims.some((aim) => aim.id === id);
    for (const aim of aims) {
      const row = this.#row(aim.id);
      const range = brushes.get(aim.id) ?? null;
      const domain = domainOf(aim);
      const { low, high } = range ?? domain;
      setValue(row.low, stepOf(low, domain));
      setValue(row.high, stepOf(high, domain));
      const [from, to] = [aimValueText(aim.id, low, currency), aimValueText(aim.id, high, currency)];
      row.low.setAttribute("aria-valuetext", from);
      row.high.setAttribute("aria-valuetext", to);
      setText(row.text, range === null ? "every value" : `${from} – ${to}`);
    }
    this.#clear.disabled = brushes.size === 0;
  }

  #row(id: ObjectiveId): Row {
    const known = this.#rows.get(id);
    if (known !== undefined) return known;
    const [low, high] = (["at least", "at most"] as const).map((word) => {
      const input = element("input");
      input.type = "range";
      input.min = "0";
      input.max = String(STEPS);
      input.setAttribute("aria-label", `${aimName(id)} ${word}`);
      input.addEventListener("input", () => this.#moved(id));
      return input;
    }) as [HTMLInputElement, HTMLInputElement];
    const text = element("span", { className: "share" });
    const name = element("span", { text: aimName(id) });
    const row = { element: element("p", { className: "range" }, name, text, low, high), low, high, text };
    this.#rows.set(id, row);
    this.#body.append(row.element);
    return row;
  }

  #moved(id: ObjectiveId): void {
    const aim = this.#aims.find((one) => one.id === id);
    const row = this.#rows.get(id);
    if (aim === undefined || row === undefined) return;
    const ends = [Number(row.low.value), Number(row.high.value)];
    const [low, high] = [Math.min(...ends), Math.max(...ends)];
    const domain = domainOf(aim);
    const valueOf = (step: number): number => domain.low + (step / STEPS) * (domain.high - domain.low);
    // At the ends themselves rounding must not leave out the last one.
    this.#changed(
      id,
      low === 0 && high === STEPS
        ? null
        : { low: low === 0 ? domain.low : valueOf(low), high: high === STEPS ? domain.high : valueOf(high) },
    );
  }
}

function stepOf(value: number, { low, high }: Extent): string {
  return String(Math.round(((value - low) / (high - low)) * STEPS));
}

function setValue(input: HTMLInputElement, value: string): void {
  if (input.value !== value) input.value = value;
}
