import { element } from "../shared/elements.ts";

/** Canvases that lie on one another, as base64 of a PNG; empty where there is none. */
export function pngOf(canvases: readonly HTMLCanvasElement[], background: string): string {
  const [base] = canvases;
  if (base === undefined) return "";
  const whole = element("canvas");
  whole.width = base.width;
  whole.height = base.height;
  const context = whole.getContext("2d");
  if (context === null) return "";
  context.fillStyle = background;
  context.fillRect(0, 0, whole.width, whole.height);
  for (const canvas of canvases) context.drawImage(canvas, 0, 0);
  return whole.toDataURL("image/png").replace(/^data:image\/png;base64,/, "");
}
