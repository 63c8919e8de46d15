import {
  DEFAULT_WEIGHTS,
  MAX_GENERATIONS,
  MAX_POPULATION,
  type ObjectiveId,
  OBJECTIVES,
  type ObjectiveWeights,
} from "../../src/engine/protocol/optimize.ts";
import type { ParetoPageState, SearchWish } from "../../src/engine/protocol/paretoPage.ts";
import { aimMeaning, aimName } from "../../src/text/allocation.ts";
import { durationText } from "../../src/text/figures.ts";
import { clean, element, setText } from "../shared/elements.ts";
import { button } from "../shared/pageParts.ts";
import { shareTexts } from "./model.ts";

export interface ControlActions {
  /** Weights as they are while a slider moves. */
  readonly weigh: (weights: ObjectiveWeights) => void;
  readonly wish: (wish: SearchWish) => void;
  readonly search: () => void;
  readonly cancel: () => void;
}

/** Marks of a slider from nothing to everything. */
const FULL = 100;
const ZERO = "All weights are 0: give at least one aim more. The last pick stays.";

interface Slider {
  readonly row: HTMLElement;
  readonly input: HTMLInputElement;
  readonly share: HTMLElement;
}

/** What matters how much, and the search: at the side of the pictures. */
export class Controls {
  readonly element: HTMLElement;
  readonly #actions: ControlActions;
  readonly #sliders = new Map<ObjectiveId, Slider>();
  readonly #weights: HTMLElement;
  readonly #zero = element("p", { className: "zero" });
  readonly #usual: HTMLButtonElement;
  readonly #search: HTMLButtonElement;
  readonly #cancel: HTMLButtonElement;
  readonly #progress = element("progress");
  readonly #run = element("p", { className: "when run" });
  readonly #population = numberInput("population", 4, MAX_POPULATION, 2);
  readonly #generations = numberInput("generations", 1, MAX_GENERATIONS, 1);
  readonly #budget = numberInput("budget", 0, 1_000_000_000, "any");
  readonly #budgetLabel = element("label");
  readonly #budgetRow: HTMLElement;
  readonly #wrong = element("p", { className: "wrong" });
  #wish: SearchWish | null = null;
  #shown = "";

  constructor(actions: ControlActions) {
    this.#actions = actions;
    for (const id of OBJECTIVES) this.#sliders.set(id, this.#slider(id));
    this.#usual = button("Usual weights", () => this.#reset());
    this.#zero.setAttribute("role", "status");
    this.#weights = element(
      "fieldset",
      { className: "weights" },
      element("legend", { text: "What matters how much" }),
      ...[...this.#sliders.values()].map(({ row }) => row),
      this.#zero,
      this.#usual,
    );
    this.#search = button("Search", actions.search);
    this.#cancel = button("Cancel search", actions.cancel);
    this.#progress.setAttribute("aria-label", "The search is under way");
    this.#budgetLabel.htmlFor = this.#budget.id;
    this.#budgetRow = element("p", {}, this.#budgetLabel, this.#budget);
    for (const input of [this.#population, this.#generations, this.#budget])
      input.addEventListener("change", () => this.#wished());
    this.#wrong.setAttribute("role", "alert");
    const options = element(
      "details",
      { className: "options" },
      element("summary", { text: "Options of the search" }),
      labelled("Solutions of a generation", this.#population),
      labelled("Generations", this.#generations),
      this.#budgetRow,
      this.#wrong,
    );
    this.element = element(
      "aside",
      {},
      ...[this.#weights, element("p", { className: "buttons" }, this.#search, this.#cancel)],
      ...[this.#progress, this.#run, options],
    );
    this.element.setAttribute("aria-label", "Weights and search");
  }

  /** @param weights as they are now */
  show(state: ParetoPageState, weights: ObjectiveWeights): void {
    const { run, optimization, swarmId, wish } = state;
    this.#wish = wish;
    this.#weights.hidden = optimization === null;
    for (const [id, { row }] of this.#sliders) row.hidden = !(id in weights);
    // Only other weights move a slider: one that is being dragged stays under the pointer.
    const shown = JSON.stringify([weights, wish]);
    if (shown !== this.#shown) {
      this.#shown = shown;
      for (const [id, { input }] of this.#sliders) {
        const value = String(Math.round((weights[id] ?? 0) * FULL));
        if (input.value !== value) input.value = value;
      }
      this.#population.value = String(wish.population);
      this.#generations.value = String(wish.generations);
      this.#budget.value = wish.budgetPerHour === null ? "" : String(wish.budgetPerHour);
    }
    this.#showShares(weights);
    const isSearching = run.kind === "searching";
    setText(this.#search, optimization === null ? "Search" : "Search again");
    this.#search.disabled = swarmId === null || isSearching;
    this.#cancel.disabled = !isSearching;
    this.#progress.hidden = !isSearching;
    const currency = optimization?.currency ?? null;
    this.#budgetRow.hidden = currency === null;
    setText(this.#budgetLabel, `Most for an hour, ${clean(currency ?? "", 8)}`);
    this.showAge(state);
  }

  /** Called each second too: how long it takes is what is known of its progress. */
  showAge({ run }: ParetoPageState): void {
    const text = {
      idle: () => "",
      cancelled: () => "The search was cancelled.",
      failed: () => "",
      searching: () => `Searching, for ${durationText(Math.max(0, Date.now() - sinceOf(run)))}.`,
    }[run.kind]();
    setText(this.#run, text);
  }

  #showShares(weights: ObjectiveWeights): void {
    const shares = shareTexts(weights);
    for (const [id, { input, share }] of this.#sliders) {
      const text = shares.get(id) ?? "";
      setText(share, text);
      input.setAttribute("aria-valuetext", text);
    }
    setText(this.#zero, Object.values(weights).some((weight) => weight > 0) ? "" : ZERO);
  }

  #slider(id: ObjectiveId): Slider {
    const input = element("input");
    input.type = "range";
    input.id = `weight-${id}`;
    input.min = "0";
    input.max = String(FULL);
    input.step = "1";
    const name = element("label", { text: aimName(id) });
    name.htmlFor = input.id;
    name.title = aimMeaning(id);
    const share = element("span", { className: "share" });
    input.addEventListener("input", () => {
      const weights = this.#read();
      this.#showShares(weights);
      this.#actions.weigh(weights);
    });
    input.addEventListener("change", () => this.#wished());
    return { input, share, row: element("p", { className: "weight" }, name, share, input) };
  }

  #read(): ObjectiveWeights {
    return Object.fromEntries(
      [...this.#sliders].flatMap(([id, { row, input }]) => (row.hidden ? [] : [[id, Number(input.value) / FULL]])),
    );
  }

  #reset(): void {
    const weights = Object.fromEntries(
      [...this.#sliders].flatMap(([id, { row }]) => (row.hidden ? [] : [[id, DEFAULT_WEIGHTS[id]]])),
    );
    this.#actions.weigh(weights);
    if (this.#wish !== null) this.#actions.wish({ ...this.#wish, weights: null });
  }

  /** Tells what is to be searched with, once it can be: an aim that has a weight, numbers within their bounds. */
  #wished(): void {
    if (this.#wish === null) return;
    const wrong = [this.#population, this.#generations, this.#budget].find((input) => !input.checkValidity());
    setText(this.#wrong, wrong?.validationMessage ?? "");
    if (wrong !== undefined) return;
    const weights = this.#read();
    const isZero = !Object.values(weights).some((weight) => weight > 0);
    const budget = Number(this.#budget.value);
    this.#actions.wish({
      weights: isZero ? this.#wish.weights : weights,
      budgetPerHour: this.#budget.value === "" || budget === 0 ? null : budget,
      population: Number(this.#population.value),
      generations: Number(this.#generations.value),
    });
  }
}

function sinceOf(run: ParetoPageState["run"]): number {
  return run.kind === "searching" ? run.sinceMs : Date.now();
}

function numberInput(id: string, min: number, max: number, step: number | "any"): HTMLInputElement {
  const input = element("input");
  input.type = "number";
  input.id = id;
  input.min = String(min);
  input.max = String(max);
  input.step = String(step);
  return input;
}

function labelled(text: string, input: HTMLInputElement): HTMLElement {
  const label = element("label", { text });
  label.htmlFor = input.id;
  return element("p", {}, label, input);
}
