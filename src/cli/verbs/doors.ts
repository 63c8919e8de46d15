import {
  type DoorsOutput,
  doorsFlags,
  doorsOutput,
  metricsExportFlags,
  metricsExportOutput,
} from "../../engine/protocol/cli.ts";
import type { PushOutcome } from "../../engine/protocol/doors.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { bytesText, countText, durationText } from "../../text/figures.ts";
import { reasonText } from "../../text/reasons.ts";
import type { Line } from "../lines.ts";
import { defineVerb } from "../verb.ts";

export const doors = defineVerb({
  name: "doors",
  summary: "Show which doors for other programs are open, and how the last push went",
  notes: [
    "Both are off until 'doors' is set with config-set: http for GET /metrics and /v1/capacity on this machine,",
    "otlp for pushes to a collector. The token lies in the file that is named, readable by you alone.",
  ],
  flags: doorsFlags,
  output: doorsOutput,
  run: async (flags, context) => {
    const connection = await context.connect(!flags["no-start"]);
    return connection.call(calls.doors, {}, context.interrupt);
  },
  render: (output) => [...httpLines(output), ...otlpLines(output)],
});

export const metricsExport = defineVerb({
  name: "metrics-export",
  summary: "Print the metrics once, for Prometheus, OpenMetrics or OTLP; needs no door",
  notes: ["A figure that is not known is not there. Series of single agents only where doors.http.agentSeries is set."],
  flags: metricsExportFlags,
  output: metricsExportOutput,
  run: async (flags, context) => {
    const connection = await context.connect(!flags["no-start"]);
    return connection.call(calls.metricsText, { format: flags.format }, context.interrupt);
  },
  render: ({ text }) =>
    text
      .replace(/\n$/, "")
      .split("\n")
      .map((line): Line => [line]),
});

function httpLines({ http, wallMs }: DoorsOutput): Line[] {
  switch (http.kind) {
    case "off":
      return [[{ text: "http", tone: "strong" }, "  off"]];
    case "failed":
      return [
        [{ text: "http", tone: "strong" }, "  ", { text: reasonText(http.reason), tone: "bad" }],
        [`      next try in ${durationText(Math.max(0, http.retryAtMs - wallMs))}`],
      ];
    case "open":
      return [
        [
          { text: "http", tone: "strong" },
          "  ",
          { text: "open", tone: "good" },
          `  http://${http.address}:${http.port} for ${durationText(wallMs - http.sinceMs)}`,
          ` · ${countText(http.answered, "answer")}, ${http.refused} refused`,
          http.lastAnswerMs === null ? "" : ` · last ${durationText(wallMs - http.lastAnswerMs)} ago`,
        ],
        [`      token in ${http.tokenFile}`],
      ];
  }
}

function otlpLines({ otlp, wallMs }: DoorsOutput): Line[] {
  if (otlp.kind === "off") return [[{ text: "otlp", tone: "strong" }, "  off"]];
  const { last } = otlp;
  return [
    [
      { text: "otlp", tone: "strong" },
      "  ",
      otlp.breaker === "closed" ? { text: "on", tone: "good" } : { text: "given up for a while", tone: "warn" },
      `  ${otlp.endpoint} every ${durationText(otlp.intervalMs)} for ${durationText(wallMs - otlp.sinceMs)}`,
      ` · ${otlp.taken} taken, ${otlp.failed} failed, ${otlp.skipped} skipped`,
    ],
    last === null
      ? ["      nothing was pushed yet"]
      : [
          `      last ${durationText(wallMs - last.atMs)} ago, ${bytesText(last.bytes)} in ${durationText(last.tookMs)}: `,
          ...outcomeSpans(last.outcome),
        ],
  ];
}

function outcomeSpans(outcome: PushOutcome): Line {
  switch (outcome.kind) {
    case "taken":
      return [{ text: "taken", tone: "good" }];
    case "partial":
      return [{ text: "taken in part", tone: "warn" }, `, ${countText(outcome.rejected, "data point")} rejected`];
    case "failed":
      return [{ text: "failed", tone: "bad" }, `: ${reasonText(outcome.reason)}`];
  }
}
