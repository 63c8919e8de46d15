import { type ObjectiveId, OBJECTIVES, type ObjectiveWeights } from "../../src/engine/protocol/optimize.ts";
import type { PageOptimization, ParetoPageState, SearchWish } from "../../src/engine/protocol/paretoPage.ts";
import { aimName } from "../../src/text/allocation.ts";
import { clockText } from "../../src/text/clock.ts";
import { clean, element, setOptions, setText } from "../shared/elements.ts";
import { button, showSwarms, TableToggle, Trouble } from "../shared/pageParts.ts";
import { ActionPart, isUnderWay, outcomeText } from "./actionPart.ts";
import { Controls } from "./controls.ts";
import { DetailsPart } from "./detailsPart.ts";
import { type Brushes, type Extent, type Front, frontOf, insideOf, orderAlong, pickOf } from "./front.ts";
import { legend } from "./legend.ts";
import { basisText, emptyText, frontSentence, rangesText, readText, remarksOf } from "./model.ts";
import { Parallel } from "./parallel.ts";
import { Ranges } from "./ranges.ts";
import { Scatter } from "./scatter.ts";
import { type SceneEvents, tellRead } from "./scene.ts";
import { SolutionTable } from "./solutionTable.ts";

/** What is shown; it is given back after a reload of the window. */
export interface View {
  readonly table: boolean;
  /** Aims of the scatter. */
  readonly across: ObjectiveId;
  readonly up: ObjectiveId;
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

/** A search that came to its end, and what a person has made of it here. */
interface Shown {
  /** As it came. */
  readonly source: PageOptimization;
  readonly found: PageOptimization;
  readonly front: Front;
  weights: ObjectiveWeights;
  pick: number | null;
  /** Chosen by hand; `null`: the pick is meant. */
  chosen: number | null;
  brushes: Brushes;
  inside: Uint8Array;
  order: readonly number[];
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
  #shown: Shown | null = null;
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
    const brush = (id: ObjectiveId, range: Extent | null): void => this.#brush(id, range);
    this.#scatter = new Scatter(events);
    this.#parallel = new Parallel({ ...events, brush });
    this.#ranges = new Ranges(brush, () => this.#clearBrushes());
    this.#controls = new Controls({
      weigh: (weights) => this.#weigh(weights),
      wish: actions.wish,
      search: actions.search,
      cancel: actions.cancel,
    });
    this.#action = new ActionPart({
      preview: () => {
        const chosen = this.#chosen;
        if (this.#shown !== null && chosen !== null) actions.preview(this.#shown.found.madeAtMs, chosen);
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
      if (event.key === "Escape") this.#clearBrushes();
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

  /** What details and preview are of. */
  get #chosen(): number | null {
    return this.#shown === null ? null : (this.#shown.chosen ?? this.#shown.pick);
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

  /** Another search has other solutions: what was chosen of the old ones means nothing. */
  #take({ optimization: source, wish }: ParetoPageState): void {
    if (source === (this.#shown?.source ?? null)) return;
    this.#at = null;
    if (source === null) {
      this.#shown = null;
      return;
    }
    const found = { ...source, currency: source.currency === null ? null : clean(source.currency, 8) };
    const front = frontOf(found);
    const ids = front.aims.map(({ id }) => id);
    const weights = Object.fromEntries(ids.map((id) => [id, wish.weights?.[id] ?? found.weights[id] ?? 0]));
    const inside = new Uint8Array(front.size).fill(1);
    const pick = pickOf(front, weights) ?? found.pick;
    this.#shown = { source, found, front, weights, pick, chosen: null, brushes: new Map(), inside, order: [] };
    this.#order(this.#shown);
  }

  #order(shown: Shown): void {
    const aim = shown.front.aims.find(({ id }) => id === this.#aims(shown).across);
    shown.order = aim === undefined ? [] : orderAlong(aim, shown.inside);
  }

  /** The aims of the scatter, of those that take part. */
  #aims({ front }: Shown): Pick<View, "across" | "up"> {
    const ids = front.aims.map(({ id }) => id);
    const across = ids.includes(this.#view.across) ? this.#view.across : (ids[0] ?? this.#view.across);
    const up = ids.includes(this.#view.up) ? this.#view.up : (ids.find((id) => id !== across) ?? across);
    return { across, up };
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
    this.#showChoice(shown, state);
  }

  #showAxes(shown: Shown): void {
    const { across, up } = this.#aims(shown);
    const options = shown.front.aims.map(({ id }) => ({ value: id, text: aimName(id) }));
    setOptions(this.#across, options);
    setOptions(this.#up, options);
    this.#across.value = across;
    this.#up.value = up;
  }

  /** Both pictures show one and the same. */
  #showScene(shown: Shown): void {
    const { found, front, brushes, inside, pick, order } = shown;
    const { currency, knee } = found;
    const scene = { front, currency, brushes, inside, pick, knee, chosen: this.#chosen, ...this.#aims(shown) };
    this.#scatter.show(scene);
    this.#parallel.show(scene);
    this.#ranges.show(front, brushes, currency);
    const isPickOut = pick !== null && inside[pick] !== 1;
    setText(
      this.#rangesSay,
      `${rangesText(inside, brushes.size > 0)}${isPickOut ? " Your pick lies outside them." : ""}`,
    );
    setText(this.#say, clean(frontSentence(found, front, pick), 600));
    if (this.#view.table) this.#table.show(found, order, this.#marks(shown));
    this.#tell(shown);
  }

  #showChoice(shown: Shown, state: ParetoPageState): void {
    const chosen = this.#chosen;
    this.#details.element.hidden = chosen === null;
    if (chosen !== null) this.#details.show(shown.found, chosen, this.#titleOf(shown, chosen));
    this.#action.show(state, chosen);
  }

  #titleOf({ found, pick, chosen }: Shown, at: number): string {
    const marks = [...(at === pick ? ["● your pick"] : []), ...(at === found.knee ? ["▲ the knee"] : [])];
    const what = chosen === null ? [] : ["chosen by you"];
    return `Solution ${at + 1} of ${found.front.length}: ${[...marks, ...what].join(", ")}`;
  }

  #marks({ found, pick }: Shown): ReadonlyMap<number, string> {
    const marks = new Map<number, string>();
    const add = (at: number | null, mark: string): void => {
      if (at !== null) marks.set(at, `${marks.get(at) ?? ""} ${mark}`);
    };
    add(found.knee, "▲");
    add(pick, "●");
    if (this.#chosen !== null && this.#chosen !== pick) add(this.#chosen, "○");
    return marks;
  }

  #readAt(at: number | null): void {
    if (at === this.#at || this.#shown === null) return;
    this.#at = at;
    this.#scatter.showRead(at);
    this.#parallel.showRead(at);
    this.#tell(this.#shown);
  }

  #tell({ found, order }: Shown): void {
    const at = this.#at ?? this.#chosen;
    const text = at === null ? "" : `Solution ${at + 1}: ${readText(found, at)}`;
    setText(this.#read, text);
    const place = at === null ? 0 : order.indexOf(at) + 1;
    for (const host of [this.#scatter.element, this.#parallel.element]) tellRead(host, place, order.length, text);
  }

  #step(by: number | "first" | "last"): void {
    const shown = this.#shown;
    if (shown === null || shown.order.length === 0) return;
    const { order } = shown;
    const last = order.length - 1;
    const from = order.indexOf(this.#at ?? this.#chosen ?? -1);
    const to = by === "first" ? 0 : by === "last" ? last : Math.min(last, Math.max(0, from + by));
    this.#readAt(order[to] ?? null);
  }

  #choose(at: number): void {
    const shown = this.#shown;
    if (shown === null) return;
    shown.chosen = at;
    this.#showFound();
    setText(this.#spoken, clean(`Chosen: solution ${at + 1}, ${readText(shown.found, at)}`, 400));
  }

  /** The pick moves with the weights, and what is shown with the pick. */
  #weigh(weights: ObjectiveWeights): void {
    const shown = this.#shown;
    if (shown === null) return;
    shown.weights = weights;
    shown.pick = pickOf(shown.front, weights) ?? shown.pick;
    shown.chosen = null;
    this.#showFound();
  }

  #brush(id: ObjectiveId, range: Extent | null): void {
    const shown = this.#shown;
    if (shown === null) return;
    const brushes = new Map(shown.brushes);
    if (range === null) brushes.delete(id);
    else brushes.set(id, range);
    this.#rebrush(shown, brushes);
  }

  #clearBrushes(): void {
    if (this.#shown !== null && this.#shown.brushes.size > 0) this.#rebrush(this.#shown, new Map());
  }

  #rebrush(shown: Shown, brushes: Brushes): void {
    shown.brushes = brushes;
    shown.inside = insideOf(shown.front, brushes);
    this.#order(shown);
    this.#showScene(shown);
  }

  #setView(change: Partial<View>): void {
    this.#view = { ...this.#view, ...change };
    this.#actions.viewed(this.#view);
    this.#toggle.show(this.#view.table);
    if (this.#shown !== null) this.#order(this.#shown);
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
