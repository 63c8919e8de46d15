import type { Look } from "./looks.ts";
import type { Theme } from "./theme.ts";

/** Wider than any screen; beyond it a picture is scaled down. */
const MAX_WIDTH = 4_096;
const PADDING = 16;
const LINE_HEIGHT = 18;
const SWATCH = 22;

export interface PictureTexts {
  readonly title: string;
  /** Of what time, and when it was made. */
  readonly under: string;
  readonly sentence: string;
}

/**
 * The chart with its axes, under a title and over its legend, in the colours of the theme.
 * @returns base64 of a PNG; `null` where the browser gives no canvas
 */
export function pictureOf(
  chart: HTMLCanvasElement,
  theme: Theme,
  looks: readonly Look[],
  texts: PictureTexts,
): string | null {
  const ratio = devicePixelRatio;
  const width = chart.width / ratio + 2 * PADDING;
  const scale = Math.min(ratio, MAX_WIDTH / width);
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  if (context === null) return null;
  const fontOf = (size: number, weight = ""): string => `${weight} ${size}px ${theme.family}`.trim();
  context.font = fontOf(12);
  const words = wrapped(context, texts.sentence, width - 2 * PADDING);
  const entries = placed(context, looks, width - 2 * PADDING);
  const legendHeight = ((entries.at(-1)?.line ?? 0) + 1) * LINE_HEIGHT;
  const chartHeight = chart.height / ratio;
  const height = 2 * PADDING + 3 * LINE_HEIGHT + chartHeight + legendHeight + words.length * LINE_HEIGHT + 8;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  context.scale(scale, scale);
  context.fillStyle = theme.background;
  context.fillRect(0, 0, width, height);
  context.textBaseline = "top";
  context.fillStyle = theme.text;
  let y = PADDING;
  context.font = fontOf(15, "600");
  context.fillText(texts.title, PADDING, y);
  y += LINE_HEIGHT + 4;
  context.font = fontOf(12);
  context.fillText(texts.under, PADDING, y);
  y += LINE_HEIGHT + 8;
  context.drawImage(chart, PADDING, y, chart.width / ratio, chartHeight);
  y += chartHeight + 8;
  for (const { look, x, line } of entries) {
    swatch(context, theme, look, PADDING + x, y + line * LINE_HEIGHT + LINE_HEIGHT / 2 - 2);
    context.fillStyle = theme.text;
    context.fillText(look.name, PADDING + x + SWATCH + 6, y + line * LINE_HEIGHT);
  }
  y += legendHeight + 4;
  for (const [index, line] of words.entries()) context.fillText(line, PADDING, y + index * LINE_HEIGHT);
  return canvas.toDataURL("image/png").split(",")[1] ?? null;
}

function swatch(context: CanvasRenderingContext2D, theme: Theme, look: Look, x: number, y: number): void {
  context.save();
  context.strokeStyle = theme[look.colour];
  context.lineWidth = Math.max(1, look.width * theme.width);
  context.setLineDash([...look.dash]);
  context.beginPath();
  if (look.shape === "diamond") {
    context.moveTo(x + SWATCH / 2, y - 5);
    context.lineTo(x + SWATCH / 2 + 5, y);
    context.lineTo(x + SWATCH / 2, y + 5);
    context.lineTo(x + SWATCH / 2 - 5, y);
    context.closePath();
  } else {
    context.moveTo(x, y);
    context.lineTo(x + SWATCH, y);
  }
  context.stroke();
  context.restore();
}

/** Places in lines no wider than `width`. */
function placed(context: CanvasRenderingContext2D, looks: readonly Look[], width: number) {
  let x = 0;
  let line = 0;
  return looks.map((look) => {
    const wide = SWATCH + 6 + context.measureText(look.name).width + 18;
    if (x > 0 && x + wide > width) {
      x = 0;
      line++;
    }
    const place = { look, x, line };
    x += wide;
    return place;
  });
}

function wrapped(context: CanvasRenderingContext2D, text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && context.measureText(longer).width > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return line === "" ? lines : [...lines, line];
}
