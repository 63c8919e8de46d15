import { share } from "../../src/profiler/flame/diff.ts";
import { stackOf } from "../../src/profiler/flame/tree.ts";
import { element, setText } from "../shared/elements.ts";
import { button } from "../shared/pageParts.ts";
import { changeText, nameOf, placeOf, shareText, stackText } from "./figures.ts";
import type { PageWords } from "./mode.ts";
import type { Picture, Scene } from "./scene.ts";

/** Callers named below the figures; the whole stack is copied. */
const MAX_CALLERS = 12;

export interface DetailsActions {
  readonly copy: (text: string) => void;
  readonly open: (frame: number) => void;
  readonly sandwich: (frame: number) => void;
}

/** What is known of the selected box. Its place is kept when nothing is selected: nothing below it moves. */
export class Details {
  readonly element = element("section", { className: "details" });
  readonly #actions: DetailsActions;
  readonly #words: PageWords;
  readonly #name = element("h2");
  readonly #place = element("p", { className: "place" });
  readonly #figures = element("dl", { className: "figures" });
  readonly #callers = element("ol", { className: "callers" });
  readonly #more = element("p", { className: "when more" });
  readonly #open: HTMLButtonElement;
  readonly #copy: HTMLButtonElement;
  readonly #around: HTMLButtonElement;
  #frame = -1;
  #stack = "";

  constructor(actions: DetailsActions, words: PageWords) {
    this.#actions = actions;
    this.#words = words;
    this.#open = button("Open Source (O)", () => this.open());
    this.#copy = button(words.copy, () => this.copy());
    this.#around = button(words.around, () => this.sandwich());
    this.element.setAttribute("aria-label", "Details of what is selected");
    const buttons = element("div", { className: "buttons" }, this.#open, this.#copy, this.#around);
    this.element.append(this.#name, this.#place, this.#figures, buttons, this.#callers, this.#more);
    this.none();
  }

  open(): void {
    if (this.#frame >= 0 && !this.#open.disabled) this.#actions.open(this.#frame);
  }

  copy(): void {
    if (this.#stack !== "") this.#actions.copy(this.#stack);
  }

  sandwich(): void {
    if (this.#frame >= 0) this.#actions.sandwich(this.#frame);
  }

  none(): void {
    this.#frame = -1;
    this.#stack = "";
    setText(this.#name, "Nothing is selected");
    setText(this.#place, "Click a box, or press an arrow key in the picture.");
    this.#figures.replaceChildren();
    this.#callers.replaceChildren();
    setText(this.#more, "");
    for (const one of [this.#open, this.#copy, this.#around]) one.disabled = true;
  }

  /** @returns the same in a sentence, to be read out */
  show(scene: Scene, picture: Picture, node: number): string {
    const { frames, unit, weights, tree, before, weightsBefore } = scene;
    const words = this.#words;
    const { nodeFrame, nodeParent } = picture.tree;
    const frame = nodeFrame[node] as number;
    const [self, total] = [picture.tree.self[node] as number, picture.tree.total[node] as number];
    const name = nameOf(frames[frame]);
    const place = placeOf(frames[frame]);
    this.#frame = frame;
    setText(this.#name, name);
    setText(this.#place, place === "" ? this.#words.placeless(frame) : place);
    const whole = picture.all;
    const rows: [string, string][] = [
      [words.totalHere, `${words.weight(total, unit)} · ${shareText(total, whole)}`],
      [words.selfHere, `${words.weight(self, unit)} · ${shareText(self, whole)}`],
      [words.totalAll, told(weights.total[frame], tree.all)],
      [words.selfAll, told(weights.self[frame], tree.all)],
    ];
    if (before !== null && weightsBefore !== null) {
      const [was, is] = [weightsBefore.total[frame] ?? 0, weights.total[frame] ?? 0];
      rows.push(["Total before, all calls", told(was, before.all)]);
      rows.push(["Change of its share", changeText(share(is, tree.all) - share(was, before.all))]);
    }
    this.#figures.replaceChildren(
      ...rows.map(([head, text]) => element("div", {}, element("dt", { text: head }), element("dd", { text }))),
    );
    const stack = stackOf(nodeParent, node);
    this.#stack = stackText(stack, nodeFrame, frames);
    const callers = stack.slice(1, MAX_CALLERS + 1).map((one) => frames[nodeFrame[one] as number]);
    this.#callers.replaceChildren(
      ...callers.map((caller) => {
        const at = placeOf(caller);
        return element("li", { text: `${nameOf(caller)}${at === "" ? "" : ` · ${at}`}` });
      }),
    );
    const left = stack.length - 1 - callers.length;
    setText(this.#more, stack.length === 1 ? words.alone : left > 0 ? `and ${left} more ${words.callers}` : "");
    this.#open.disabled = place === "";
    this.#copy.disabled = false;
    this.#around.disabled = false;
    return `${name}, ${words.weight(total, unit)}, ${shareText(total, whole)} of all, itself ${words.weight(self, unit)}${
      place === "" ? "" : `, ${place}`
    }`;

    function told(weight: number | undefined, all: number): string {
      return `${words.weight(weight ?? 0, unit)} · ${shareText(weight ?? 0, all)}`;
    }
  }
}
