import * as z from "zod";
import { HISTORY_METRICS } from "../../engine/protocol/cli/history.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { ToolFailure } from "../failure.ts";
import { source } from "../shapes.ts";
import { defineTool } from "../tool.ts";

const MAX_SERIES = 10;
const MAX_POINTS = 200;
const MAX_SECONDS = 30 * 86_400;
const METRICS = { machine: HISTORY_METRICS.machine, swarm: HISTORY_METRICS.swarm, agent: HISTORY_METRICS.agent };
const values = z.array(z.number().nullable()).readonly();

export const metricsQuery = defineTool({
  name: "metrics_query",
  title: "Measured history",
  description: [
    "What was measured of the machine, a swarm or an agent over the last while, in equal steps; null where nothing was.",
    ...Object.entries(METRICS).map(
      ([scope, names]) =>
        `Of ${scope === "machine" ? "the machine" : `a ${scope}`.replace("a agent", "an agent")}: ${names.join(", ")}.`,
    ),
  ].join(" "),
  kind: "reads",
  input: z.strictObject({
    series: z
      .array(
        z.strictObject({
          scope: z.enum(["machine", "swarm", "agent"]),
          key: z.string().max(200).optional().describe("Id of the swarm or the agent; left out for the machine"),
          metric: z.string().min(1).max(60),
        }),
      )
      .min(1)
      .max(MAX_SERIES),
    seconds: z.number().min(1).max(MAX_SECONDS).optional().describe("How far back; 900 when left out"),
    points: z.int().min(1).max(MAX_POINTS).optional().describe("Steps to answer with, at most; 60 when left out"),
  }),
  output: z.object({
    fromMs: z.number(),
    toMs: z.number(),
    series: z
      .array(
        z.object({
          scope: z.enum(["machine", "swarm", "lane", "agent"]),
          key: z.string(),
          metric: z.string(),
          source,
          fromMs: z.number().describe("Begin of the first step"),
          stepMs: z.number(),
          mean: values,
          min: values,
          max: values,
        }),
      )
      .readonly(),
  }),
  run: async ({ series, seconds = 900, points = 60 }, { call, wallMs }) => {
    const asked = series.map(({ scope, key = "", metric }) => {
      const known: readonly string[] = METRICS[scope];
      if (!known.includes(metric)) throw new ToolFailure("metric.unknown", { metric, scope, known: known.join(", ") });
      return { scope, key: scope === "machine" ? "" : key, metric };
    });
    const toMs = Math.floor(wallMs());
    const fromMs = Math.max(0, Math.floor(toMs - seconds * 1_000));
    const answer = await call(calls.history, { series: asked, fromMs, toMs, points });
    return {
      fromMs,
      toMs,
      series: answer.series.map((range) => ({
        ...{ scope: range.scope, key: range.key, metric: range.metric, source: range.source },
        ...{ fromMs: range.fromMs, stepMs: range.bucketMs },
        mean: range.mean.slice(0, MAX_POINTS),
        min: range.min.slice(0, MAX_POINTS),
        max: range.max.slice(0, MAX_POINTS),
      })),
    };
  },
});
