import type { Figure, MetricsReport } from "../../src/engine/protocol/rpc.ts";
import { bytesPerSecondText, bytesText, durationText, numberText, ratioText } from "../../src/text/figures.ts";

/** One figure of a group: what it is called, how it is read out of a report, and the span of time it rests on. */
export interface FigureRow {
  readonly label: string;
  readonly figure: (report: MetricsReport) => Figure | undefined;
  readonly text: (value: number) => string;
  readonly window: "now" | "interval" | "10 s" | "1 min" | "fixed";
}

export interface FigureGroup {
  readonly title: string;
  readonly rows: readonly FigureRow[];
}

export const GROUPS: readonly FigureGroup[] = [
  {
    title: "CPU",
    rows: [
      { label: "Busy", figure: (r) => r.cpu?.busyRatio, text: ratioText, window: "interval" },
      { label: "Cores", figure: (r) => r.cpu?.cpuCount, text: (value) => numberText(value), window: "fixed" },
      {
        label: "Usable cores",
        figure: (r) => r.cpu?.capacityCores,
        text: (value) => numberText(value),
        window: "fixed",
      },
      {
        label: "Load average",
        figure: (r) => r.cpu?.loadAverage1m,
        text: (value) => numberText(value),
        window: "1 min",
      },
      { label: "Pressure", figure: (r) => r.cpu?.pressureSomeRatio10s, text: ratioText, window: "10 s" },
    ],
  },
  {
    title: "Memory",
    rows: [
      { label: "Used", figure: (r) => r.memory?.usedBytes, text: bytesText, window: "now" },
      { label: "Available", figure: (r) => r.memory?.availableBytes, text: bytesText, window: "now" },
      { label: "Total", figure: (r) => r.memory?.totalBytes, text: bytesText, window: "fixed" },
      { label: "Usable", figure: (r) => r.memory?.capacityBytes, text: bytesText, window: "fixed" },
      { label: "Pressure, some", figure: (r) => r.memory?.pressureSomeRatio10s, text: ratioText, window: "10 s" },
      { label: "Pressure, full", figure: (r) => r.memory?.pressureFullRatio10s, text: ratioText, window: "10 s" },
    ],
  },
  {
    title: "Swap",
    rows: [
      { label: "Used", figure: (r) => r.memory?.swapUsedBytes, text: bytesText, window: "now" },
      { label: "Total", figure: (r) => r.memory?.swapTotalBytes, text: bytesText, window: "fixed" },
    ],
  },
  {
    title: "Disk",
    rows: [
      { label: "Read", figure: (r) => r.disk?.readBytesPerSecond, text: bytesPerSecondText, window: "interval" },
      { label: "Written", figure: (r) => r.disk?.writeBytesPerSecond, text: bytesPerSecondText, window: "interval" },
      { label: "I/O pressure", figure: (r) => r.disk?.pressureSomeRatio10s, text: ratioText, window: "10 s" },
    ],
  },
  {
    title: "Network",
    rows: [
      {
        label: "Received",
        figure: (r) => r.network?.receiveBytesPerSecond,
        text: bytesPerSecondText,
        window: "interval",
      },
      { label: "Sent", figure: (r) => r.network?.transmitBytesPerSecond, text: bytesPerSecondText, window: "interval" },
    ],
  },
];

/** What stands for "unknown", which is never a zero. */
export const DASH = "–";

/** `41%`, and beside it `measured over 1 s`. */
export function figureTexts(row: FigureRow, report: MetricsReport): { value: string; tag: string } {
  const figure = row.figure(report);
  if (figure === undefined || figure.value === null) return { value: DASH, tag: "unknown" };
  return { value: row.text(figure.value), tag: `${figure.source}${windowText(row.window, report.intervalMs)}` };
}

function windowText(window: FigureRow["window"], intervalMs: number | null): string {
  switch (window) {
    case "now":
      return ", now";
    case "fixed":
      return "";
    case "interval":
      return intervalMs === null ? "" : ` over ${durationText(intervalMs)}`;
    case "10 s":
    case "1 min":
      return ` over ${window}`;
  }
}
