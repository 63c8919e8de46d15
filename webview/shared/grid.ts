import { element } from "./elements.ts";

/** A cell: its text, and whether it is a figure. */
export interface GridColumn {
  readonly head: string;
  readonly isFigure: boolean;
}

/**
 * A table whose rows are told from each other by their first cell. On a narrow page each row becomes a small list, so that
 * nothing is cut off: every cell carries the head of its column.
 */
export class Grid {
  readonly element: HTMLElement;
  readonly #columns: readonly GridColumn[];
  readonly #caption = element("caption");
  readonly #body = element("tbody");
  #shown = "";

  constructor(columns: readonly GridColumn[]) {
    this.#columns = columns;
    const heads = columns.map(({ head, isFigure }) => {
      const cell = element("th", { text: head, ...(isFigure ? { className: "figure" } : {}) });
      cell.scope = "col";
      return cell;
    });
    const table = element("table", {}, this.#caption, element("thead", {}, element("tr", {}, ...heads)), this.#body);
    this.element = element("div", { className: "grid stacks scroll" }, table);
  }

  /** Rows of a class are set off by the page's style; what sets them off is told by a cell, too. */
  show(caption: string, rows: readonly { readonly cells: readonly string[]; readonly className?: string }[]): void {
    // Rewritten only when something differs: selections and readers are left in peace.
    const shown = JSON.stringify([caption, rows]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#caption.textContent = caption;
    this.#body.replaceChildren(
      ...rows.map(({ cells, className }) =>
        element(
          "tr",
          className === undefined ? {} : { className },
          ...cells.map((text, index) => {
            const column = this.#columns[index];
            const cell = element(index === 0 ? "th" : "td", {
              text,
              ...(column?.isFigure === true ? { className: "figure" } : {}),
            });
            if (index === 0) cell.setAttribute("scope", "row");
            else cell.dataset["head"] = column?.head ?? "";
            return cell;
          }),
        ),
      ),
    );
  }
}
