import * as z from "zod";
import { DEFAULT_EPISODES, MAX_EPISODES } from "../dqn.ts";
import { DEFAULT_REPLAY_DAYS, MAX_REPLAY_DAYS } from "../replay.ts";
import { anySwarmId, coded, engineFlags, oneSwarm, oneSwarmProblem } from "./parts.ts";

const whose = {
  "swarm-id": anySwarmId.optional().describe("Of this swarm"),
  demo: z.boolean().default(false).describe("Of the demo swarm"),
};

export const policyTrainFlags = z
  .strictObject({
    ...whose,
    episodes: z
      .int("use a whole number of episodes")
      .min(1, "use at least 1 episode")
      .max(MAX_EPISODES, `use at most ${MAX_EPISODES} episodes`)
      .default(DEFAULT_EPISODES)
      .describe("How often it practises 288 steps of the past"),
    days: z
      .number("use a number of days")
      .min(0.01, "use at least 0.01 days")
      .max(MAX_REPLAY_DAYS, `use at most ${MAX_REPLAY_DAYS} days`)
      .default(DEFAULT_REPLAY_DAYS)
      .describe("How far back, in days of the swarm's own time: the first 70% to learn on, the rest to be judged on"),
    seed: z
      .int("use a whole number")
      .min(0, "use 0 to 2147483647")
      .max(2 ** 31 - 1, "use 0 to 2147483647")
      .default(1)
      .describe("The same seed and history give the same network"),
    timeout: z
      .int("use a whole number of milliseconds")
      .min(100, "use at least 100 ms")
      .max(3_600_000, "use at most 3600000 ms (one hour)")
      .default(1_200_000)
      .describe("How long to wait for it, in ms"),
    ...engineFlags,
  })
  .refine(oneSwarm, oneSwarmProblem);

export const policyReportFlags = z.strictObject({ ...whose, ...engineFlags }).refine(oneSwarm, oneSwarmProblem);

export const judgedPolicy = z.object({
  name: z.string(),
  costAgentHours: z.number().describe("By the weights of the reward: the lower the better"),
  unmet: z.number().describe("Work that could not be served when it came, agent-seconds"),
  unmetRatio: z.number().nullable(),
  waitP95Sec: z.number(),
  agentHours: z.number(),
  actions: z.int(),
  reversals: z.int(),
  utilisation: z.number().nullable(),
  backlog: z.number(),
});

export const policyOutput = z.object({
  swarmId: z.string(),
  timeScale: z.number(),
  trained: z
    .object({
      trainedAtMs: z.number(),
      tookMs: z.number(),
      by: z.enum(["operator", "schedule"]).describe("Who asked for it"),
      episodes: z.int(),
      takenAfter: z.int().describe("The network after this episode was taken: the cheapest on the part it learned on"),
      seed: z.int(),
      weights: z.object({ unmet: z.number(), waiting: z.number(), agents: z.number(), changes: z.number() }),
      basis: z.object({
        steps: z.int(),
        missing: z.int(),
        stepSeconds: z.number(),
        tickSeconds: z.number(),
        minAgents: z.int(),
        maxAgents: z.int(),
        startUpSeconds: z.number(),
        fixedAgents: z.int(),
        scoredFrom: z.int().optional().describe("First step that was judged"),
        forecasts: z.object({ made: z.int(), ready: z.int() }),
      }),
      curve: z
        .array(
          z.object({
            episode: z.int(),
            epsilon: z.number().describe("Share of random actions"),
            reward: z.number().describe("Mean reward of a decision"),
            loss: z.number().nullable(),
          }),
        )
        .readonly(),
      evaluation: z.object({
        policies: z.array(judgedPolicy).readonly(),
        beats: z.boolean().describe("It cost less than the adaptive policy on history that it has not seen"),
        fromMs: z.number(),
        toMs: z.number(),
      }),
    })
    .nullable(),
  reason: coded.nullable().describe("Why there is none"),
  trainingRatio: z.number().nullable().describe("Of a training under way"),
  retraining: z.object({
    dueAtMs: z
      .number()
      .nullable()
      .describe("The next one without anybody asking, unless the history grows by half before"),
    reason: coded.nullable().describe("Why none is to come, or why one that is due has not begun"),
    last: z
      .object({
        atMs: z.number(),
        tookMs: z.number(),
        steps: z.int().describe("Measured steps of the history"),
        outcome: z.discriminatedUnion("kind", [
          z.object({ kind: z.literal("first") }),
          z.object({
            kind: z.enum(["replaced", "stays"]).describe("stays: the kept one cost less, and was judged anew"),
            newCost: z.number().describe("Agent-hours by the weights of the reward, on what the new one has not seen"),
            keptCost: z.number(),
          }),
          z.object({ kind: z.literal("failed"), reason: coded }),
        ]),
      })
      .nullable(),
  }),
  acts: z.boolean().describe("It sizes the swarm: it beats the rule, and scaling.policy is dqn"),
});
