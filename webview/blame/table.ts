import type { BlameReport } from "../../src/engine/protocol/blame.ts";
import { blameFigure, blameName } from "../../src/text/blame.ts";
import { clean, element } from "../shared/elements.ts";
import { shareText } from "../flame/figures.ts";
import type { PageTable } from "../flame/mode.ts";
import type { Scene } from "../flame/scene.ts";

/** More rows than anybody reads would make the page slow; the export has all. */
const MAX_ROWS = 300;
const HEADS = ["Who", "Used", "Share", "Source"];

/** The icicle as rows, each below what it is a part of. */
export class BlameTable implements PageTable {
  readonly element = element("section", { className: "data" });
  #report: BlameReport | null = null;
  /** Frame of each node. */
  #frameOf: readonly number[] = [];
  #shown: { readonly report: BlameReport; readonly match: Uint8Array | null } | null = null;

  constructor() {
    this.element.setAttribute("aria-label", "Who used how much");
  }

  take(report: BlameReport, frameOf: readonly number[]): void {
    this.#report = report;
    this.#frameOf = frameOf;
  }

  show(_scene: Scene, match: Uint8Array | null): void {
    const report = this.#report;
    if (report === null || (report === this.#shown?.report && match === this.#shown.match)) return;
    this.#shown = { report, match };
    const { nodes, total } = report;
    const depth: number[] = [];
    for (const { parent } of nodes) depth.push(parent === null ? 0 : (depth[parent] as number) + 1);
    const found = [...nodes.keys()].filter((at) => match === null || match[this.#frameOf[at] ?? -1] === 1);
    // The largest of all; a part is never larger than its whole, so each stands below it.
    const largest = new Set(
      found.toSorted((a, b) => (nodes[b]?.value ?? 0) - (nodes[a]?.value ?? 0) || a - b).slice(0, MAX_ROWS),
    );
    const rows = found
      .filter((at) => largest.has(at))
      .map((at) => {
        const node = nodes[at];
        const name = element("th", { text: node === undefined ? "" : clean(blameName(node), 200) });
        name.scope = "row";
        name.style.paddingInlineStart = `${0.5 + 1.1 * Math.min(12, depth[at] ?? 0)}em`;
        const cells = [blameFigure(node?.value ?? 0, report), shareText(node?.value ?? 0, total), node?.source ?? ""];
        return element(
          "tr",
          {},
          name,
          ...cells.map((text, column) => {
            const cell = element("td", { text, ...(column < 2 ? { className: "figure" } : {}) });
            cell.dataset["head"] = HEADS[column + 1] ?? "";
            return cell;
          }),
        );
      });
    const head = element(
      "tr",
      {},
      ...HEADS.map((text, at) => {
        const cell = element("th", { text, ...(at === 1 || at === 2 ? { className: "figure" } : {}) });
        cell.scope = "col";
        return cell;
      }),
    );
    const caption = element("caption", { text: `${rows.length} of ${found.length}, each below what it is a part of` });
    const table = element("table", {}, caption, element("thead", {}, head), element("tbody", {}, ...rows));
    this.element.replaceChildren(element("div", { className: "grid stacks scroll" }, table));
  }
}
