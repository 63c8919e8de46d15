import type { EngineConnection } from "../../engine/client.ts";
import {
  type CliTask,
  exitCode,
  taskCancelFlags,
  taskCancelOutput,
  taskRetryFlags,
  taskRetryOutput,
  taskSubmitFlags,
  type TaskSubmitOutput,
  taskSubmitOutput,
} from "../../engine/protocol/cli.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { MAX_SUBMIT } from "../../engine/protocol/tasks.ts";
import { countText } from "../../text/figures.ts";
import { reasonText } from "../../text/reasons.ts";
import { act } from "../act.ts";
import { CliFailure, usageFailure } from "../failure.ts";
import type { Line } from "../lines.ts";
import { defineVerb } from "../verb.ts";
import type { VerbContext } from "../world.ts";
import { tasksLines } from "./tasks.ts";

const POLL_MS = 300;

export const taskSubmit = defineVerb({
  name: "task-submit",
  summary: "Give work to a swarm: a prompt, each line of a file, or JSON for its workers",
  notes: [
    "A task is on disk when its id is printed. Exit code 1 when one was not taken, or with --wait when one failed.",
    "A prompt that begins with '-' follows a '--'.",
  ],
  positional: "prompt",
  flags: taskSubmitFlags,
  output: taskSubmitOutput,
  run: async (flags, context): Promise<TaskSubmitOutput> => {
    const tasks = await inputs(flags, context);
    const connection = await context.connect(!flags["no-start"]);
    const swarmId = flags["swarm-id"] ?? (await onlySwarm(connection, context));
    const { results } = await act(
      context,
      connection,
      calls.taskSubmit,
      {
        swarmId,
        lane: flags.lane,
        priority: flags.priority,
        tasks,
        ...(flags["task-timeout"] === undefined ? {} : { timeoutSeconds: flags["task-timeout"] }),
        ...(flags.attempts === undefined ? {} : { maxAttempts: flags.attempts }),
      },
      { code: "waiting.submit", args: { swarmId } },
    );
    const ids = results.flatMap((result) => (result.kind === "refused" ? [] : [result.taskId]));
    if (!flags.wait) return { swarmId, results, tasks: null };
    try {
      return { swarmId, results, tasks: await ended(connection, ids, context) };
    } catch (error) {
      // The tasks are on disk and go on: whoever waited must be able to find them again.
      const waiting = { code: "waiting.tasks", args: { ids: ids.join(", "), count: ids.length } };
      const lost = context.interrupt.aborted ? exitCode.interrupted : exitCode.unconfirmed;
      throw new CliFailure(lost, waiting.code, waiting.args, { cause: error });
    }
  },
  render: (output, width) => submitLines(output, width),
  exit: ({ results, tasks }) =>
    results.some(({ kind }) => kind === "refused") || (tasks ?? []).some(({ state }) => state.kind !== "done")
      ? exitCode.failure
      : exitCode.ok,
});

export const taskCancel = defineVerb({
  name: "task-cancel",
  summary: "Cancel a task, and wait until it is seen stopped",
  notes: [
    "An agent that does not give its task up within five seconds is ended.",
    "Exit code 1: it had ended otherwise by then. 4: not seen stopped by the deadline; the engine goes on trying.",
  ],
  positional: "task-id",
  flags: taskCancelFlags,
  output: taskCancelOutput,
  run: async (flags, context) => {
    const connection = await context.connect(!flags["no-start"]);
    const taskId = flags["task-id"];
    const waiting = { code: "waiting.cancel", args: { taskId } };
    const { results } = await act(context, connection, calls.taskCancel, { taskIds: [taskId] }, waiting);
    const [result] = results;
    if (result?.kind === "refused") throw new CliFailure(exitCode.failure, result.reason.code, result.reason.args);
    const deadline = context.monotonicMs() + flags.timeout;
    for (;;) {
      const { state } = await connection.call(calls.task, { taskId }, context.interrupt);
      const over = state.kind !== "running" && state.kind !== "waiting";
      if (over || context.monotonicMs() >= deadline) return { taskId, state: state.kind };
      await context.delay(POLL_MS, context.interrupt);
    }
  },
  render: ({ taskId, state }) => [
    state === "running" || state === "waiting"
      ? [{ text: "unconfirmed", tone: "warn" }, `  ${taskId} was not seen stopped yet`]
      : [{ text: state, tone: state === "cancelled" ? "good" : "warn" }, `  ${taskId}`],
  ],
  exit: ({ state }) =>
    state === "cancelled"
      ? exitCode.ok
      : state === "running" || state === "waiting"
        ? exitCode.unconfirmed
        : exitCode.failure,
});

export const taskRetry = defineVerb({
  name: "task-retry",
  summary: "Submit a task that failed or was cancelled once more",
  positional: "task-id",
  flags: taskRetryFlags,
  output: taskRetryOutput,
  run: async (flags, context) => {
    const connection = await context.connect(!flags["no-start"]);
    const waiting = { code: "waiting.retry", args: { taskId: flags["task-id"] } };
    const result = await act(context, connection, calls.taskRetry, { taskId: flags["task-id"] }, waiting);
    if (result.kind === "refused") throw new CliFailure(exitCode.failure, result.reason.code, result.reason.args);
    return { retryOf: flags["task-id"], taskId: result.taskId };
  },
  render: ({ taskId }) => [[{ text: "submitted", tone: "good" }, `  ${taskId}`]],
});

type Input = { prompt: string; key?: string } | { input: never; key?: string };

async function inputs(
  flags: {
    prompt?: string | undefined;
    file?: string | undefined;
    "prompt-file"?: string | undefined;
    input?: string | undefined;
    key?: string | undefined;
  },
  context: VerbContext,
): Promise<Input[]> {
  const key = flags.key === undefined ? {} : { key: flags.key };
  if (flags.prompt !== undefined) return [{ prompt: flags.prompt, ...key }];
  if (flags.input !== undefined) return [{ input: parse(flags.input) as never, ...key }];
  if (flags["prompt-file"] !== undefined)
    return [{ prompt: await context.readFile(flags["prompt-file"], context.interrupt), ...key }];
  const file = flags.file ?? "-";
  const lines = (await context.readFile(file, context.interrupt))
    .split(/\r\n|\n|\r/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  if (lines.length === 0) throw usageFailure("task.noLines", { path: file });
  if (lines.length > MAX_SUBMIT)
    throw usageFailure("task.tooMany", { path: file, lines: lines.length, max: MAX_SUBMIT });
  return lines.map((prompt) => ({ prompt }));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw usageFailure("flag.invalid", {
      flag: "input",
      value: text.slice(0, 100),
      problem: error instanceof Error ? error.message : String(error),
    });
  }
}

/** @throws CliFailure `task.whichSwarm` */
async function onlySwarm(connection: EngineConnection, context: VerbContext): Promise<string> {
  const { swarms } = await connection.call(calls.overview, {}, context.interrupt);
  const managed = swarms.filter(({ kind }) => kind === "managed").map(({ id }) => id);
  const [only] = managed;
  if (only !== undefined && managed.length === 1) return only;
  throw usageFailure("task.whichSwarm", { known: managed.join(", ") });
}

async function ended(
  connection: EngineConnection,
  ids: readonly string[],
  context: VerbContext,
): Promise<readonly CliTask[]> {
  const over = new Map<string, CliTask>();
  for (;;) {
    for (const taskId of ids) {
      if (over.has(taskId)) continue;
      const {
        input: _input,
        stdout: _out,
        stderr: _err,
        ...row
      } = await connection.call(calls.task, { taskId }, context.interrupt);
      if (row.state.kind !== "waiting" && row.state.kind !== "running") over.set(taskId, row);
    }
    if (over.size === new Set(ids).size) return ids.flatMap((id) => over.get(id) ?? []);
    await context.delay(POLL_MS, context.interrupt);
  }
}

function submitLines({ swarmId, results, tasks }: TaskSubmitOutput, width: number | null): Line[] {
  const refused = results.flatMap((result) => (result.kind === "refused" ? [result.reason] : []));
  const [first] = refused;
  return [
    ...(tasks === null
      ? results.flatMap((result): Line[] => {
          if (result.kind === "refused") return [];
          const known = result.kind === "known" ? `  submitted before, ${result.state}` : "";
          return [
            [
              { text: result.kind === "known" ? "known" : "submitted", tone: "good" },
              `  ${result.taskId}  ${swarmId}${known}`,
            ],
          ];
        })
      : tasksLines(tasks, Date.now(), width)),
    ...(first === undefined
      ? []
      : [
          [{ text: `${countText(refused.length, "task")} not taken: `, tone: "bad" }, reasonText(first)] satisfies Line,
        ]),
  ];
}
