import { countText } from "../../src/text/figures.ts";
import type { Found } from "../../src/profiler/flame/search.ts";
import type { WeightUnit } from "../../src/profiler/profile.ts";
import { element, setText } from "../shared/elements.ts";
import { shareText } from "./figures.ts";
import type { PageWords } from "./mode.ts";

export interface SearchActions {
  /** Somebody has stopped typing, or wants to know now. */
  readonly find: () => void;
  /** On to the next box that was found, or back to the one before. */
  readonly next: (step: 1 | -1) => void;
  readonly leave: () => void;
}

/** Nothing is searched while somebody types on. */
const TYPING_MS = 120;

/** What is searched for, and how much of it there is. */
export class SearchField {
  readonly input = element("input");
  readonly found = element("span", { className: "found" });
  readonly #actions: SearchActions;
  readonly #words: Pick<PageWords, "search" | "noun" | "weight">;
  #typing: ReturnType<typeof setTimeout> | undefined;

  constructor(actions: SearchActions, words: Pick<PageWords, "search" | "noun" | "weight">) {
    this.#actions = actions;
    this.#words = words;
    this.found.setAttribute("role", "status");
    this.input.type = "search";
    this.input.placeholder = "Search (/)";
    this.input.setAttribute("aria-label", words.search);
    this.input.addEventListener("input", () => {
      clearTimeout(this.#typing);
      this.#typing = setTimeout(() => actions.find(), TYPING_MS);
    });
    this.input.addEventListener("keydown", (event) => this.#key(event));
  }

  get text(): string {
    return this.input.value;
  }

  focus(): void {
    this.input.focus();
    this.input.select();
  }

  /** @param all what the sum is a share of */
  tell(found: Found | null, unit: WeightUnit, all: number): void {
    setText(
      this.found,
      found === null
        ? ""
        : `${countText(found.frames, this.#words.noun)} · ${this.#words.weight(found.total, unit)} · ${shareText(found.total, all)}`,
    );
  }

  #key(event: KeyboardEvent): void {
    if (event.key === "Escape") {
      this.input.value = "";
      this.#actions.find();
      this.#actions.leave();
    } else if (event.key === "Enter") {
      clearTimeout(this.#typing);
      this.#actions.find();
      this.#actions.next(event.shiftKey ? -1 : 1);
    } else return;
    event.preventDefault();
  }
}

/** The next box after another one that shows something found, around the end; −1: there is none. */
export function nextFound(from: number, step: 1 | -1, boxes: number, isFound: (box: number) => boolean): number {
  const start = from < 0 ? (step > 0 ? -1 : boxes) : from;
  for (let tried = 1; tried <= boxes; tried++) {
    const box = (start + step * tried + 2 * boxes) % boxes;
    if (isFound(box)) return box;
  }
  return -1;
}
