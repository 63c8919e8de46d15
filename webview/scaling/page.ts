import type { ComparisonWish, ScalingPageState } from "../../src/engine/protocol/scalingPage.ts";
import { csvText } from "../../src/text/csv.ts";
import { clean, element, setText } from "../shared/elements.ts";
import { button, showSwarms, TableToggle, Trouble } from "../shared/pageParts.ts";
import { Chart } from "./chart.ts";
import { Controls } from "./controls.ts";
import { basisText, comparisonSentence, emptyText } from "./model.ts";
import { NowPart } from "./nowPart.ts";
import { csvRows } from "./rows.ts";
import { CostTable, SeriesTable } from "./tables.ts";

/** What is shown; it is given back after a reload of the window. */
export interface View {
  readonly table: boolean;
  /** Policies whose lines were taken away. */
  readonly hidden: readonly string[];
}

export interface PageActions {
  readonly setLive: (live: boolean) => void;
  readonly choose: (swarmId: string) => void;
  readonly wish: (wish: ComparisonWish) => void;
  readonly compare: () => void;
  readonly cancel: () => void;
  readonly save: (text: string) => void;
  readonly viewed: (view: View) => void;
}

/** The page's elements, made once; `show` changes them in place. */
export class ScalingPage {
  readonly #actions: PageActions;
  readonly #swarm = element("select");
  readonly #when = element("span", { className: "when" });
  readonly #pause = button("Pause", () => this.#actions.setLive(!(this.#state?.live ?? true)));
  readonly #trouble = new Trouble();
  readonly #now = new NowPart();
  readonly #controls: Controls;
  readonly #chart: Chart;
  readonly #empty = element("p", { className: "empty" });
  readonly #failure = element("p", { className: "link failure" });
  readonly #say = element("p", { className: "say" });
  readonly #made = element("p", { className: "made when" });
  readonly #costs = new CostTable();
  readonly #series = new SeriesTable();
  readonly #toggle = new TableToggle(this.#series.element, () => this.#setView({ table: !this.#view.table }));
  readonly #spoken = element("p", { className: "spoken" });
  readonly #policies: HTMLElement;
  readonly #retry: HTMLElement;
  #view: View;
  #state: ScalingPageState | null = null;

  constructor(root: HTMLElement, view: View, actions: PageActions) {
    this.#actions = actions;
    this.#view = view;
    this.#controls = new Controls({
      wish: actions.wish,
      compare: actions.compare,
      cancel: actions.cancel,
      export: () => this.#export(),
    });
    this.#chart = new Chart(view.hidden, (hidden) => this.#setView({ hidden }));
    this.#swarm.setAttribute("aria-label", "Swarm");
    this.#swarm.addEventListener("change", () => actions.choose(this.#swarm.value));
    this.#failure.setAttribute("role", "alert");
    this.#spoken.setAttribute("aria-live", "polite");
    this.#retry = element("div", { className: "retry" }, this.#failure, button("Try again", actions.compare));
    const picture = element("div", { className: "picture" }, this.#retry, this.#empty, this.#chart.element);
    const drawn = element("div", { className: "drawn" }, picture, this.#controls.element);
    this.#policies = element(
      "section",
      { className: "policies" },
      element("h2", { text: "Policies on past load (simulated)" }),
      ...[drawn, this.#say, this.#costs.element, this.#made, this.#series.element],
    );
    this.#policies.setAttribute("aria-label", "Policies on past load");
    const header = element(
      "header",
      {},
      ...[element("h1", { text: "Swarm Scaling" }), this.#swarm, this.#when, this.#toggle.button, this.#pause],
    );
    const main = element("main", {}, this.#trouble.element, this.#now.element, this.#policies, this.#spoken);
    root.replaceChildren(header, main);
    this.#toggle.show(view.table);
  }

  show(state: ScalingPageState): void {
    const before = this.#state;
    this.#state = state;
    showSwarms(this.#swarm, state.swarms, state.swarmId);
    setText(this.#pause, state.live ? "Pause" : "Resume");
    this.#trouble.show(state.link, null);
    this.#now.show(state);
    this.#policies.hidden = state.swarmId === null;
    this.#controls.show(state);
    this.#showRun(state);
    this.#showComparison(state);
    this.showAge();
    // Read out is what the operator waits for: how a comparison has ended.
    if (before !== null && before.run.kind === "comparing" && state.run.kind !== "comparing") {
      const { run, comparison } = state;
      const ended = run.kind === "cancelled" ? "The comparison was cancelled." : "";
      setText(
        this.#spoken,
        run.kind === "idle" && comparison !== null ? clean(comparisonSentence(comparison), 600) : ended,
      );
    }
  }

  /** Called each second too: an age that stands still would be wrong. */
  showAge(): void {
    const state = this.#state;
    if (state === null) return;
    this.#controls.showAge(state);
    const { now, live } = state;
    const at = now === null ? "" : ` · ${new Date(now.wallMs).toLocaleTimeString()}`;
    setText(this.#when, `${live ? "Live" : "Paused"}${at}`);
  }

  say(text: string): void {
    this.#controls.say(text);
  }

  #showRun({ run }: ScalingPageState): void {
    this.#retry.hidden = run.kind !== "failed";
    setText(this.#failure, run.kind === "failed" ? clean(`Not compared: ${run.text}`, 600) : "");
  }

  #showComparison(state: ScalingPageState): void {
    const { comparison } = state;
    const isKnown = comparison !== null;
    for (const part of [this.#chart.element, this.#say, this.#made, this.#costs.element, this.#toggle.button])
      part.hidden = !isKnown;
    const empty = isKnown ? "" : emptyText(state);
    setText(this.#empty, empty);
    this.#empty.hidden = empty === "";
    this.#series.element.hidden = !isKnown || !this.#view.table;
    if (comparison === null) return;
    this.#chart.show(comparison);
    this.#costs.show(comparison);
    setText(this.#say, clean(comparisonSentence(comparison), 600));
    setText(this.#made, clean(basisText(comparison), 800));
    if (this.#view.table) this.#series.show(comparison);
  }

  #export(): void {
    const comparison = this.#state?.comparison ?? null;
    if (comparison !== null) this.#actions.save(csvText(csvRows(comparison)));
  }

  #setView(change: Partial<View>): void {
    this.#view = { ...this.#view, ...change };
    this.#actions.viewed(this.#view);
    this.#toggle.show(this.#view.table);
    if (this.#state !== null) this.#showComparison(this.#state);
  }
}
