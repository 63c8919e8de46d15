import * as z from "zod";
import { LANES } from "../../engine/protocol/lanes.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { MAX_PROMPT_BYTES, type OutputTail, type TaskDetail } from "../../engine/protocol/tasks.ts";
import { ToolFailure } from "../failure.ts";
import { reason, reasonOf, swarmId } from "../shapes.ts";
import { defineTool } from "../tool.ts";

/** Of each stream the end, in characters. */
const MAX_OUTPUT = 16_000;
const MAX_WAIT_SECONDS = 50;
const LOOK_MS = 500;

const submitOutput = z.object({
  outcome: z.enum(["accepted", "known", "refused"]),
  taskId: z.string().nullable(),
  reason: reason.nullable().describe("Why it was refused"),
});

export const submitTask = defineTool({
  name: "submit_task",
  title: "Submit a task",
  description:
    "Gives a managed swarm one task: a prompt, or for workers that take it an input. It waits in its lane and runs when there is room; task_result tells how it went. With a key, the same again is the same task.",
  kind: "acts",
  input: z.strictObject({
    swarmId,
    prompt: z.string().min(1).max(MAX_PROMPT_BYTES).optional(),
    input: z.json().optional().describe("Instead of a prompt"),
    lane: z.enum(LANES).optional().describe("standard when left out"),
    priority: z.int().min(0).max(9).optional().describe("9 first; 5 when left out"),
    timeoutSeconds: z.number().min(1).max(604_800).optional(),
    key: z.string().min(1).max(200).optional().describe("Your own word for this task: the same again is the same task"),
  }),
  output: submitOutput,
  run: async (
    { swarmId: id, prompt, input, key, lane, priority, timeoutSeconds },
    { call },
  ): Promise<z.input<typeof submitOutput>> => {
    if ((prompt === undefined) === (input === undefined)) throw new ToolFailure("task.oneOf");
    const keyed = key === undefined ? {} : { key };
    const task = prompt === undefined ? { input: input ?? null, ...keyed } : { prompt, ...keyed };
    const { results } = await call(calls.taskSubmit, {
      swarmId: id,
      ...(lane === undefined ? {} : { lane }),
      ...(priority === undefined ? {} : { priority }),
      ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
      tasks: [task],
    });
    const [result] = results;
    if (result === undefined) throw new ToolFailure("internal", { message: "no result for one task" });
    return result.kind === "refused"
      ? { outcome: "refused", taskId: null, reason: reasonOf(result.reason) }
      : { outcome: result.kind, taskId: result.taskId, reason: null };
  },
});

export const taskResult = defineTool({
  name: "task_result",
  title: "Result of a task",
  description:
    "How a task stands and the end of what it wrote. waitSeconds waits that long for it to be over, 50 at most; a state of waiting or running then means: not yet.",
  kind: "reads",
  input: z.strictObject({
    taskId: z.uuid(),
    waitSeconds: z.number().min(0).max(MAX_WAIT_SECONDS).optional(),
  }),
  output: z.object({
    taskId: z.string(),
    swarmId: z.string(),
    lane: z.enum(LANES),
    state: z.enum(["waiting", "running", "done", "failed", "cancelled"]),
    attempt: z.int(),
    reason: reason.nullable().describe("Why it failed, or waits again"),
    tookMs: z.number().nullable(),
    stdout: z.string().describe("The end of it: what an agent wrote, nothing else"),
    stdoutDropped: z.int().describe("Bytes or characters before it that are not told"),
    stderr: z.string(),
    stderrDropped: z.int(),
  }),
  run: async ({ taskId, waitSeconds = 0 }, { call, delay, signal, wallMs }) => {
    const untilMs = wallMs() + waitSeconds * 1_000;
    for (;;) {
      const task = await call(calls.task, { taskId });
      const isOver = task.state.kind !== "waiting" && task.state.kind !== "running";
      const leftMs = untilMs - wallMs();
      if (isOver || leftMs <= 0) return resultOf(task);
      await delay(Math.min(LOOK_MS, leftMs), signal);
    }
  },
});

function resultOf({ id, swarmId: of, lane, state, attempt, stdout, stderr }: TaskDetail) {
  const why = state.kind === "failed" ? state.reason : state.kind === "waiting" ? state.lastFailure : null;
  const out = tail(stdout);
  const err = tail(stderr);
  return {
    ...{ taskId: id, swarmId: of, lane, state: state.kind, attempt },
    reason: why === null ? null : reasonOf(why),
    tookMs: state.kind === "done" ? state.tookMs : null,
    ...{ stdout: out.text, stdoutDropped: out.dropped, stderr: err.text, stderrDropped: err.dropped },
  };
}

function tail({ text, droppedBytes }: OutputTail): { readonly text: string; readonly dropped: number } {
  const over = Math.max(0, text.length - MAX_OUTPUT);
  return { text: text.slice(over), dropped: droppedBytes + over };
}
