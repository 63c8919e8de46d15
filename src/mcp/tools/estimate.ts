import * as z from "zod";
import { ESTIMATE_ASKED } from "../../engine/protocol/agentCalls.ts";
import { LANES } from "../../engine/protocol/lanes.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { ToolFailure } from "../failure.ts";
import { reason, reasonOf, swarmId } from "../shapes.ts";
import { defineTool } from "../tool.ts";

const spread = z.object({ p50: z.number(), p95: z.number() }).nullable();
const { agents, tasks } = ESTIMATE_ASKED;

export const estimate = defineTool({
  name: "estimate",
  title: "Estimate agents or tasks",
  description:
    "What so many more agents, or so many tasks, of a managed swarm would take and cost, and whether they fit, by what its agents and tasks have taken so far. Name agents or tasks, not both. Changes nothing.",
  kind: "reads",
  input: z.strictObject({
    swarmId,
    agents: z.int().min(agents.least).max(agents.most).optional().describe("More than there are"),
    tasks: z.int().min(tasks.least).max(tasks.most).optional(),
    lane: z.enum(LANES).optional().describe("Of the tasks; standard when left out"),
  }),
  output: z.object({
    swarmId: z.string(),
    agents: z.int().nullable(),
    tasks: z.int().nullable(),
    seenAgents: z.int().describe("Agents that this rests on"),
    seenTasks: z.int().describe("Runs of tasks that this rests on, of the last hour"),
    fits: z
      .boolean()
      .nullable()
      .describe("By the 95th percentile; of tasks: whether all would be worked on at once. null: not known"),
    fitsAgents: z.int().nullable().describe("How many more agents would fit"),
    fitsTasks: z.int().nullable().describe("How many tasks would be worked on at once; the others wait in the lane"),
    short: z.enum(["memory", "cpu", "maximum", "lane"]).nullable(),
    needsBytes: spread.describe(
      "Of the agents asked about, or of those that the tasks would need beside those there are",
    ),
    needsCores: spread,
    hasBytes: z.number().nullable(),
    taskSeconds: spread.describe("One run of a task"),
    doneInSeconds: spread.describe("All of them, behind those that wait now, with as many agents as there are"),
    agentHours: z.number().nullable(),
    cost: z
      .object({ amount: z.number(), currency: z.string() })
      .nullable()
      .describe("Of the agents for an hour, or of all the tasks"),
    unknown: z.array(reason).readonly().describe("What is not known, and why"),
  }),
  run: async (asked, { call }) => {
    if ((asked.agents === undefined) === (asked.tasks === undefined)) throw new ToolFailure("estimate.oneOf");
    const { cost, unknown, ...answer } = await call(calls.estimate, asked);
    return {
      ...answer,
      cost: cost.kind === "known" ? { amount: cost.amount, currency: cost.currency } : null,
      unknown: unknown.map(reasonOf),
    };
  },
});
