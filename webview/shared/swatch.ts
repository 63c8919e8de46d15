import { element } from "./elements.ts";
import type { LineLook } from "./plot.ts";
import type { BaseTheme } from "./theme.ts";

const SVG = "http://www.w3.org/2000/svg";
/** Long enough for two turns of any dash. Pixels. */
const LENGTH = 34;
const HEIGHT = 8;

/** A piece of a line beside its name, drawn as the chart draws it: where colours are alike, its dashes tell it. */
export function swatchOf({ shape, dash }: LineLook): HTMLElement {
  const swatch = element("span", { className: `swatch ${shape}` });
  swatch.setAttribute("aria-hidden", "true");
  if (shape === "diamond") return swatch;
  const picture = document.createElementNS(SVG, "svg");
  const line = document.createElementNS(SVG, "line");
  const places = { x1: 0, x2: LENGTH, y1: HEIGHT / 2, y2: HEIGHT / 2, "stroke-dasharray": dash.join(" ") || "none" };
  for (const [name, value] of Object.entries(places)) line.setAttribute(name, String(value));
  line.setAttribute("stroke", "currentColor");
  picture.setAttribute("width", String(LENGTH));
  picture.setAttribute("height", String(HEIGHT));
  picture.append(line);
  swatch.append(picture);
  return swatch;
}

export function paintSwatch(swatch: HTMLElement, { width }: LineLook, colour: string, theme: BaseTheme): void {
  swatch.style.color = colour;
  swatch.querySelector("line")?.setAttribute("stroke-width", String(Math.max(1, width * theme.width)));
}
