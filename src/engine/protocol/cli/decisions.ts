import * as z from "zod";
import { swarmMode } from "../config.ts";
import { scaleOutput } from "./actions.ts";
import { anySwarmId, coded, engineFlags, outcome, timeout } from "./parts.ts";
import { scalingInputs } from "./rows.ts";

// decisions -------------------------------------------------------------------------------------------------------

const decisionId = z.uuid("copy an id from `decisions`");

export const decisionsFlags = z.strictObject({
  "swarm-id": anySwarmId.optional().describe("Only decisions about this swarm"),
  limit: z
    .int("use a whole number")
    .min(1, "use at least 1")
    .max(1_000, "use at most 1000; older ones with --before")
    .default(20)
    .describe("How many, newest first"),
  before: decisionId.optional().describe("Only decisions older than this one"),
  ...engineFlags,
});

const decisionState = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("recommended") }),
  z.object({ kind: z.literal("withdrawn"), reason: coded, atMs: z.number() }),
  z.object({ kind: z.literal("acting"), sinceMs: z.number() }),
  ...outcome.options,
  z.object({
    kind: z.literal("rolledBack"),
    to: z.int().describe("The last size that did no harm"),
    live: z.int(),
    elapsedMs: z.number(),
    reason: coded,
  }),
  z.object({ kind: z.literal("refused"), reason: coded }),
  z.object({ kind: z.literal("interrupted"), reason: coded }),
]);

export const decisionStates = z.enum([
  "recommended",
  "withdrawn",
  "acting",
  "confirmed",
  "unconfirmed",
  "rolledBack",
  "refused",
  "interrupted",
]);

export const swarmFigures = z.object({
  begun: z.int().describe("Tasks that began"),
  waitedP95Ms: z.number().nullable(),
  waitedMeanMs: z.number().nullable().optional().describe("Absent in what an older version has kept"),
  ranMeanMs: z.number().nullable().optional(),
  runs: z.int().describe("Runs of tasks that ended"),
  errorRatio: z.number().nullable(),
  demand: z.number().nullable(),
  cpuPressure: z.number().nullable().describe("PSI some, 10 s"),
  memoryPressure: z.number().nullable(),
  ioPressure: z.number().nullable(),
});

export const decisionImpact = z.object({ windowMs: z.number(), before: swarmFigures, after: swarmFigures });

const decisionRow = z.object({
  id: z.string(),
  swarmId: z.string(),
  swarmLabel: z.string(),
  wallMs: z.number().describe("When it was decided, epoch ms"),
  origin: z.enum(["scaler", "operator", "undo", "agent"]),
  by: z.string().nullable().describe("The client that asked; null for the scaler"),
  mode: swarmMode,
  from: z.int(),
  to: z.int(),
  reason: coded,
  inputs: scalingInputs.nullable().describe("What it rests on; null when an operator decided"),
  state: decisionState,
  undoOf: z.string().nullable(),
  notes: z.array(coded).readonly().optional().describe("Of an undo: what it does not bring back"),
  undoneBy: z.string().nullable(),
  plan: z
    .object({ steps: z.array(z.int()).readonly(), at: z.int().describe("The size asked for now, or at last") })
    .optional()
    .describe("Absent when it is done in one step"),
  impact: decisionImpact.optional().describe("The same length of time before it began and after it was seen"),
  undoRefusal: coded.nullable().describe("Why it cannot be undone now; null when it can"),
});
export type CliDecision = z.infer<typeof decisionRow>;

export const decisionsOutput = z.object({
  wallMs: z.number(),
  decisions: z.array(decisionRow).readonly(),
  more: z.boolean().describe("Older ones exist: ask with --before and the last id"),
  holds: z
    .array(z.object({ swarmId: z.string(), label: z.string(), untilMs: z.number().nullable() }))
    .readonly()
    .describe("Swarms on hold by an operator: nothing is decided about them"),
});
export type DecisionsOutput = z.infer<typeof decisionsOutput>;

// decision-apply, decision-dismiss, decision-undo -----------------------------------------------------------------

export const decisionApplyFlags = z.strictObject({
  "decision-id": decisionId.describe("A recommendation as `decisions` names it"),
  timeout,
  ...engineFlags,
});
export const decisionApplyOutput = scaleOutput.extend({ decisionId: z.string() });
export type DecisionApplyOutput = z.infer<typeof decisionApplyOutput>;

export const decisionDismissFlags = z.strictObject({
  "decision-id": decisionId.describe("A recommendation as `decisions` names it"),
  ...engineFlags,
});
export const decisionDismissOutput = z.object({ decisionId: z.string() });

export const decisionUndoFlags = z
  .strictObject({
    "decision-id": decisionId.optional().describe("A decision as `decisions` names it"),
    last: z.boolean().default(false).describe("The newest decision that can be undone"),
    "swarm-id": anySwarmId.optional().describe("With --last: of this swarm"),
    timeout,
    ...engineFlags,
  })
  .refine((flags) => flags.last !== (flags["decision-id"] !== undefined), {
    path: ["decision-id"],
    message: "name one decision: either its id or --last",
  })
  .refine((flags) => flags.last || flags["swarm-id"] === undefined, {
    path: ["swarm-id"],
    message: "--swarm-id goes with --last only",
  });
export const decisionUndoOutput = z.object({
  undoOf: z.string().describe("The decision that was undone"),
  swarmId: z.string(),
  from: z.int(),
  to: z.int(),
  outcome,
  notes: z.array(coded).readonly().describe("What it does not bring back, and what it brings back otherwise"),
});
export type DecisionUndoOutput = z.infer<typeof decisionUndoOutput>;
