import type { PageOptimization } from "../../src/engine/protocol/paretoPage.ts";
import { clean, element, setText } from "../shared/elements.ts";
import { Grid } from "../shared/grid.ts";
import { aimRows, laneRows, wholeText } from "./model.ts";

const figure = (head: string) => ({ head, isFigure: true });

/** One solution beside the present: its aims, its lanes, and what is set for the swarm as a whole. */
export class DetailsPart {
  readonly element: HTMLElement;
  readonly #title = element("h2");
  readonly #whole = element("p", { className: "whole" });
  readonly #aims = new Grid([{ head: "Aim", isFigure: false }, ...["Now", "Then", "Change"].map(figure)]);
  readonly #lanes = new Grid([
    { head: "Lane", isFigure: false },
    ...["Agents", "At once", "Wait, mean", "Wait, 95%", "Utilisation"].map(figure),
  ]);

  constructor() {
    this.element = element(
      "section",
      { className: "details" },
      ...[this.#title, this.#whole, this.#aims.element, this.#lanes.element],
    );
    this.element.setAttribute("aria-label", "The solution");
  }

  /** @param title what makes it this one */
  show(found: PageOptimization, at: number, title: string): void {
    setText(this.#title, title);
    setText(this.#whole, clean(wholeText(found, at), 300));
    this.#aims.show(
      "Predicted by the queueing model (derived), beside what it says of the present.",
      aimRows(found, at),
    );
    this.#lanes.show("By lane, now → then (derived).", laneRows(found, at));
  }
}
