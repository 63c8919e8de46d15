import * as z from "zod";
import { swarmId, swarmMode } from "../config.ts";
import { MAX_HOLD_SECONDS } from "../scaling.ts";
import { anySwarmId, coded, duration, engineFlags, oneSwarm, oneSwarmProblem, outcome, timeout } from "./parts.ts";

export const swarmStartFlags = z
  .strictObject({
    demo: z.boolean().default(false).describe("The demo swarm that comes with the product"),
    "swarm-id": z.optional(swarmId).describe("A swarm of the configuration"),
    mode: z.optional(swarmMode).describe("What the scaler may do; unchanged when not given"),
    timeout,
    ...engineFlags,
  })
  .refine(oneSwarm, oneSwarmProblem);

export const swarmStopFlags = z
  .strictObject({
    demo: z.boolean().default(false).describe("The demo swarm"),
    "swarm-id": anySwarmId.optional().describe("A swarm as `status` names it"),
    now: z.boolean().default(false).describe("Do not wait for tasks in hand; they run again when the swarm does"),
    timeout,
    ...engineFlags,
  })
  .refine(oneSwarm, oneSwarmProblem);

export const swarmScaleFlags = z.strictObject({
  "swarm-id": anySwarmId.describe("A swarm as `status` names it"),
  "target-size": z
    .int("use a whole number of agents")
    .min(0, "use 0 or more agents")
    .describe("Agents wanted; its bounds are in the configuration"),
  "at-once": z.boolean().default(false).describe("In one step, however large; else a large change goes in steps"),
  timeout,
  ...engineFlags,
});

export const scaleOutput = z.object({ swarmId: z.string(), from: z.int(), to: z.int(), outcome });
export type ScaleOutput = z.infer<typeof scaleOutput>;

export const agentStopFlags = z.strictObject({
  "agent-id": z
    .string()
    .min(1, "name an agent")
    .max(200, "use at most 200 characters")
    .describe("An agent as `status` names it"),
  yes: z.boolean().default(false).describe("Stop an agent that somebody else started without asking first"),
  now: z.boolean().default(false).describe("Do not wait for its task, which runs again on another agent"),
  timeout,
  ...engineFlags,
});

export const agentStopOutput = z.object({
  agentId: z.string(),
  swarmId: z.string(),
  pid: z.int(),
  command: z.string(),
  openWork: z.array(coded).readonly().describe("What it had open when it was told to end"),
  outcome,
});
export type AgentStopOutput = z.infer<typeof agentStopOutput>;

// swarm-mode, swarm-hold ------------------------------------------------------------------------------------------

const managedSwarm = {
  demo: z.boolean().default(false).describe("The demo swarm"),
  "swarm-id": anySwarmId.optional().describe("A managed swarm as `status` names it"),
};

export const swarmModeFlags = z
  .strictObject({
    ...managedSwarm,
    mode: z
      .enum(swarmMode.options)
      .describe("observe: only look · recommend: say what it would do · auto: do it within the bounds"),
    ...engineFlags,
  })
  .refine(oneSwarm, oneSwarmProblem);
export const swarmModeOutput = z.object({ swarmId: z.string(), mode: swarmMode });

export const swarmHoldFlags = z
  .strictObject({
    ...managedSwarm,
    all: z.boolean().default(false).describe("Every managed swarm"),
    release: z.boolean().default(false).describe("Lift the hold"),
    for: duration
      .pipe(
        z
          .number()
          .min(1_000, "use 1s at least")
          .max(MAX_HOLD_SECONDS * 1_000, "use 7d at most"),
      )
      .optional()
      .describe("How long, such as 15m or 1h; left out, until it is lifted"),
    ...engineFlags,
  })
  .refine((flags) => (flags.all ? !flags.demo && flags["swarm-id"] === undefined : oneSwarm(flags)), {
    path: ["swarm-id"],
    message: "name one swarm, either --demo or --swarm-id ID, or --all",
  })
  .refine((flags) => !(flags.release && flags.for !== undefined), {
    path: ["for"],
    message: "--release lifts it now and has no --for",
  });
export const swarmHoldOutput = z.object({
  swarmId: z.string().nullable().describe("null with --all"),
  held: z.boolean(),
  swarms: z
    .array(z.object({ swarmId: z.string(), untilMs: z.number().nullable().describe("null: until it is lifted") }))
    .readonly(),
});
