import type { PageApplication, PagePreview, ParetoPageState } from "../../src/engine/protocol/paretoPage.ts";
import { clockText } from "../../src/text/clock.ts";
import { countText } from "../../src/text/figures.ts";
import { clean, element, setText } from "../shared/elements.ts";
import { button } from "../shared/pageParts.ts";

export interface PlanActions {
  readonly preview: () => void;
  readonly apply: () => void;
  readonly stop: () => void;
  readonly undo: (allocationId: string) => void;
}

/** What the shown solution would change, and how applying it goes. */
export class ActionPart {
  readonly element: HTMLElement;
  readonly #preview: HTMLButtonElement;
  readonly #apply: HTMLButtonElement;
  readonly #stop: HTMLButtonElement;
  readonly #undo: HTMLButtonElement;
  readonly #why = element("p", { className: "when why" });
  readonly #planSay = element("p", { className: "plan-say" });
  readonly #changes = element("ul", { className: "changes" });
  readonly #notes = element("ul", { className: "notes" });
  readonly #outcome = element("p", { className: "outcome" });
  readonly #steps = element("ol", { className: "steps" });
  readonly #figures = element("ul", { className: "notes figures" });
  readonly #applied: HTMLElement;
  #undoId: string | null = null;

  constructor(actions: PlanActions) {
    this.#preview = button("Preview plan", actions.preview);
    this.#apply = button("Apply…", actions.apply);
    this.#stop = button("Cancel and take back", actions.stop);
    this.#undo = button("Undo…", () => {
      if (this.#undoId !== null) actions.undo(this.#undoId);
    });
    this.#outcome.setAttribute("role", "status");
    this.#planSay.setAttribute("role", "status");
    this.#applied = element(
      "div",
      { className: "applied" },
      ...[this.#outcome, this.#steps, this.#figures],
      element("p", { className: "buttons" }, this.#stop, this.#undo),
    );
    this.element = element(
      "section",
      { className: "action" },
      element("h2", { text: "Plan" }),
      element("p", { className: "buttons" }, this.#preview, this.#apply),
      ...[this.#why, this.#planSay, this.#changes, this.#notes, this.#applied],
    );
    this.element.setAttribute("aria-label", "Plan");
  }

  /** @param chosen the solution that is shown */
  show({ link, untrusted, preview, application }: ParetoPageState, chosen: number | null): void {
    const own = preview?.solution === chosen ? preview : null;
    const isConnected = link.kind === "connected";
    const isActing = application !== null && isUnderWay(application);
    const canApply = own?.kind === "ready" && own.refusal === null && own.changes.length > 0;
    this.#preview.disabled = chosen === null || !isConnected || own?.kind === "reading";
    this.#apply.disabled = !canApply || untrusted !== null || !isConnected || isActing;
    setText(this.#why, clean(whyNot(untrusted, isActing, own, isConnected), 300));
    setText(this.#planSay, clean(planText(own), 500));
    const ready = own?.kind === "ready" ? own : null;
    setItems(this.#changes, ready?.changes ?? []);
    setItems(this.#notes, ready?.notes ?? []);
    this.#showApplication(application, untrusted !== null || !isConnected);
  }

  #showApplication(application: PageApplication | null, mayNot: boolean): void {
    this.#applied.hidden = application === null;
    if (application === null) return;
    setText(this.#outcome, clean(outcomeText(application), 600));
    const known = application.kind === "known" ? application : null;
    setItems(
      this.#steps,
      (known?.steps ?? []).map(({ text, state }) => `${text} · ${state}`),
    );
    setItems(this.#figures, [
      ...(known === null || known.expected === "" ? [] : [`Expected: ${known.expected}`]),
      ...(known?.measured ?? []).map((text) => `Measured: ${text}`),
      ...(known === null || known.undoRefusal === null || !known.isOver || known.isUndo || !known.isWell
        ? []
        : [`It cannot be undone: ${known.undoRefusal}`]),
    ]);
    this.#stop.hidden = known?.canStop !== true;
    this.#stop.disabled = mayNot;
    const canUndo = known !== null && known.isOver && known.isWell && !known.isUndo && known.undoRefusal === null;
    this.#undoId = canUndo ? known.id : null;
    this.#undo.hidden = !canUndo;
    this.#undo.disabled = mayNot;
  }
}

export function isUnderWay(application: PageApplication): boolean {
  return application.kind === "asked" || (application.kind === "known" && !application.isOver);
}

/** Why Apply cannot be pressed; empty when it can, or when it is plain. */
function whyNot(
  untrusted: string | null,
  isActing: boolean,
  preview: PagePreview | null,
  isConnected: boolean,
): string {
  if (untrusted !== null) return untrusted;
  if (!isConnected) return "Without the engine nothing can be previewed or applied.";
  if (isActing) return "An allocation is under way: another one can be applied when it is over.";
  return preview === null ? "Preview the plan first: it says what would change." : "";
}

function planText(preview: PagePreview | null): string {
  switch (preview?.kind) {
    case undefined:
      return "";
    case "reading":
      return "Reading what would change.";
    case "failed":
      return `No preview: ${preview.text}`;
    case "ready":
      if (preview.refusal !== null) return `It cannot be applied: ${preview.refusal}`;
      if (preview.changes.length === 0) return "Nothing would change: everything is so already.";
      return `${countText(preview.changes.length, "value")} would change in ${countText(preview.steps, "step")}, each seen before the next:`;
  }
}

export function outcomeText(application: PageApplication): string {
  switch (application.kind) {
    case "asked":
      return application.isUndo ? "Going back." : "Applying.";
    case "failed":
      return `Not done: ${application.text}`;
    case "known": {
      const { isUndo, atMs, state } = application;
      return `${isUndo ? "Undo" : "Allocation"} of ${clockText(atMs)}: ${state}${/[.!?]$/.test(state) ? "" : "."}`;
    }
  }
}

/** In place, and only when they differ. */
function setItems(list: HTMLElement, texts: readonly string[]): void {
  list.hidden = texts.length === 0;
  const shown = texts.map((text) => clean(text, 500));
  for (const [index, text] of shown.entries()) {
    const item = list.children[index];
    if (item === undefined) list.append(element("li", { text }));
    else setText(item, text);
  }
  while (list.children.length > shown.length) list.lastElementChild?.remove();
}
