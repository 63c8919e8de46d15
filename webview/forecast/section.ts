import { element } from "../shared/elements.ts";

/** A part of the page that can be folded. */
export class Section {
  readonly element = element("details");
  readonly body = element("div", { className: "body" });

  constructor(title: string, onToggle: (open: boolean) => void) {
    this.element.append(element("summary", {}, element("h2", { text: title })), this.body);
    this.element.addEventListener("toggle", () => onToggle(this.element.open));
  }

  get isOpen(): boolean {
    return this.element.open;
  }
}
