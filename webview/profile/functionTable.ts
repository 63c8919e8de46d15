import type { DocumentRow } from "../../src/engine/protocol/profilePage.ts";
import { clean, element } from "../shared/elements.ts";
import { button } from "../shared/pageParts.ts";

const MAX_NAME = 200;
const MAX_PLACE = 400;
/** More are shown when they are asked for. */
const FIRST = 10;

/** Functions with their figures; a name with a known place leads to its source. */
export function functionTable(
  caption: string,
  heads: readonly string[],
  rows: readonly DocumentRow[],
  source: (index: number) => void,
): HTMLElement {
  const head = (text: string, isFigure: boolean): HTMLElement => {
    const cell = element("th", { text, ...(isFigure ? { className: "figure" } : {}) });
    cell.scope = "col";
    return cell;
  };
  const lines = rows.map((row, index) => rowElement(row, heads, () => source(index)));
  const body = element("tbody", {}, ...lines.slice(0, FIRST));
  const made = element(
    "table",
    {},
    element("caption", { text: clean(caption, 300) }),
    element(
      "thead",
      {},
      element("tr", {}, head("Function", false), ...heads.map((text) => head(text, true)), head("Place", false)),
    ),
    body,
  );
  const grid = element("div", { className: "grid stacks scroll functions" }, made);
  if (lines.length > FIRST) {
    const more = button(`Show All ${lines.length}`, () => {
      body.append(...lines.slice(FIRST));
      // Whoever pressed it goes on where the new rows begin.
      (lines[FIRST]?.querySelector("button") ?? grid).focus();
      more.remove();
    });
    grid.append(more);
    grid.tabIndex = -1;
  }
  return grid;
}

function rowElement(
  { figures, name, place, hasSource }: DocumentRow,
  heads: readonly string[],
  open: () => void,
): HTMLElement {
  const first = element("th");
  first.scope = "row";
  const label = clean(name, MAX_NAME);
  if (!hasSource) first.textContent = label;
  else {
    const link = button(label, open);
    link.className = "frame";
    link.title = `Open ${clean(place, MAX_PLACE)}`;
    first.append(link);
  }
  const cell = (text: string, headText: string, className?: string): HTMLElement => {
    const made = element("td", { text, ...(className === undefined ? {} : { className }) });
    made.dataset["head"] = headText;
    return made;
  };
  return element(
    "tr",
    {},
    first,
    ...figures.map((text, index) => cell(clean(text), heads[index] ?? "", "figure")),
    cell(place === "" ? "–" : clean(place, MAX_PLACE), "Place", "place"),
  );
}
