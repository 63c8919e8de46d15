import { element } from "./elements.ts";
import type { LineLook } from "./plot.ts";
import type { BaseTheme } from "./theme.ts";

/** A piece of a line beside its name. */
export function swatchOf({ shape }: LineLook): HTMLElement {
  const swatch = element("span", { className: `swatch ${shape}` });
  swatch.setAttribute("aria-hidden", "true");
  return swatch;
}

export function paintSwatch(swatch: HTMLElement, { width, dash }: LineLook, colour: string, theme: BaseTheme): void {
  swatch.style.color = colour;
  swatch.style.borderTopWidth = `${Math.max(1, Math.round(width * theme.width))}px`;
  swatch.style.borderTopStyle = dash.length === 0 ? "solid" : (dash[0] ?? 0) > 4 ? "dashed" : "dotted";
}
