import * as z from "zod";

/**
 * What a long-lived worker and the engine say to each other: one JSON object a line, on the worker's stdin and stdout.
 * The README's "Worker protocol" describes it for people; this is the same for the code.
 */
export const WORKER_LINE_BYTES = 1 << 20;

const taskId = z.string().min(1).max(200);

/** Worker → engine. Unknown fields are ignored, so that a worker may say more. */
export const workerMessage = z.discriminatedUnion("type", [
  /** Able to take a task. `info` is free for the provider (the demo's model API tells its port in it). */
  z.object({ type: z.literal("ready"), info: z.record(z.string(), z.json()).optional() }),
  z.object({ type: z.literal("started"), id: taskId }),
  z.object({ type: z.literal("done"), id: taskId, output: z.json().optional() }),
  z.object({ type: z.literal("failed"), id: taskId, error: z.string().max(10_000) }),
  z.object({ type: z.literal("log"), message: z.string().max(10_000) }),
]);
export type WorkerMessage = z.infer<typeof workerMessage>;

/** Engine → worker. End of stdin means: end now, nobody is there any more. */
export type EngineMessage =
  | { readonly type: "task"; readonly id: string; readonly input: unknown }
  /** Give that task up and say `failed`; who has not after five seconds is ended. */
  | { readonly type: "cancel"; readonly id: string }
  /** Finish what you have, take nothing more, then exit 0. */
  | { readonly type: "drain" };
