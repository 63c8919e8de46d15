import { BLAME_MEASURES, BLAME_RANGES, type BlameRange } from "../../src/engine/protocol/blame.ts";
import type { BlamePageState, BlameWish } from "../../src/engine/protocol/blamePage.ts";
import { MEASURE_NAMES } from "../../src/text/blame.ts";
import { clean, element, option, setOptions } from "../shared/elements.ts";
import { button } from "../shared/pageParts.ts";

const RANGE_TEXTS: Readonly<Record<BlameRange, string>> = {
  "15m": "15 minutes",
  "1h": "1 hour",
  "6h": "6 hours",
  "24h": "24 hours",
  "7d": "7 days",
};
/** No swarm's id is empty. */
const ALL = "";

/** Of whom, how far back and what: in the header. */
export class Controls {
  readonly elements: readonly HTMLElement[];
  readonly #swarm = element("select");
  readonly #range = element("select");
  readonly #by = element("select");
  readonly #refresh: HTMLButtonElement;

  constructor(wished: (wish: BlameWish) => void, ask: () => void) {
    this.#swarm.setAttribute("aria-label", "Swarm");
    this.#range.setAttribute("aria-label", "Range");
    this.#by.setAttribute("aria-label", "Measure");
    this.#range.append(...BLAME_RANGES.map((range) => option(range, RANGE_TEXTS[range])));
    this.#by.append(...BLAME_MEASURES.map((by) => option(by, MEASURE_NAMES[by])));
    for (const select of [this.#swarm, this.#range, this.#by])
      select.addEventListener("change", () => wished(this.#wish));
    this.#refresh = button("Refresh (R)", ask);
    this.elements = [this.#swarm, this.#range, this.#by, this.#refresh];
    document.addEventListener("keydown", (event) => {
      const { target } = event;
      const isTyping = target instanceof HTMLInputElement || target instanceof HTMLSelectElement;
      if (event.key.toLowerCase() !== "r" || event.ctrlKey || event.metaKey || event.altKey || isTyping) return;
      event.preventDefault();
      ask();
    });
  }

  show({ swarms, wish, report, run }: BlamePageState): void {
    const isListed = wish.swarmId === null || swarms.some(({ id }) => id === wish.swarmId);
    // One that has gone is still in the accounts.
    const gone = isListed ? [] : [{ id: wish.swarmId ?? ALL, label: report?.swarmLabel ?? wish.swarmId ?? "" }];
    setOptions(this.#swarm, [
      { value: ALL, text: "All swarms" },
      ...[...swarms, ...gone].map(({ id, label }) => ({ value: id, text: clean(label, 80) })),
    ]);
    this.#swarm.value = wish.swarmId ?? ALL;
    this.#range.value = wish.range;
    this.#by.value = wish.by;
    this.#refresh.disabled = run.kind === "asking";
  }

  get #wish(): BlameWish {
    return {
      swarmId: this.#swarm.value === ALL ? null : this.#swarm.value,
      range: BLAME_RANGES.find((range) => range === this.#range.value) ?? "1h",
      by: BLAME_MEASURES.find((by) => by === this.#by.value) ?? "cpu",
    };
  }
}
