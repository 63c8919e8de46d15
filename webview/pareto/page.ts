import { OBJECTIVES } from "../../src/engine/protocol/optimize.ts";
import type { ParetoPageState, SearchWish } from "../../src/engine/protocol/paretoPage.ts";
import { aimName } from "../../src/text/allocation.ts";
import { clockText } from "../../src/text/clock.ts";
import { clean, element, setOptions, setText } from "../shared/elements.ts";
import { button, showSwarms, TableToggle, Trouble } from "../shared/pageParts.ts";
import { ActionPart, isUnderWay, outcomeText } from "./actionPart.ts";
import { Controls } from "./controls.ts";
import { DetailsPart } from "./detailsPart.ts";
import { Exploration, type ScatterAims } from "./exploration.ts";
import { legend } from "./legend.ts";
import { basisText, emptyText, frontSentence, rangesText, readText, remarksOf } from "./model.ts";
import { Parallel, type ParallelEvents } from "./parallel.ts";
import { Ranges } from "./ranges.ts";
import { Scatter } from "./scatter.ts";
import { type SceneEvents, tellRead } from "./scene.ts";
import { SolutionTable } from "./solutionTable.ts";

/** What is shown; it is given back after a reload of the window. */
export interface View extends ScatterAims {
  readonly table: boolean;
}

export interface PageActions {
  readonly choose: (swarmId: string) => void;
  readonly wish: (wish: SearchWish) => void;
  readonly search: () => void;
  readonly cancel: () => void;
  readonly preview: (madeAtMs: number, solution: number) => void;
  readonly apply: () => void;
  readonly stop: () => void;
  readonly undo: (allocationId: string) => void;
  readonly viewed: (view: View) => void;
}

/** The page's elements, made once; `show` changes them in place. */
export class ParetoPage {
  readonly #actions: PageActions;
  readonly #swarm = element("select");
  readonly #when = element("span", { className: "when" });
  readonly #trouble = new Trouble();
  readonly #failure = element("p", { className: "link failure" });
  readonly #retry: HTMLElement;
  readonly #empty = element("p", { className: "empty" });
  readonly #across = element("select");
  readonly #up = element("select");
  readonly #scatter: Scatter;
  readonly #parallel: Parallel;
  readonly #ranges: Ranges;
  readonly #rangesSay = element("p", { className: "when ranges-say" });
  readonly #read = element("p", { className: "when read" });
  readonly #pictures: HTMLElement;
  readonly #controls: Controls;
  readonly #say = element("p", { className: "say" });
  readonly #basis = element("p", { className: "made when" });
  readonly #remarks = element("p", { className: "made when remarks" });
  readonly #stale = element("p", { className: "made stale" });
  readonly #details = new DetailsPart();
  readonly #action: ActionPart;
  readonly #parts: HTMLElement;
  readonly #table: SolutionTable;
  readonly #toggle: TableToggle;
  readonly #spoken = element("p", { className: "spoken" });
  #view: View;
  #state: ParetoPageState | null = null;
  #shown: Exploration | null = null;
  /** What pointer or keyboard is at. */
  #at: number | null = null;

  constructor(root: HTMLElement, view: View, actions: PageActions) {
    this.#actions = actions;
    this.#view = view;
    const events: SceneEvents = {
      read: (at) => this.#readAt(at),
      choose: (at) => this.#choose(at),
      step: (by) => this.#step(by),
      chooseRead: () => {
        if (this.#at !== null) this.#choose(this.#at);
      },
    };
    const brush: ParallelEvents["brush"] = (id, range) => this.#explore((shown) => shown.brush(id, range));
    this.#scatter = new Scatter(events);
    this.#parallel = new Parallel({ ...events, brush });
    this.#ranges = new Ranges(brush, () => this.#clearRanges());
    this.#controls = new Controls({
      // What is shown follows the pick.
      weigh: (weights) => {
        this.#shown?.weigh(weights);
        this.#showFound();
      },
      wish: actions.wish,
      search: actions.search,
      cancel: actions.cancel,
    });
    this.#action = new ActionPart({
      preview: () => {
        if (this.#shown !== null) actions.preview(this.#shown.found.madeAtMs, this.#shown.chosen);
      },
      apply: actions.apply,
      stop: actions.stop,
      undo: actions.undo,
    });
    this.#table = new SolutionTable((at) => this.#choose(at));
    this.#toggle = new TableToggle(this.#table.element, () => this.#setView({ table: !this.#view.table }));
    this.#swarm.setAttribute("aria-label", "Swarm");
    this.#swarm.addEventListener("change", () => actions.choose(this.#swarm.value));
    this.#failure.setAttribute("role", "alert");
    this.#spoken.setAttribute("aria-live", "polite");
    this.#retry = element("div", { className: "retry" }, this.#failure, button("Try again", actions.search));
    this.#pictures = this.#picturesOf();
    const picture = element("div", { className: "picture" }, this.#retry, this.#empty, this.#pictures);
    const drawn = element("div", { className: "drawn" }, picture, this.#controls.element);
    this.#parts = element("div", { className: "parts" }, this.#details.element, this.#action.element);
    const header = element(
      "header",
      {},
      ...[element("h1", { text: "Pareto" }), this.#swarm, this.#when, this.#toggle.button],
    );
    const words = [this.#say, this.#stale, this.#basis, this.#remarks];
    root.replaceChildren(
      header,
      element("main", {}, this.#trouble.element, drawn, ...words, this.#parts, this.#table.element, this.#spoken),
    );
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#clearRanges();
    });
    this.#toggle.show(view.table);
  }

  show(state: ParetoPageState): void {
    const before = this.#state;
    this.#state = state;
    showSwarms(this.#swarm, state.swarms, state.swarmId);
    this.#trouble.show(state.link, null);
    this.#retry.hidden = state.run.kind !== "failed";
    setText(this.#failure, state.run.kind === "failed" ? clean(`Nothing was found: ${state.run.text}`, 600) : "");
    this.#take(state);
    this.#showFound();
    this.#speakEnds(before, state);
  }

  /** Called each second too: an age that stands still would be wrong. */
  showAge(): void {
    if (this.#state !== null) this.#controls.showAge(this.#state);
  }

  #picturesOf(): HTMLElement {
    const pickers = (
      [
        ["Across", "across", this.#across],
        ["Up", "up", this.#up],
      ] as const
    ).map(([text, key, select]) => {
      select.id = `axis-${key}`;
      select.addEventListener("change", () => {
        const id = OBJECTIVES.find((one) => one === select.value);
        if (id !== undefined) this.#setView({ [key]: id });
      });
      const label = element("label", { text });
      label.htmlFor = select.id;
      return element("span", { className: "axis" }, label, select);
    });
    return element(
      "div",
      {},
      element("p", { className: "axes" }, ...pickers),
      element("div", { className: "pair" }, this.#scatter.element, this.#parallel.element),
      ...[legend(), this.#read, this.#rangesSay, this.#ranges.element],
    );
  }

  /** Another search has other solutions: what was made of the old ones means nothing. */
  #take({ optimization, wish }: ParetoPageState): void {
    if (optimization === (this.#shown?.source ?? null)) return;
    // A number of the old front must not be marked in the new one.
    this.#readAt(null);
    this.#shown = optimization === null ? null : new Exploration(optimization, wish, this.#view);
  }

  #showFound(): void {
    const state = this.#state;
    const shown = this.#shown;
    if (state === null) return;
    this.#controls.show(state, shown?.weights ?? {});
    for (const part of [this.#pictures, this.#say, this.#basis, this.#parts, this.#toggle.button])
      part.hidden = shown === null;
    this.#table.element.hidden = shown === null || !this.#view.table;
    this.#remarks.hidden = true;
    this.#stale.hidden = true;
    setText(this.#empty, shown === null ? clean(emptyText(state), 600) : "");
    this.#empty.hidden = this.#empty.textContent === "";
    if (shown === null) {
      setText(this.#when, "");
      // An allocation that is under way is told of whatever else there is.
      this.#parts.hidden = state.application === null;
      this.#details.element.hidden = true;
      this.#action.show(state, null);
      return;
    }
    const { found } = shown;
    setText(this.#when, `${clockText(found.madeAtMs)} · derived from measured tasks`);
    this.#pictures.classList.toggle("old", state.link.kind === "disconnected");
    this.#showAxes(shown);
    this.#showScene(shown);
    setText(this.#basis, clean(basisText(found), 900));
    const remarks = clean(remarksOf(found).join(" "), 900);
    this.#remarks.hidden = remarks === "";
    setText(this.#remarks, remarks);
    const { application } = state;
    const isOvertaken = application?.kind === "known" && application.isWell && application.atMs > found.madeAtMs;
    this.#stale.hidden = !isOvertaken;
    setText(
      this.#stale,
      isOvertaken ? "An allocation was made since this search: ◆ is what was before. Search again." : "",
    );
    this.#details.element.hidden = false;
    this.#details.show(found, shown.chosen, shown.title());
    this.#action.show(state, shown.chosen);
  }

  #showAxes({ front, aims }: Exploration): void {
    const options = front.aims.map(({ id }) => ({ value: id, text: aimName(id) }));
    setOptions(this.#across, options);
    setOptions(this.#up, options);
    this.#across.value = aims.across;
    this.#up.value = aims.up;
  }

  /** Both pictures show one and the same. */
  #showScene(shown: Exploration): void {
    const { found, front, brushes, inside, pick, order, scene } = shown;
    this.#scatter.show(scene);
    this.#parallel.show(scene);
    this.#ranges.show(front, brushes, found.currency);
    const out = inside[pick] === 1 ? "" : " Your pick lies outside them.";
    setText(this.#rangesSay, `${rangesText(inside, shown.isBrushed)}${out}`);
    setText(this.#say, clean(frontSentence(found, front, pick), 600));
    if (this.#view.table) this.#table.show(found, order, shown.marks());
    this.#tell(shown);
  }

  #readAt(at: number | null): void {
    if (at === this.#at || this.#shown === null) return;
    this.#at = at;
    this.#scatter.showRead(at);
    this.#parallel.showRead(at);
    this.#tell(this.#shown);
  }

  #tell({ found, order, chosen }: Exploration): void {
    const at = this.#at ?? chosen;
    const text = `Solution ${at + 1}: ${readText(found, at)}`;
    setText(this.#read, text);
    const place = order.indexOf(at) + 1;
    for (const host of [this.#scatter.element, this.#parallel.element]) tellRead(host, place, order.length, text);
  }

  #step(by: number | "first" | "last"): void {
    const shown = this.#shown;
    if (shown !== null) this.#readAt(shown.stepFrom(this.#at ?? shown.chosen, by));
  }

  #choose(at: number): void {
    const shown = this.#shown;
    if (shown === null) return;
    shown.choose(at);
    this.#showFound();
    setText(this.#spoken, clean(`Chosen: solution ${at + 1}, ${readText(shown.found, at)}`, 400));
  }

  /** What changes the pictures alone. */
  #explore(change: (shown: Exploration) => void): void {
    if (this.#shown === null) return;
    change(this.#shown);
    this.#showScene(this.#shown);
  }

  #clearRanges(): void {
    if (this.#shown?.isBrushed === true) this.#explore((shown) => shown.clear());
  }

  #setView(change: Partial<View>): void {
    this.#view = { ...this.#view, ...change };
    this.#actions.viewed(this.#view);
    this.#toggle.show(this.#view.table);
    this.#shown?.turn(this.#view);
    this.#showFound();
  }

  /** Read out is what the operator waits for: how a search or an allocation has ended. */
  #speakEnds(before: ParetoPageState | null, now: ParetoPageState): void {
    if (before?.run.kind === "searching" && now.run.kind === "idle" && this.#shown !== null)
      setText(this.#spoken, clean(frontSentence(this.#shown.found, this.#shown.front, this.#shown.pick), 600));
    const { application } = now;
    const was = before?.application ?? null;
    if (application !== null && was !== null && isUnderWay(was) && !isUnderWay(application))
      setText(this.#spoken, clean(outcomeText(application), 400));
  }
}
