import { reportChart } from "./chart.ts";
import type { ReportDocument, ReportPicture, ReportSection, ReportTable } from "../../engine/protocol/reportPage.ts";

/** A report as one file that needs no other: no script, nothing that is fetched, readable on paper and in the dark. */

const STYLE = `
:root { color-scheme: light dark; --text: #1f1f1f; --quiet: #5c5c5c; --line: #d0d0d0; --paper: #ffffff; --first: #0b62b8; --second: #b5450b; }
@media (prefers-color-scheme: dark) { :root { --text: #e4e4e4; --quiet: #a8a8a8; --line: #4a4a4a; --paper: #1c1c1c; --first: #6cb6ff; --second: #f0a35e; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 24px 20px; max-width: 60rem; color: var(--text); background: var(--paper); font: 15px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { margin: 0 0 4px; font-size: 1.5rem; }
h2 { margin: 28px 0 6px; font-size: 1.1rem; border-bottom: 1px solid var(--line); padding-bottom: 3px; }
p { margin: 4px 0; }
.about, .note, caption, figcaption { color: var(--quiet); }
.note, caption, figcaption { font-size: 0.88rem; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; margin: 8px 0; font-variant-numeric: tabular-nums; font-size: 0.92rem; }
caption { text-align: left; padding-bottom: 4px; }
th, td { padding: 4px 12px 4px 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
th, td { overflow-wrap: break-word; }
th { font-weight: 600; }
.figure { text-align: right; }
figure { margin: 8px 0; }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--quiet); font: 11px system-ui, sans-serif; }
.level { stroke: var(--line); stroke-width: 1; }
.series { fill: none; stroke-width: 1.75; stroke-linecap: round; stroke-linejoin: round; }
.of0 { stroke: var(--first); }
.of1 { stroke: var(--second); stroke-dasharray: 5 3; }
@media print { :root { --text: #000; --quiet: #333; --line: #999; --paper: #fff; --first: #0b62b8; --second: #b5450b; color-scheme: light; } body { padding: 0; max-width: none; font-size: 10pt; } h2, tr, figure { break-inside: avoid; } h2 { break-after: avoid; } .scroll { overflow: visible; } }
`;

export function reportHtml({ title, about, sections }: ReportDocument): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
${about.map((text) => `<p class="about">${escaped(text)}</p>`).join("\n")}
${sections.map(sectionHtml).join("\n")}
</body>
</html>
`;
}

function sectionHtml({ id, title, lines, picture, table, notes = [] }: ReportSection): string {
  return [
    `<section id="${id}">`,
    `<h2>${escaped(title)}</h2>`,
    ...lines.map((text) => `<p>${escaped(text)}</p>`),
    ...(picture === undefined ? [] : [pictureHtml(picture)]),
    ...(table === undefined ? [] : [tableHtml(table)]),
    ...notes.map((text) => `<p class="note">${escaped(text)}</p>`),
    "</section>",
  ].join("\n");
}

function tableHtml({ caption, columns, rows }: ReportTable): string {
  const styleOf = (index: number): string => (columns[index]?.isFigure === true ? ' class="figure"' : "");
  const heads = columns.map(({ head }, index) => `<th scope="col"${styleOf(index)}>${escaped(head)}</th>`).join("");
  const body = rows.map((row) => {
    const cells = row.map((text, index) =>
      index === 0 ? `<th scope="row">${escaped(text)}</th>` : `<td${styleOf(index)}>${escaped(text)}</td>`,
    );
    return `<tr>${cells.join("")}</tr>`;
  });
  return `<div class="scroll"><table>
<caption>${escaped(caption)}</caption>
<thead><tr>${heads}</tr></thead>
<tbody>
${body.join("\n")}
</tbody>
</table></div>`;
}

function pictureHtml(picture: ReportPicture): string {
  const { width, height, left, right, bottom, lines, levels, times } = reportChart(picture);
  const names = lines.map(({ name }, index) => `${name} (${index === 0 ? "solid" : "dashed"})`).join(", ");
  return `<figure>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(names)}">
${levels.map(({ y, text }) => `<line class="level" x1="${left}" x2="${right}" y1="${y}" y2="${y}"/><text x="${left - 6}" y="${y + 4}" text-anchor="end">${escaped(text)}</text>`).join("\n")}
${times.map(({ x, text, anchor }) => `<text x="${x}" y="${bottom + 18}" text-anchor="${anchor}">${escaped(text)}</text>`).join("\n")}
${lines.map(({ path }, index) => `<path class="series of${index % 2}" d="${path}"/>`).join("\n")}
</svg>
<figcaption>${escaped(names)}</figcaption>
</figure>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** In text and in attributes within double quotes. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
