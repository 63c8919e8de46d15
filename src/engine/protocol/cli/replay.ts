import * as z from "zod";
import { FILE_EPISODES, MAX_EPISODES } from "../dqn.ts";
import { REPLAY_POLICIES, UNTRAINED_POLICIES } from "../replay.ts";
import { plainFlags } from "./parts.ts";
import { bucketAndAgg, bucketAndAggProblem, columnOrAgg, columnOrAggProblem, tableFlags } from "./table.ts";

const agents = z.int("use a whole number of agents").min(0, "use 0 to 1000").max(1000, "use 0 to 1000");
const seconds = z.number("use a number of seconds").max(86_400, "use at most 86400 seconds (a day)");

/** A file alone: no engine is needed or asked. */
export const replayFlags = z
  .strictObject({
    input: z
      .string("name a file with --input")
      .min(1, "name a file")
      .max(4096, "use at most 4096 characters")
      .describe("A CSV file, or the answer of a Prometheus range query; - reads standard input"),
    ...tableFlags,
    policy: z
      .array(z.enum(REPLAY_POLICIES))
      .min(1, "name at least one policy")
      .default([...UNTRAINED_POLICIES])
      .describe("Policies to compare; dqn is trained on the file first"),
    episodes: z
      .int("use a whole number of episodes")
      .min(1, "use at least 1 episode")
      .max(MAX_EPISODES, `use at most ${MAX_EPISODES} episodes`)
      .default(FILE_EPISODES)
      .describe("For dqn: how often it practises 288 steps of the first 70% of the file"),
    seed: z
      .int("use a whole number")
      .min(0, "use 0 to 2147483647")
      .max(2 ** 31 - 1, "use 0 to 2147483647")
      .default(1)
      .describe("For dqn: the same seed and file give the same network"),
    min: agents.default(2).describe("Fewest agents"),
    max: agents.min(1, "use 1 to 1000").default(50).describe("Most agents"),
    capacity: z
      .number("use a number")
      .positive("use a number above 0")
      .optional()
      .describe("What one busy agent serves, in units of the column; see the notes for what is taken when left out"),
    "start-up": seconds.min(0, "use at least 0 seconds").default(30).describe("From its start until an agent works"),
    drain: seconds.min(0, "use at least 0 seconds").default(0).describe("From the order to leave until it is gone"),
    task: seconds.min(0.001, "use more than 0 seconds").default(30).describe("Mean length of a task"),
    step: seconds
      .min(0.001, "use more than 0 seconds")
      .optional()
      .describe("Time between two rows of a file without times; a minute when left out"),
    fixed: agents
      .min(1, "use 1 to 1000")
      .optional()
      .describe("Size of the fixed policy; the 95th percentile of the first 30% when left out"),
    ...plainFlags,
  })
  .refine((flags) => flags.min <= flags.max, { path: ["min"], message: "must not be above --max" })
  .refine(bucketAndAgg, bucketAndAggProblem)
  .refine(columnOrAgg, columnOrAggProblem);

const policyRow = z.object({
  name: z.string(),
  unmet: z.number().describe("Work that could not be served when it came, agent-seconds"),
  waitP95Sec: z.number().describe("95th percentile of the waiting time, first come first served"),
  agentHours: z.number().describe("Agents over time, those that start and leave included"),
  actions: z.int().describe("Changes of size"),
  unmetRatio: z.number().nullable().describe("unmet ÷ all work that came; null when none came"),
  reversals: z.int().describe("Of the actions, those in the other direction than the one before"),
  utilisation: z.number().nullable().describe("Served work ÷ ready agents"),
  backlog: z.number().describe("Work that still waits at the end, agent-seconds"),
});

export const replayOutput = z.object({
  policies: z.array(policyRow).readonly(),
  series: z.object({
    column: z.string(),
    steps: z.int(),
    missing: z.int().describe("Steps without a measurement: they bring no work"),
    stepSeconds: z.number(),
    stepSource: z.enum(["measured", "given", "assumed"]).describe("Of a file without times: given, or a minute"),
    tickSeconds: z.number().describe("Step of the simulation"),
    scoredFrom: z
      .int()
      .describe("First step that is scored, of all policies: 0, or with dqn the first that it has not learned on"),
  }),
  training: z
    .object({
      episodes: z.int(),
      takenAfter: z.int().describe("The network after this episode was taken: the cheapest on the part it learned on"),
      seed: z.int(),
    })
    .nullable()
    .describe("Of dqn; null when it is not among the policies"),
  capacity: z.object({
    unitsPerAgent: z.number(),
    source: z
      .enum(["given", "agents", "chosen"])
      .describe("agents: the column counts them; chosen: the 99th percentile of the load keeps 70% of --max busy"),
  }),
  swarm: z.object({
    minAgents: z.int(),
    maxAgents: z.int(),
    startUpSeconds: z.number(),
    fixedAgents: z.int(),
  }),
  forecasts: z.object({
    made: z.int().describe("Made for the adaptive policy, each from what was known by then"),
    ready: z.int().describe("Of them, let through by the gate"),
  }),
});
export type ReplayOutput = z.infer<typeof replayOutput>;
