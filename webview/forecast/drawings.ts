import type uPlot from "uplot";
import type { PageAction } from "../../src/engine/protocol/forecastPage.ts";
import type { Mark } from "./rows.ts";
import type { Theme } from "./theme.ts";

/** What lies over the chart's lines. Sizes are in pixels of the screen. */

/** The moments at which the size was changed. */
export function drawActions(plot: uPlot, theme: Theme, actions: readonly PageAction[]): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.font = theme.font;
  ctx.textBaseline = "top";
  let freeFrom = Number.NEGATIVE_INFINITY;
  for (const { atMs, from, to } of actions.toSorted((a, b) => a.atMs - b.atMs)) {
    const x = upright(plot, atMs, theme.action, [1, 3]);
    if (x === null) continue;
    const label = `${from}→${to}`;
    const wide = ctx.measureText(label).width;
    // A label that would lie over its neighbour is left out; the table and Decisions have it.
    if (x < freeFrom || x + wide > bbox.left + bbox.width) continue;
    ctx.fillStyle = theme.text;
    ctx.fillText(label, x + 3 * devicePixelRatio, bbox.top + 2 * devicePixelRatio);
    freeFrom = x + wide + 8 * devicePixelRatio;
  }
  ctx.restore();
}

export function drawNow(plot: uPlot, theme: Theme, nowMs: number | null): void {
  if (nowMs === null) return;
  const { ctx, bbox } = plot;
  ctx.save();
  const x = upright(plot, nowMs, theme.text, []);
  if (x !== null) {
    ctx.font = theme.font;
    ctx.textBaseline = "top";
    ctx.textAlign = "right";
    ctx.fillStyle = theme.text;
    ctx.fillText("now", x - 4 * devicePixelRatio, bbox.top + bbox.height - 30 * devicePixelRatio);
  }
  ctx.restore();
}

/** A diamond at the value, or a triangle at the foot for what has another unit; a bar at the foot for how long it went on. */
export function drawMarks(plot: uPlot, theme: Theme, marks: readonly Mark[]): void {
  const { ctx, bbox } = plot;
  const foot = bbox.top + bbox.height;
  const size = 6 * devicePixelRatio;
  const within = (x: number): number => Math.min(bbox.left + bbox.width, Math.max(bbox.left, x));
  ctx.save();
  ctx.setLineDash([]);
  ctx.lineWidth = 2 * devicePixelRatio;
  ctx.strokeStyle = theme.unusual;
  ctx.fillStyle = theme.background;
  for (const { fromMs, toMs, atMs, value } of marks) {
    const from = within(plot.valToPos(fromMs / 1000, "x", true));
    const to = within(plot.valToPos(toMs / 1000, "x", true));
    ctx.beginPath();
    ctx.moveTo(from, foot - ctx.lineWidth / 2);
    ctx.lineTo(Math.max(to, from + ctx.lineWidth), foot - ctx.lineWidth / 2);
    ctx.stroke();
    const x = within(plot.valToPos(atMs / 1000, "x", true));
    ctx.beginPath();
    if (value === null) {
      ctx.moveTo(x, foot - 2 * size);
      ctx.lineTo(x + size, foot - size / 2);
      ctx.lineTo(x - size, foot - size / 2);
    } else {
      const y = Math.min(foot - size, Math.max(bbox.top + size, plot.valToPos(value, "y", true)));
      ctx.moveTo(x, y - size);
      ctx.lineTo(x + size, y);
      ctx.lineTo(x, y + size);
      ctx.lineTo(x - size, y);
    }
    ctx.closePath();
    ctx.fill();
    ctx.stroke();
  }
  ctx.restore();
}

/** @returns where the line stands; `null` when it is out of the picture */
function upright({ ctx, bbox, valToPos }: uPlot, atMs: number, stroke: string, dash: number[]): number | null {
  const x = Math.round(valToPos(atMs / 1000, "x", true));
  if (x < bbox.left || x > bbox.left + bbox.width) return null;
  ctx.strokeStyle = stroke;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash(dash);
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.setLineDash([]);
  return x;
}
