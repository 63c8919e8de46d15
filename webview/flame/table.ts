import { share } from "../../src/profiler/flame/diff.ts";
import { hottest } from "../../src/profiler/flame/hotList.ts";
import { element } from "../shared/elements.ts";
import { button } from "../shared/pageParts.ts";
import { changeText, nameOf, placeOf, shareText, weightText } from "./figures.ts";
import type { Scene } from "./scene.ts";

/** More rows than anybody reads would make the page slow; the export has all. */
const MAX_ROWS = 200;

/** Functions by what they did themselves, the hottest first: the picture's figures in words. */
export class HotTable {
  readonly element = element("section", { className: "data" });
  readonly #chosen: (frame: number) => void;
  #scene: Scene | null = null;
  #match: Uint8Array | null = null;

  /** @param chosen a function whose callers and callees are to be seen */
  constructor(chosen: (frame: number) => void) {
    this.#chosen = chosen;
    this.element.setAttribute("aria-label", "Functions by their own weight");
  }

  /** @param match what was searched for: only these rows are shown */
  show(scene: Scene, match: Uint8Array | null): void {
    if (scene === this.#scene && match === this.#match) return;
    this.#scene = scene;
    this.#match = match;
    const { frames, weights, weightsBefore, tree, before, unit } = scene;
    const all = ranked(scene).filter((frame) => match === null || match[frame] === 1);
    const shown = all.slice(0, MAX_ROWS);
    const heads = [
      "Function",
      "File",
      "Self",
      "Self share",
      "Total",
      "Total share",
      ...(before === null ? [] : ["Change of share"]),
    ];
    const rows = shown.map((frame) => {
      const [self, total] = [weights.self[frame] ?? 0, weights.total[frame] ?? 0];
      const cells = [
        placeOf(frames[frame]),
        weightText(self, unit),
        shareText(self, tree.all),
        weightText(total, unit),
        shareText(total, tree.all),
        ...(before === null || weightsBefore === null
          ? []
          : [changeText(share(total, tree.all) - share(weightsBefore.total[frame] ?? 0, before.all))]),
      ];
      const name = element(
        "th",
        {},
        button(nameOf(frames[frame]), () => this.#chosen(frame)),
      );
      name.scope = "row";
      return element(
        "tr",
        {},
        name,
        ...cells.map((text, at) => {
          const cell = element("td", { text, ...(at === 0 ? {} : { className: "figure" }) });
          cell.dataset["head"] = heads[at + 1] ?? "";
          return cell;
        }),
      );
    });
    const head = element(
      "tr",
      {},
      ...heads.map((text, at) => {
        const cell = element("th", { text, ...(at > 1 ? { className: "figure" } : {}) });
        cell.scope = "col";
        return cell;
      }),
    );
    const caption = element("caption", {
      text: `${shown.length} of ${all.length} functions, by what they did themselves`,
    });
    const table = element("table", {}, caption, element("thead", {}, head), element("tbody", {}, ...rows));
    this.element.replaceChildren(element("div", { className: "grid stacks scroll" }, table));
  }
}

/** With a comparison, what has vanished is there as well. */
function ranked({ weights, weightsBefore }: Scene): number[] {
  if (weightsBefore === null) return hottest(weights);
  const larger = (one: Float64Array, other: Float64Array): Float64Array =>
    one.map((weight, at) => Math.max(weight, other[at] as number));
  return hottest({
    self: larger(weights.self, weightsBefore.self),
    total: larger(weights.total, weightsBefore.total),
  });
}
