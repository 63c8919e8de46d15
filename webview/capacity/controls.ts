import { element, option, setText } from "../shared/elements.ts";
import { type Field, FIELDS, type Meant, meant, type WishTexts } from "./wish.ts";

const LABELS: Readonly<Record<Field, string>> = {
  percent: "Per cent in 30 days",
  agents: "Agents of each kind",
  memory: "Memory, GB",
  cpus: "Cores",
};
/** Typing goes on meanwhile. */
const PAUSE_MS = 400;

interface Entry {
  readonly element: HTMLElement;
  readonly input: HTMLInputElement;
  readonly problem: HTMLElement;
}

/** What if: agents, another machine, another growth. What cannot be is told beside its field, and not asked. */
export class Controls {
  readonly element: HTMLElement;
  readonly #growth = element("select");
  readonly #entries: Readonly<Record<Field, Entry>>;
  readonly #changed: (texts: WishTexts, meant: Meant) => void;
  #texts: WishTexts;
  #timer: ReturnType<typeof setTimeout> | null = null;

  /** @param changed what is typed, after a pause or at once with Enter */
  constructor(texts: WishTexts, changed: (texts: WishTexts, meant: Meant) => void) {
    this.#texts = texts;
    this.#changed = changed;
    this.#growth.id = "growth";
    this.#growth.append(option("auto", "As learned"), option("percent", "As given"));
    this.#growth.value = texts.growth;
    this.#growth.addEventListener("change", () => {
      this.#set({ growth: this.#growth.value === "percent" ? "percent" : "auto" });
      this.#tell();
    });
    const growthLabel = element("label", { text: "Growth" });
    growthLabel.htmlFor = this.#growth.id;
    this.#entries = Object.fromEntries(FIELDS.map((field) => [field, this.#entry(field)])) as Record<Field, Entry>;
    const { percent, agents, memory, cpus } = this.#entries;
    this.element = element(
      "aside",
      {},
      element("p", {}, growthLabel, this.#growth),
      percent.element,
      element(
        "fieldset",
        {},
        element("legend", { text: "What if there were" }),
        ...[agents.element, memory.element, cpus.element],
      ),
    );
    this.element.setAttribute("aria-label", "What is asked");
    this.#show();
  }

  setHorizon(horizonDays: number): void {
    this.#set({ horizonDays });
    this.#tell();
  }

  #entry(field: Field): Entry {
    const input = element("input");
    // Not of the kind "number": of what is none there it tells nothing.
    input.type = "text";
    input.inputMode = "decimal";
    input.id = field;
    input.autocomplete = "off";
    input.spellcheck = false;
    input.maxLength = 40;
    input.value = this.#texts[field];
    const label = element("label", { text: LABELS[field] });
    label.htmlFor = field;
    const problem = element("span", { className: "problem" });
    problem.id = `${field}-problem`;
    problem.setAttribute("role", "alert");
    input.setAttribute("aria-describedby", problem.id);
    input.addEventListener("input", () => {
      this.#set({ [field]: input.value });
      if (this.#timer !== null) clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#tell(), PAUSE_MS);
    });
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.#tell();
    });
    return { element: element("p", {}, label, input, problem), input, problem };
  }

  #set(change: Partial<WishTexts>): void {
    this.#texts = { ...this.#texts, ...change };
    this.#show();
  }

  #tell(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#changed(this.#texts, meant(this.#texts));
  }

  #show(): void {
    const now = meant(this.#texts);
    this.#entries.percent.element.hidden = this.#texts.growth === "auto";
    for (const field of FIELDS) {
      const { input, problem } = this.#entries[field];
      const text = now.kind === "refused" ? (now.problems[field] ?? "") : "";
      setText(problem, text);
      problem.hidden = text === "";
      input.setAttribute("aria-invalid", String(text !== ""));
    }
  }
}
