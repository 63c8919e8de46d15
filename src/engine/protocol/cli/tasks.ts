import * as z from "zod";
import { lane } from "../faultTolerance.ts";
import { MAX_SUBMIT } from "../tasks.ts";
import { anySwarmId, coded, engineFlags, timeout } from "./parts.ts";

// Tasks as the engine tells them ----------------------------------------------------------------------------------

const taskState = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("waiting"), notBeforeMs: z.number().nullable(), lastFailure: coded.nullable() }),
  z.object({
    kind: z.literal("running"),
    agentId: z.string(),
    sinceMs: z.number(),
    deadlineMs: z.number(),
    handed: z.boolean(),
    cancelledBy: z.string().nullable(),
  }),
  z.object({ kind: z.literal("done"), atMs: z.number(), tookMs: z.number() }),
  z.object({ kind: z.literal("failed"), atMs: z.number(), reason: coded }),
  z.object({ kind: z.literal("cancelled"), atMs: z.number(), by: z.string() }),
]);
const stateKind = z.enum(["waiting", "running", "done", "failed", "cancelled"]);

export const taskRow = z.object({
  id: z.string(),
  swarmId: z.string(),
  lane: z.enum(lane.options),
  priority: z.int(),
  label: z.string().describe("First line of what was asked"),
  submittedAtMs: z.number(),
  submittedBy: z.string(),
  attempt: z.int(),
  maxAttempts: z.int(),
  timeoutSeconds: z.number(),
  state: taskState,
  retryOf: z.string().nullable(),
});
export type CliTask = z.infer<typeof taskRow>;

const tail = z.object({ text: z.string(), droppedBytes: z.int().describe("Bytes before the text that were not kept") });

// Verbs -----------------------------------------------------------------------------------------------------------

const taskId = z.uuid("copy an id from `tasks`");
const laneFlag = z.enum(lane.options);

export const taskSubmitFlags = z
  .strictObject({
    prompt: z.string().min(1, "write what is to be done").optional().describe("What is to be done"),
    file: z
      .string()
      .min(1, "name a file")
      .optional()
      .describe(`Each line of this file is a task, at most ${MAX_SUBMIT}; - reads standard input`),
    "prompt-file": z.string().min(1, "name a file").optional().describe("The whole file is one prompt; - as above"),
    input: z.string().optional().describe("JSON for workers, in place of a prompt"),
    "swarm-id": anySwarmId.optional().describe("The swarm that is to do it; may be left out when there is only one"),
    lane: laneFlag.default("standard").describe("critical is served first, background last"),
    priority: z
      .int("use a whole number")
      .min(0, "use 0 to 9")
      .max(9, "use 0 to 9")
      .default(5)
      .describe("Within its lane, 9 first"),
    "task-timeout": z.number().min(1, "use at least 1").optional().describe("Seconds after which it is ended"),
    attempts: z.int("use a whole number").min(1, "use at least 1").optional().describe("Runs when it fails"),
    key: z.string().min(1).max(200).optional().describe("Idempotency key: the same key again is the same task"),
    wait: z.boolean().default(false).describe("Wait until all of them are over, and print how each ended"),
    ...engineFlags,
  })
  .refine((f) => [f.prompt, f.file, f["prompt-file"], f.input].filter((one) => one !== undefined).length === 1, {
    path: ["prompt"],
    message: "say what is to be done by one of: PROMPT, --file, --prompt-file, --input",
  })
  .refine((f) => f.key === undefined || f.file === undefined, {
    path: ["key"],
    message: "--key names one task; it does not go with --file",
  });

export const taskSubmitOutput = z.object({
  swarmId: z.string(),
  results: z
    .array(
      z.discriminatedUnion("kind", [
        z.object({ kind: z.literal("accepted"), taskId: z.string() }),
        z.object({ kind: z.literal("known"), taskId: z.string(), state: stateKind }),
        z.object({ kind: z.literal("refused"), reason: coded }),
      ]),
    )
    .readonly(),
  tasks: z.array(taskRow).readonly().nullable().describe("With --wait: as they ended"),
});
export type TaskSubmitOutput = z.infer<typeof taskSubmitOutput>;

export const tasksFlags = z.strictObject({
  "swarm-id": anySwarmId.optional().describe("Only tasks of this swarm"),
  lane: laneFlag.optional().describe("Only tasks of this lane"),
  state: stateKind.optional().describe("Only tasks in this state"),
  limit: z
    .int("use a whole number")
    .min(1, "use at least 1")
    .max(1_000, "use at most 1000")
    .default(20)
    .describe("How many, newest first"),
  before: taskId.optional().describe("Only tasks older than this one"),
  ...engineFlags,
});
export const tasksOutput = z.object({ wallMs: z.number(), tasks: z.array(taskRow).readonly(), more: z.boolean() });
export type TasksOutput = z.infer<typeof tasksOutput>;

export const taskFlags = z.strictObject({ "task-id": taskId.describe("A task as `tasks` names it"), ...engineFlags });
export const taskOutput = taskRow.extend({ input: z.string(), stdout: tail, stderr: tail });
export type TaskOutputValue = z.infer<typeof taskOutput>;

export const taskCancelFlags = z.strictObject({
  "task-id": taskId.describe("A task as `tasks` names it"),
  timeout,
  ...engineFlags,
});
export const taskCancelOutput = z.object({
  taskId: z.string(),
  state: stateKind.describe("As it ended; running: not seen stopped by the deadline"),
});

export const taskRetryFlags = taskFlags;
export const taskRetryOutput = z.object({ retryOf: z.string(), taskId: z.string() });
