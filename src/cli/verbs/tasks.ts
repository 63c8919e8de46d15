import {
  type CliTask,
  type TaskOutputValue,
  taskFlags,
  taskOutput,
  tasksFlags,
  tasksOutput,
} from "../../engine/protocol/cli.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { bytesText, durationText } from "../../text/figures.ts";
import { reasonText } from "../../text/reasons.ts";
import type { Line, Span } from "../lines.ts";
import { type Column, table } from "../table.ts";
import { localTime } from "../times.ts";
import { defineVerb } from "../verb.ts";

export const tasks = defineVerb({
  name: "tasks",
  summary: "List tasks, newest first: what runs, what waits, how the others ended",
  flags: tasksFlags,
  output: tasksOutput,
  run: async (flags, context) => {
    const connection = await context.connect(!flags["no-start"]);
    return connection.call(
      calls.tasks,
      {
        limit: flags.limit,
        ...(flags["swarm-id"] === undefined ? {} : { swarmId: flags["swarm-id"] }),
        ...(flags.lane === undefined ? {} : { lane: flags.lane }),
        ...(flags.state === undefined ? {} : { states: [flags.state] }),
        ...(flags.before === undefined ? {} : { before: flags.before }),
      },
      context.interrupt,
    );
  },
  render: ({ tasks: rows, more, wallMs }, width) => {
    const last = rows.at(-1);
    return [
      ...tasksLines(rows, wallMs, width),
      ...(more && last !== undefined
        ? [[{ text: `older ones: --before ${last.id}`, tone: "faint" }] satisfies Line]
        : []),
    ];
  },
});

export const task = defineVerb({
  name: "task",
  summary: "Show one task: what was asked, how it stands, what it printed",
  positional: "task-id",
  flags: taskFlags,
  output: taskOutput,
  run: async (flags, context) => {
    const connection = await context.connect(!flags["no-start"]);
    return connection.call(calls.task, { taskId: flags["task-id"] }, context.interrupt);
  },
  render: (value) => taskLines(value),
});

const COLUMNS: readonly Column[] = [
  { title: "SUBMITTED", align: "left" },
  { title: "SWARM", align: "left" },
  { title: "LANE", align: "left" },
  { title: "STATE", align: "left" },
  { title: "RUN", align: "right" },
  { title: "ID", align: "left" },
  { title: "TASK", align: "left", elastic: true },
];

export function tasksLines(rows: readonly CliTask[], nowMs: number, width: number | null): Line[] {
  if (rows.length === 0) return [["No tasks. Submit one with 'task-submit'."]];
  const cells = rows.map((row): Span[] => [
    localTime(row.submittedAtMs),
    row.swarmId,
    row.lane,
    stateSpan(row, nowMs),
    `${row.attempt}/${row.maxAttempts}`,
    row.id,
    row.state.kind === "failed" ? `${row.label} · ${reasonText(row.state.reason)}` : row.label,
  ]);
  return table(COLUMNS, cells, width);
}

export function stateSpan({ state }: CliTask, nowMs: number): Span {
  switch (state.kind) {
    case "waiting":
      return state.notBeforeMs !== null && state.notBeforeMs > nowMs
        ? `again in ${durationText(state.notBeforeMs - nowMs)}`
        : "waiting";
    case "running":
      return {
        text: `${state.cancelledBy === null ? "running" : "stopping"} ${durationText(nowMs - state.sinceMs)}`,
        tone: "strong",
      };
    case "done":
      return { text: `done in ${durationText(state.tookMs)}`, tone: "good" };
    case "failed":
      return { text: "failed", tone: "bad" };
    case "cancelled":
      return { text: "cancelled", tone: "faint" };
  }
}

function taskLines(value: TaskOutputValue): Line[] {
  const { state, stdout, stderr } = value;
  return [
    [{ text: value.id, tone: "strong" }],
    [
      `${value.swarmId} · lane ${value.lane} · priority ${value.priority} · run ${value.attempt} of ${value.maxAttempts}`,
    ],
    [stateSpan(value, Date.now()), ...(state.kind === "failed" ? [`: ${reasonText(state.reason)}`] : [])],
    [],
    ...text("asked for", value.input, 0),
    ...text("output", stdout.text, stdout.droppedBytes),
    ...text("errors", stderr.text, stderr.droppedBytes),
  ];
}

function text(title: string, content: string, droppedBytes: number): Line[] {
  if (content === "") return [];
  const dropped = droppedBytes > 0 ? ` (${bytesText(droppedBytes)} before this were not kept)` : "";
  return [
    [{ text: `${title}${dropped}`, tone: "faint" }],
    ...content.split(/\r\n|\n|\r/).map((line): Line => [`  ${line}`]),
  ];
}
