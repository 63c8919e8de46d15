import type { PagePlan } from "../../src/engine/protocol/capacityPage.ts";
import { numberText } from "../../src/text/figures.ts";
import { clean, element } from "../shared/elements.ts";
import { spanOf } from "./span.ts";

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 20;
const BAR = { top: 4, height: 12 };
const HATCH = "capacity-hatch";
const MARKS = [0, 0.25, 0.5, 0.75, 1] as const;

/**
 * When what runs out: a line a resource from now to the horizon, its interval hatched, the day itself a thick mark, an arrow
 * where the interval goes on; dotted where nothing is known. What each line says stands beside it in words.
 */
export class Picture {
  readonly element = element("div", { className: "chart days" });
  #shown = "";

  show({ resources, horizonDays }: PagePlan): void {
    const shown = JSON.stringify([resources, horizonDays]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.element.replaceChildren(
      hatchPattern(),
      ...resources.map(({ name, runsOut, text }) => {
        const label = clean(name, 80);
        const said = clean(text, 120);
        const line = svg(
          { height: HEIGHT, role: "img", "aria-label": `${label}: ${said}` },
          ...drawn(runsOut, horizonDays),
        );
        line.setAttribute("class", runsOut === null ? "line unknown" : "line");
        return element(
          "div",
          { className: "row" },
          element("span", { className: "name", text: label }),
          line,
          element("span", { className: "said", text: said }),
        );
      }),
      element(
        "div",
        { className: "row axis" },
        element("span"),
        element(
          "span",
          { className: "marks" },
          element("span", { text: "now" }),
          element("span", { text: `${numberText(horizonDays / 2, 1)} d` }),
          element("span", { text: `${numberText(horizonDays)} d` }),
        ),
        element("span"),
      ),
      element("p", {
        className: "when key",
        text: "Thick mark: when it runs out. Hatched: interval of 95%. ▸: goes on later. Dotted: not known.",
      }),
    );
  }
}

function drawn(runsOut: PagePlan["resources"][number]["runsOut"], horizonDays: number): SVGElement[] {
  const middle = HEIGHT / 2;
  const base = [
    ...MARKS.map((at) =>
      shape("line", { class: "tick", x1: share(at), x2: share(at), y1: middle - 3, y2: middle + 3 }),
    ),
    shape("line", { class: "base", x1: "0%", x2: "100%", y1: middle, y2: middle }),
  ];
  const span = spanOf(runsOut, horizonDays);
  if (span === null) return base;
  const { from, to, at, isOpen } = span;
  return [
    ...base,
    ...(to > from
      ? [
          shape("rect", {
            ...{ class: "span", fill: `url(#${HATCH})`, x: share(from), width: share(to - from) },
            ...{ y: BAR.top, height: BAR.height },
          }),
        ]
      : []),
    ...(at === null ? [] : [shape("line", { class: "mark", x1: share(at), x2: share(at), y1: 1, y2: HEIGHT - 1 })]),
    // Of a length in pixels at a place in per cent: a drawing within the drawing.
    ...(isOpen
      ? [
          svg(
            { x: "100%", overflow: "visible" },
            shape("path", { class: "arrow", d: `M-8 ${BAR.top} L0 ${middle} L-8 ${BAR.top + BAR.height} Z` }),
          ),
        ]
      : []),
  ];
}

function hatchPattern(): SVGElement {
  const pattern = shape("pattern", { id: HATCH, width: 6, height: 6, patternUnits: "userSpaceOnUse" });
  pattern.append(shape("path", { class: "hatch", d: "M-1 1 L1 -1 M0 6 L6 0 M5 7 L7 5" }));
  const defs = shape("defs", {});
  defs.append(pattern);
  const holder = svg({ width: 0, height: 0, "aria-hidden": "true" }, defs);
  holder.setAttribute("class", "patterns");
  return holder;
}

function share(ratio: number): string {
  return `${numberText(ratio * 100, 3)}%`;
}

function svg(attributes: Readonly<Record<string, string | number>>, ...children: readonly Node[]): SVGElement {
  const made = shape("svg", attributes);
  made.append(...children);
  return made;
}

function shape(name: string, attributes: Readonly<Record<string, string | number>>): SVGElement {
  const made = document.createElementNS(SVG, name) as SVGElement;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}
