import type { ReportPicture, ReportSection } from "../../src/engine/protocol/reportPage.ts";
import { reportChart } from "../../src/text/report/chart.ts";
import { clean, element } from "../shared/elements.ts";
import { Grid } from "../shared/grid.ts";

const SVG = "http://www.w3.org/2000/svg";
const MAX_TEXT = 600;

/** One part of the report, whose texts are text whatever they say. */
export function sectionElement({
  id,
  title,
  isUnknown,
  lines,
  picture,
  table,
  notes = [],
}: ReportSection): HTMLElement {
  const heading = element("h2", { text: title });
  heading.id = `part-${id}`;
  const paragraph = (className: string) => (text: string) => element("p", { className, text: clean(text, MAX_TEXT) });
  const parts: HTMLElement[] = [heading, ...lines.map(paragraph(isUnknown ? "quiet" : "line"))];
  if (picture !== undefined) parts.push(pictureElement(picture));
  if (table !== undefined) {
    const grid = new Grid(table.columns);
    grid.show(
      clean(table.caption, MAX_TEXT),
      table.rows.map((cells) => ({ cells: cells.map((text) => clean(text, MAX_TEXT)) })),
    );
    parts.push(grid.element);
  }
  parts.push(...notes.map(paragraph("quiet")));
  const section = element("section", { className: `part ${id}` }, ...parts);
  section.setAttribute("aria-labelledby", heading.id);
  return section;
}

/** The same picture as in the file, in the colours of the theme. */
function pictureElement(picture: ReportPicture): HTMLElement {
  const { width, height, left, right, bottom, lines, levels, times } = reportChart(picture);
  const names = lines.map(({ name }, index) => `${name} (${index === 0 ? "solid" : "dashed"})`).join(", ");
  const svg = shape("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": names });
  for (const { y, text } of levels) {
    svg.append(shape("line", { class: "level", x1: left, x2: right, y1: y, y2: y }));
    svg.append(shape("text", { x: left - 6, y: y + 4, "text-anchor": "end" }, text));
  }
  for (const { x, text, anchor } of times)
    svg.append(shape("text", { x, y: bottom + 18, "text-anchor": anchor }, text));
  for (const [index, { path }] of lines.entries())
    svg.append(shape("path", { class: `series of${index % 2}`, d: path }));
  return element("figure", {}, svg, element("figcaption", { text: names }));
}

function shape(name: string, attributes: Readonly<Record<string, string | number>>, text = ""): SVGElement {
  const made = document.createElementNS(SVG, name) as SVGElement;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.textContent = text;
  return made;
}
