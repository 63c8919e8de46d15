import { CAPACITY_HORIZONS, type CapacityPageState, type PagePlan } from "../../src/engine/protocol/capacityPage.ts";
import { countText, durationText } from "../../src/text/figures.ts";
import { clean, element, option, setOptions, setText } from "../shared/elements.ts";
import { Grid } from "../shared/grid.ts";
import { button, Trouble } from "../shared/pageParts.ts";
import { Controls } from "./controls.ts";
import { Picture } from "./picture.ts";
import type { Meant, WishTexts } from "./wish.ts";

export interface PageActions {
  readonly choose: (swarmId: string | null) => void;
  readonly ask: () => void;
  readonly changed: (texts: WishTexts, meant: Meant) => void;
}

/** No swarm has an empty id. */
const ALL = "";
const VERDICTS = { true: "fits", false: "short", null: "open" } as const;
const KIND_COLUMNS = [
  { head: "Kind", isFigure: false },
  ...["Live", "Memory each", "CPU each", "Fit by memory", "Fit by CPU", "Fit by disk", "More fit"].map((head) => ({
    head,
    isFigure: true,
  })),
  { head: "Source", isFigure: false },
];
const RESOURCE_COLUMNS = [
  { head: "Resource", isFigure: false },
  ...["Used", "Of", "A day", "Runs out"].map((head) => ({ head, isFigure: true })),
  { head: "Source", isFigure: false },
];

/** The page's elements, made once; `show` changes them in place. */
export class CapacityPage {
  readonly #swarm = element("select");
  readonly #horizon = element("select");
  readonly #when = element("span", { className: "when" });
  readonly #again: HTMLButtonElement;
  readonly #trouble = new Trouble();
  readonly #say = element("p", { className: "say" });
  readonly #basis = element("p", { className: "basis when" });
  readonly #failure = element("p", { className: "link failure" });
  readonly #retry: HTMLElement;
  readonly #empty = element("p", { className: "empty" });
  readonly #picture = new Picture();
  readonly #whatIf = element("ul", { className: "whatif" });
  readonly #kinds = new Grid(KIND_COLUMNS);
  readonly #resources = new Grid(RESOURCE_COLUMNS);
  readonly #notes = element("ul", { className: "notes" });
  readonly #planned: HTMLElement;
  #state: CapacityPageState | null = null;

  constructor(root: HTMLElement, texts: WishTexts, actions: PageActions) {
    const controls = new Controls(texts, actions.changed);
    this.#swarm.setAttribute("aria-label", "Swarm");
    this.#swarm.addEventListener("change", () => actions.choose(this.#swarm.value === ALL ? null : this.#swarm.value));
    this.#horizon.setAttribute("aria-label", "How far ahead");
    for (const days of CAPACITY_HORIZONS) this.#horizon.append(option(String(days), countText(days, "day")));
    this.#horizon.value = String(texts.horizonDays);
    this.#horizon.addEventListener("change", () => controls.setHorizon(Number(this.#horizon.value)));
    this.#again = button("Ask Again", actions.ask);
    this.#failure.setAttribute("role", "alert");
    this.#say.setAttribute("aria-live", "polite");
    this.#retry = element("div", { className: "retry" }, this.#failure, button("Try again", actions.ask));
    const picture = element(
      "div",
      { className: "picture" },
      this.#retry,
      this.#empty,
      this.#picture.element,
      this.#whatIf,
    );
    this.#planned = element(
      "section",
      { className: "planned" },
      this.#resources.element,
      this.#kinds.element,
      this.#notes,
    );
    this.#planned.setAttribute("aria-label", "Figures");
    root.replaceChildren(
      element(
        "header",
        {},
        ...[element("h1", { text: "Capacity" }), this.#swarm, this.#horizon, this.#when, this.#again],
      ),
      element(
        "main",
        {},
        ...[this.#trouble.element, this.#say, this.#basis],
        element("div", { className: "drawn" }, picture, controls.element),
        this.#planned,
      ),
    );
  }

  show(state: CapacityPageState): void {
    this.#state = state;
    const { swarms, swarmId, gone, run, link } = state;
    setOptions(this.#swarm, [
      { value: ALL, text: swarms.length === 0 ? "No swarms" : "All swarms" },
      ...swarms.map(({ id, label }) => ({ value: id, text: clean(label, 80) })),
    ]);
    if (gone === null) this.#swarm.value = swarmId ?? ALL;
    else this.#swarm.selectedIndex = -1;
    this.#trouble.show(link, null);
    this.#again.disabled = run.kind === "asking" || gone !== null;
    this.#retry.hidden = run.kind !== "failed";
    setText(this.#failure, run.kind === "failed" ? clean(`Not planned: ${run.text}`, 600) : "");
    this.#showPlan(gone === null ? state.plan : null);
    this.showAge();
  }

  /** Called each second too: an age that stands still would be wrong. */
  showAge(): void {
    if (this.#state === null) return;
    const { run, plan, gone } = this.#state;
    const age = plan === null ? "" : `${durationText(Math.max(0, Date.now() - plan.madeAtMs))} old`;
    const busy = run.kind === "asking" ? "Asking… " : "";
    setText(this.#when, gone === null ? `${busy}${age}` : "");
  }

  #showPlan(plan: PagePlan | null): void {
    for (const part of [this.#say, this.#basis, this.#picture.element, this.#planned]) part.hidden = plan === null;
    const empty = plan === null ? this.#emptyText() : "";
    setText(this.#empty, empty);
    this.#empty.hidden = empty === "";
    this.#whatIf.hidden = plan === null || plan.whatIf.length === 0;
    if (plan === null) return;
    setText(this.#say, clean(plan.sentence, 600));
    setText(this.#basis, clean(plan.basis, 300));
    this.#picture.show(plan);
    list(
      this.#whatIf,
      plan.whatIf.map(({ subject, fits, verdict, rest }) => ({
        className: VERDICTS[`${fits}`],
        text: `${subject}: ${verdict}; ${rest}`,
      })),
    );
    this.#resources.show(
      "When each resource runs out. Memory is what there is beyond a reserve for the rest of the machine.",
      plan.resources.map(({ cells }) => ({ cells: cells.map((text) => clean(text, 120)) })),
    );
    this.#kinds.element.hidden = plan.kinds.length === 0;
    this.#kinds.show(
      "How many more fit now: half of the agents take no more than the first figure, 95% no more than p95. What an agent takes of the disk is not learned.",
      plan.kinds.map((cells) => ({ cells: cells.map((text) => clean(text, 120)) })),
    );
    list(
      this.#notes,
      plan.notes.map((text) => ({ className: "note", text })),
    );
  }

  #emptyText(): string {
    if (this.#state === null) return "";
    const { gone, run } = this.#state;
    if (gone !== null) return clean(`The swarm ${gone} is no longer there. Choose another one above.`, 300);
    return run.kind === "failed" ? "" : "Asking what fits, and when what runs out…";
  }
}

function list(host: HTMLElement, items: readonly { readonly className: string; readonly text: string }[]): void {
  const shown = JSON.stringify(items);
  if (host.dataset["shown"] === shown) return;
  host.dataset["shown"] = shown;
  host.replaceChildren(...items.map(({ className, text }) => element("li", { className, text: clean(text, 400) })));
  host.hidden = items.length === 0;
}
