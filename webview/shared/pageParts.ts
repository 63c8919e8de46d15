import type { PageLink, SwarmChoice } from "../../src/engine/protocol/webview.ts";
import { clean, element, setOptions, setText } from "./elements.ts";

/** Parts that pages have alike. */

export function button(text: string, onClick: () => void): HTMLButtonElement {
  const made = element("button", { text });
  made.type = "button";
  made.addEventListener("click", onClick);
  return made;
}

/** The swarms in a list; nothing when there is none. */
export function showSwarms(select: HTMLSelectElement, swarms: readonly SwarmChoice[], swarmId: string | null): void {
  setOptions(
    select,
    swarms.map(({ id, label, timeScale }) => ({
      value: id,
      text: timeScale === 1 ? clean(label, 80) : `${clean(label, 80)} ×${timeScale}`,
    })),
  );
  if (swarmId !== null) select.value = swarmId;
  else select.selectedIndex = -1;
  select.hidden = swarms.length === 0;
}

/** What the operator has to know first: no connection, or another trouble. */
export class Trouble {
  readonly element = element("p", { className: "link" });

  constructor() {
    this.element.setAttribute("role", "alert");
    this.element.hidden = true;
  }

  show(link: PageLink, problem: string | null): void {
    const text = link.kind === "disconnected" ? `${link.text} What is shown is the last known.` : problem;
    this.element.hidden = text === null;
    setText(this.element, text === null ? "" : clean(text, 400));
  }
}

/** The chart's figures as a table, one key away. */
export class TableToggle {
  readonly button: HTMLButtonElement;
  readonly #table: HTMLElement;

  constructor(table: HTMLElement, toggle: () => void) {
    this.#table = table;
    this.button = button("", toggle);
    document.addEventListener("keydown", (event) => {
      const { target } = event;
      const typing = target instanceof HTMLSelectElement || (target instanceof HTMLInputElement && takesText(target));
      if (event.key.toLowerCase() !== "t" || event.ctrlKey || event.metaKey || event.altKey || typing) return;
      event.preventDefault();
      toggle();
    });
  }

  show(isShown: boolean): void {
    this.#table.hidden = !isShown;
    setText(this.button, isShown ? "Hide Table (T)" : "Table (T)");
    this.button.setAttribute("aria-pressed", String(isShown));
  }
}

function takesText({ type }: HTMLInputElement): boolean {
  return type !== "checkbox" && type !== "range";
}
