import * as z from "zod";
import { calls } from "../../engine/protocol/rpc.ts";
import { reason, reasonOf, swarmId } from "../shapes.ts";
import { defineTool } from "../tool.ts";

const MAX_POINTS = 60;

export const forecast = defineTool({
  name: "forecast",
  title: "Forecast of a swarm's load",
  description:
    "The demand of a managed swarm to come, with its interval. ready is false, with the reason, until the forecast has beaten the simple rules on this very swarm: then it is a picture, and nothing to act on.",
  kind: "reads",
  input: z.strictObject({
    swarmId,
    horizonSeconds: z.number().min(1).max(31_536_000).optional().describe("Of the swarm's own time"),
    confidence: z.number().min(0.5).max(0.999).optional(),
  }),
  output: z.object({
    swarmId: z.string(),
    ready: z.boolean(),
    reason: reason.nullable(),
    model: z.string(),
    confidence: z.number(),
    madeAtMs: z.number(),
    stepMs: z.number(),
    points: z
      .array(z.object({ atMs: z.number(), mean: z.number(), lo: z.number(), hi: z.number() }))
      .readonly()
      .describe("In agents' worth of work; of a long forecast every so many steps"),
    accuracyPercent: z.number().nullable().describe("Of this model on its last tests"),
    coverageRatio: z.number().nullable(),
  }),
  run: async (asked, { call }) => {
    const {
      ready,
      reason: why,
      model,
      confidence,
      madeAtMs,
      stepMs,
      points,
      scores,
      swarmId: id,
    } = await call(calls.forecast, asked);
    const every = Math.max(1, Math.ceil(points.length / MAX_POINTS));
    const score = scores.find((one) => one.model === model);
    return {
      ...{ swarmId: id, ready, model, confidence, madeAtMs, stepMs },
      reason: why === null ? null : reasonOf(why),
      // The last of each piece: the end of the horizon is always among them.
      points: points.filter((_, at) => (points.length - 1 - at) % every === 0),
      accuracyPercent: score?.accuracy ?? null,
      coverageRatio: score?.coverage ?? null,
    };
  },
});
