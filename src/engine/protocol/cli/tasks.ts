import * as z from "zod";
import { lane } from "../faultTolerance.ts";
import { MAX_SUBMIT } from "../tasks.ts";
import { anySwarmId, coded, engineFlags } from "./parts.ts";

// Rows ------------------------------------------------------------------------------------------------------------

const taskStateKind = z.enum(["waiting", "running", "done", "failed", "cancelled"]);

const taskState = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("waiting"), notBeforeMs: z.number().nullable(), lastFailure: coded.nullable() }),
  z.object({
    kind: z.literal("running"),
    agentId: z.string(),
    sinceMs: z.number(),
    deadlineMs: z.number(),
    handed: z.boolean(),
    cancelledBy: z.string().nullable().describe("Asked to stop, and not seen stopped yet"),
  }),
  z.object({ kind: z.literal("done"), atMs: z.number(), tookMs: z.number() }),
  z.object({ kind: z.literal("failed"), atMs: z.number(), reason: coded }),
  z.object({ kind: z.literal("cancelled"), atMs: z.number(), by: z.string() }),
]);

export const taskRow = z.object({
  id: z.string(),
  swarmId: z.string(),
  lane: z.enum(lane.options),
  priority: z.int().describe("0 to 9, 9 first"),
  label: z.string(),
  submittedAtMs: z.number(),
  submittedBy: z.string(),
  attempt: z.int().describe("Runs so far, the present one included"),
  maxAttempts: z.int(),
  timeoutSeconds: z.number(),
  state: taskState,
  retryOf: z.string().nullable(),
});
export type CliTask = z.infer<typeof taskRow>;

const outputTail = z.object({
  text: z.string(),
  droppedBytes: z.number().describe("Bytes before the text that were not kept"),
});

const submitResult = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("accepted"), taskId: z.string() }),
  z.object({ kind: z.literal("known"), taskId: z.string(), state: taskStateKind }),
  z.object({ kind: z.literal("refused"), reason: coded }),
]);
export type CliSubmitResult = z.infer<typeof submitResult>;

const cancelResult = z.discriminatedUnion("kind", [
  z.object({ taskId: z.string(), kind: z.literal("cancelled") }),
  z.object({ taskId: z.string(), kind: z.literal("stopping") }),
  z.object({ taskId: z.string(), kind: z.literal("refused"), reason: coded }),
]);

// task-submit -----------------------------------------------------------------------------------------------------

const taskId = z.uuid("copy an id from `tasks`");

export const taskSubmitFlags = z
  .strictObject({
    prompt: z.string().optional().describe("What is to be done; - reads standard input whole"),
    file: z
      .string()
      .min(1, "name a file")
      .optional()
      .describe("Each line that is not blank is a task; - reads standard input"),
    input: z.string().optional().describe("A task of JSON instead of a prompt, for workers that take it"),
    "swarm-id": anySwarmId.optional().describe("Who is to do it; may be left out when there is only one swarm"),
    lane: z.optional(z.enum(lane.options)).describe("Its traffic class; standard when not given"),
    priority: z
      .int("use a whole number")
      .min(0, "use 0 to 9")
      .max(9, "use 0 to 9")
      .optional()
      .describe("0 to 9, 9 first within the lane"),
    "task-timeout": z
      .number()
      .min(1, "use at least 1 second")
      .max(604_800, "use at most 604800 seconds (one week)")
      .optional()
      .describe("End a run that takes longer; else as the configuration says"),
    attempts: z
      .int("use a whole number")
      .min(1, "use at least 1")
      .max(100, "use at most 100")
      .optional()
      .describe("Runs of a task that fails, the first included"),
    key: z
      .string()
      .min(1, "give at least 1 character")
      // Room is left for the number of a line.
      .max(180, "use at most 180 characters")
      .optional()
      .describe("Submits only once under this name; lines of a file get KEY:1, KEY:2 and so on"),
    wait: z.boolean().default(false).describe("Wait until the tasks have ended; exit 1 when one did not succeed"),
    timeout: z
      .int("use a whole number of milliseconds")
      .min(100, "use at least 100 ms")
      .max(604_800_000, "use at most 604800000 ms (one week)")
      .optional()
      .describe("With --wait: exit 4 when they have not ended by then, in ms"),
    ...engineFlags,
  })
  .refine((flags) => [flags.prompt, flags.file, flags.input].filter((each) => each !== undefined).length === 1, {
    path: ["prompt"],
    message: "say what is to be done in one way: a prompt, --file FILE or --input JSON",
  })
  .refine((flags) => flags.wait || flags.timeout === undefined, {
    path: ["timeout"],
    message: "--timeout goes with --wait only; --task-timeout limits the runs of the tasks",
  });

export const taskSubmitOutput = z.object({
  swarmId: z.string(),
  results: z.array(submitResult).readonly().describe("One a task, in the order submitted"),
  tasks: z
    .array(taskRow)
    .readonly()
    .nullable()
    .describe("With --wait: the tasks as last seen; null when nothing was waited for"),
});
export type TaskSubmitOutput = z.infer<typeof taskSubmitOutput>;

// tasks, task -----------------------------------------------------------------------------------------------------

export const tasksFlags = z.strictObject({
  "swarm-id": anySwarmId.optional().describe("Only tasks of this swarm"),
  lane: z.optional(z.enum(lane.options)).describe("Only tasks of this lane"),
  states: z.array(taskStateKind).min(1, "name at least one").optional().describe("Only tasks in one of these states"),
  limit: z
    .int("use a whole number")
    .min(1, "use at least 1")
    .max(1_000, "use at most 1000; older ones with --before")
    .default(20)
    .describe("How many, newest first"),
  before: taskId.optional().describe("Only tasks older than this one"),
  ...engineFlags,
});

export const tasksOutput = z.object({
  wallMs: z.number(),
  tasks: z.array(taskRow).readonly().describe("Newest first"),
  more: z.boolean().describe("Older ones exist: ask with --before and the last id"),
});
export type TasksOutput = z.infer<typeof tasksOutput>;

export const taskFlags = z.strictObject({
  "task-id": taskId.describe("A task as `tasks` names it"),
  ...engineFlags,
});
export const taskOutput = taskRow.extend({
  input: z.string().describe("What was asked for; JSON for an input"),
  stdout: outputTail,
  stderr: outputTail,
});
export type TaskOutput = z.infer<typeof taskOutput>;

// task-cancel, task-retry -----------------------------------------------------------------------------------------

export const taskCancelFlags = z.strictObject({
  "task-id": z
    .array(taskId)
    .min(1, "name at least one task")
    .max(MAX_SUBMIT, `name at most ${MAX_SUBMIT} at once`)
    .describe("Tasks as `tasks` names them"),
  ...engineFlags,
});
export const taskCancelOutput = z.object({ results: z.array(cancelResult).readonly() });
export type TaskCancelOutput = z.infer<typeof taskCancelOutput>;

export const taskRetryFlags = z.strictObject({
  "task-id": taskId.describe("A task that failed or was cancelled, as `tasks` names it"),
  ...engineFlags,
});
export const taskRetryOutput = z.object({ retryOf: z.string(), result: submitResult });
export type TaskRetryOutput = z.infer<typeof taskRetryOutput>;
