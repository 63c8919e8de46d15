import type { ScalingPageState } from "../../src/engine/protocol/scalingPage.ts";
import { clean, element, setText } from "../shared/elements.ts";
import { factsOf, nowSentence } from "./model.ts";

interface Row {
  readonly element: HTMLElement;
  readonly value: HTMLElement;
  readonly tag: HTMLElement;
}

/** The swarm as it is now, in a sentence and figure by figure. Rows keep their places; values change in them. */
export class NowPart {
  readonly element: HTMLElement;
  readonly #say = element("p", { className: "say" });
  readonly #list = element("dl", { className: "facts" });
  readonly #rows = new Map<string, Row>();

  constructor() {
    this.element = element("section", { className: "now" }, element("h2", { text: "Now" }), this.#say, this.#list);
    this.element.setAttribute("aria-label", "Now");
  }

  /** @returns the sentence */
  show(state: ScalingPageState): string {
    const text = clean(nowSentence(state), 600);
    setText(this.#say, text);
    const facts = state.now === null ? [] : factsOf(state.now);
    this.#list.hidden = facts.length === 0;
    for (const [label, { element: row }] of this.#rows) row.hidden = !facts.some((fact) => fact.label === label);
    for (const { label, value, tag } of facts) {
      const row = this.#row(label);
      setText(row.value, clean(value, 500));
      setText(row.tag, clean(tag));
    }
    return text;
  }

  #row(label: string): Row {
    const known = this.#rows.get(label);
    if (known !== undefined) return known;
    const value = element("span");
    const tag = element("span", { className: "tag" });
    const row = element(
      "div",
      {},
      element("dt", { text: label }),
      element("dd", {}, value, document.createTextNode(" "), tag),
    );
    this.#list.append(row);
    const made = { element: row, value, tag };
    this.#rows.set(label, made);
    return made;
  }
}
