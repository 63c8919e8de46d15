import { clean, element, setText } from "../shared/elements.ts";
import { button } from "../shared/pageParts.ts";

const KEYS =
  "Arrows walk through the boxes, Enter zooms to one, Escape back. W and S zoom, A and D move, Home, End and 0 go to the begin, the end and the whole. / searches, T shows the table.";

/** What stands in the page, from the top on. */
export interface PageParts {
  readonly title: string;
  /** Of its own in the header. */
  readonly header: readonly HTMLElement[];
  readonly toggle: HTMLElement;
  /** Choices and the search, in one line. */
  readonly controls: readonly HTMLElement[];
  readonly minimap: HTMLElement;
  readonly stage: HTMLElement;
  readonly legend: HTMLElement;
  readonly details: HTMLElement;
  readonly table: HTMLElement;
}

/** The page's own texts, and where they and its parts stand. */
export class PageFrame {
  readonly #title = element("span", { className: "when" });
  readonly #message = element("p", { className: "link" });
  readonly #say = element("p", { className: "say" });
  readonly #read = element("p", { className: "read" });
  readonly #note = element("p", { className: "say note" });
  readonly #said = element("p", { className: "said" });
  readonly #spoken = element("p", { className: "spoken" });
  readonly #loaded: HTMLElement;
  /** Shown once there is a picture. */
  readonly #withPicture: readonly HTMLElement[];

  constructor(root: HTMLElement, parts: PageParts, onExport: () => void) {
    this.#message.setAttribute("role", "status");
    this.#said.setAttribute("role", "status");
    this.#spoken.setAttribute("aria-live", "polite");
    const exporting = button("Export…", onExport);
    const heading = element("h1", { text: parts.title });
    const header = element("header", {}, heading, this.#title, ...parts.header, parts.toggle, exporting);
    const keys = element("p", { className: "when keys", text: KEYS });
    keys.id = "flame-keys";
    parts.stage.setAttribute("aria-describedby", keys.id);
    this.#loaded = element(
      "div",
      { className: "flame" },
      ...[element("div", { className: "controls" }, ...parts.controls), parts.minimap, parts.stage, this.#read],
      ...[parts.legend, this.#say, this.#note, parts.details, keys, parts.table],
    );
    this.#withPicture = [this.#loaded, exporting, parts.toggle];
    root.replaceChildren(header, element("main", {}, this.#message, this.#said, this.#loaded, this.#spoken));
  }

  get isWaiting(): boolean {
    return this.#loaded.hidden !== false;
  }

  /** There is no picture now, and this is why. */
  wait(text: string): void {
    for (const part of this.#withPicture) part.hidden = true;
    this.#message.hidden = false;
    setText(this.#message, clean(text, 600));
  }

  go(): void {
    for (const part of this.#withPicture) part.hidden = false;
    this.#message.hidden = true;
  }

  title(text: string): void {
    setText(this.#title, text);
  }

  /** What an action has done. */
  said(text: string): void {
    setText(this.#said, clean(text, 600));
  }

  /** For those who do not see it. */
  speak(text: string): void {
    setText(this.#spoken, text);
  }

  /** What the picture shows. */
  sentence(text: string): void {
    setText(this.#say, text);
  }

  /** The box under the pointer. */
  read(text: string): void {
    setText(this.#read, text);
  }

  /** What the picture leaves out. */
  note(text: string): void {
    setText(this.#note, text);
    this.#note.hidden = text === "";
  }
}
