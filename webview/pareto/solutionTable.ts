import type { PageOptimization } from "../../src/engine/protocol/paretoPage.ts";
import { aimName, aimValueText } from "../../src/text/allocation.ts";
import { countText } from "../../src/text/figures.ts";
import { element } from "../shared/elements.ts";
import { button } from "../shared/pageParts.ts";
import { agentsOf } from "./model.ts";

/** Solutions that the ranges leave, along one aim. Each can be chosen here too. */
export class SolutionTable {
  readonly element: HTMLElement;
  readonly #choose: (at: number) => void;
  readonly #caption = element("caption");
  readonly #head = element("thead");
  readonly #body = element("tbody");
  #shown: { readonly found: PageOptimization; readonly order: readonly number[]; readonly marks: string } | null = null;

  constructor(choose: (at: number) => void) {
    this.#choose = choose;
    const table = element("table", {}, this.#caption, this.#head, this.#body);
    this.element = element(
      "section",
      { className: "data" },
      element("div", { className: "grid stacks scroll" }, table),
    );
    this.element.setAttribute("aria-label", "The solutions as a table");
  }

  show(found: PageOptimization, order: readonly number[], marks: ReadonlyMap<number, string>): void {
    const told = JSON.stringify([...marks]);
    const shown = this.#shown;
    if (shown !== null && shown.found === found && shown.order === order && shown.marks === told) return;
    this.#shown = { found, order, marks: told };
    // A button that has the focus keeps it, though its row is another.
    const focused =
      document.activeElement instanceof HTMLElement ? document.activeElement.dataset["solution"] : undefined;
    const ids = found.front[0]?.objectives.map(({ id }) => id) ?? [];
    const heads = ["Solution", ...ids.map(aimName), "Agents", ""];
    this.#head.replaceChildren(
      element(
        "tr",
        {},
        ...heads.map((text, index) => {
          const cell = element("th", { text, ...(index === 0 ? {} : { className: "figure" }) });
          cell.scope = "col";
          return cell;
        }),
      ),
    );
    this.#caption.textContent = `${order.length} of ${countText(found.front.length, "solution")}, along the scatter's axis (derived). ◆ now, ▲ knee, ● your pick.`;
    const current = found.current;
    this.#body.replaceChildren(
      ...(current === null ? [] : [this.#row(found, current, "◆ now", heads, null)]),
      ...order.flatMap((at) => {
        const point = found.front[at];
        if (point === undefined) return [];
        return [this.#row(found, point, `${at + 1}${marks.get(at) ?? ""}`, heads, at)];
      }),
    );
    if (focused !== undefined)
      this.#body.querySelector<HTMLElement>(`button[data-solution="${CSS.escape(focused)}"]`)?.focus();
  }

  #row(
    found: PageOptimization,
    point: PageOptimization["front"][number],
    name: string,
    heads: readonly string[],
    at: number | null,
  ): HTMLElement {
    const head = element("th", { text: name });
    head.scope = "row";
    const texts = [
      ...point.objectives.map(({ id, value }) => aimValueText(id, value, found.currency)),
      String(agentsOf(point)),
    ];
    const cells = texts.map((text, index) => {
      const cell = element("td", { className: "figure", text });
      cell.dataset["head"] = heads[index + 1] ?? "";
      return cell;
    });
    const last = element("td", { className: "figure" });
    if (at !== null) {
      const choose = button("Choose", () => this.#choose(at));
      choose.dataset["solution"] = String(at);
      choose.setAttribute("aria-label", `Choose solution ${at + 1}`);
      last.append(choose);
    }
    return element("tr", {}, head, ...cells, last);
  }
}
