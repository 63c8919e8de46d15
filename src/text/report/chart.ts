import { numberText } from "../figures.ts";
import { localMinute } from "../moment.ts";
import type { ReportPicture } from "../../engine/protocol/reportPage.ts";

/** A picture as lines on paper: what a page and a file draw alike. Units are those of the view box. */
export interface ReportChart {
  readonly width: number;
  readonly height: number;
  /** Of the box in which the lines lie. */
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly lines: readonly { readonly name: string; readonly path: string }[];
  readonly levels: readonly { readonly y: number; readonly text: string }[];
  readonly times: readonly { readonly x: number; readonly text: string; readonly anchor: "start" | "middle" | "end" }[];
}

const WIDTH = 720;
const HEIGHT = 220;
const BOX = { left: 44, right: WIDTH - 8, top: 10, bottom: HEIGHT - 24 } as const;
const STEPS = [1, 2, 2.5, 5, 10] as const;
const MOST_LEVELS = 5;

/** From 0 on: a level that is cut off below looks like nothing. A gap in what was measured is one in the line. */
export function reportChart({ fromMs, bucketMs, lines }: ReportPicture): ReportChart {
  const count = Math.max(1, ...lines.map(({ values }) => values.length));
  const greatest = lines.reduce((most, { values }) => values.reduce<number>((a, b) => Math.max(a, b ?? 0), most), 0);
  const step = niceStep(greatest);
  const top = Math.max(step, Math.ceil(greatest / step) * step);
  const x = (at: number): number => round(BOX.left + ((at + 0.5) / count) * (BOX.right - BOX.left));
  const y = (value: number): number => round(BOX.bottom - (value / top) * (BOX.bottom - BOX.top));
  const levels = Array.from({ length: Math.round(top / step) + 1 }, (_, n) => n * step);
  const moment = (share: number): string => localMinute(fromMs + share * count * bucketMs);
  return {
    ...{ width: WIDTH, height: HEIGHT, ...BOX },
    lines: lines.map(({ name, values }) => ({ name, path: pathOf(values, x, y) })),
    levels: levels.map((value) => ({ y: y(value), text: numberText(value) })),
    times: [
      { x: BOX.left, text: moment(0), anchor: "start" },
      { x: round((BOX.left + BOX.right) / 2), text: moment(0.5), anchor: "middle" },
      { x: BOX.right, text: moment(1), anchor: "end" },
    ],
  };
}

/** 1, 2, 2.5 or 5 times a power of ten, so that few levels reach the greatest value. */
function niceStep(greatest: number): number {
  if (!(greatest > 0)) return 1;
  const rough = greatest / MOST_LEVELS;
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * (STEPS.find((step) => step * power >= rough) ?? 10);
}

function pathOf(values: readonly (number | null)[], x: (at: number) => number, y: (value: number) => number): string {
  let path = "";
  let isDrawing = false;
  for (const [at, value] of values.entries()) {
    if (value === null || !Number.isFinite(value)) isDrawing = false;
    else {
      // A single step between two gaps is a dot: a line of no length has round ends.
      path += isDrawing ? `L${x(at)} ${y(value)}` : `M${x(at)} ${y(value)}h0`;
      isDrawing = true;
    }
  }
  return path;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
