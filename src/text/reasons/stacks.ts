import type { ReasonArgs, ReasonTexts } from "../reasonArgs.ts";

/** Less than this is no crowd. */
const LEAST_WAITED = 0.1;

/** What a process that was looked at does, and what of it is not told. */
export const stackReasons: ReasonTexts = {
  "stacks.consent": (a) => `Nobody has agreed to an inspector being opened in the process ${a.number("pid")}.`,
  "stacks.permission": (a) =>
    `The kernel tells it only to root, or to whoever may trace the process ${a.number("pid")}.`,
  "stacks.kernel": () => "The kernel of this machine does not tell it.",
  "inspector.device": (a) =>
    `The process ${a.number("pid")} waits for a device and takes no signal, so it opens no inspector now. Ask again once it goes on.`,
  "inspector.inCall": (a) =>
    `The process ${a.number("pid")} waits in a call outside JavaScript (${a.text("call")}). The signal that opens an inspector would break it off, so none is opened.`,
  "hang.loop": (a) => `Runs JavaScript: ${cpu(a)}, and does not come back from ${call(a)}.`,
  "hang.javascript": (a) => `Runs JavaScript: ${cpu(a)}, now in ${call(a)}.`,
  "hang.briefly": (a) => `Runs JavaScript now and then: ${cpu(a)}, when looked at in ${call(a)}.`,
  "hang.native": (a) => `Runs native code: ${cpu(a)} in its main thread, and its JavaScript does not go on.`,
  "hang.runs": (a) => `Runs: ${cpu(a)} in its main thread.`,
  "hang.thread": (a) =>
    `Works in the thread ${a.quoted("name")} (${a.text("tid")}): ${cpu(a)}. The main thread waits${a.optional("main", " (", ")")}.`,
  "hang.active": (a) => `Runs on and off: ${cpu(a)} in its main thread.`,
  "hang.stopped": () => "Stopped by a signal, such as SIGSTOP or Ctrl-Z. It goes on with SIGCONT.",
  "hang.traced": (a) => `Held by a debugger${a.optional("tracer", ", process ")}.`,
  "hang.device": (a) => `Waits for a disk or another device${place(a)}, and takes no signal until that answers.`,
  "hang.fork": (a) => `Waits for a child process that it is starting${place(a)}.`,
  "hang.threadDevice": (a) =>
    `Its thread ${a.quoted("name")} (${a.text("tid")}) waits for a disk or another device${place(a)}.`,
  "hang.lock": (a) => `Waits for a lock or for another thread of its own${place(a)}.`,
  "hang.child": (a) => `Waits for a child process to end${place(a)}.`,
  "hang.sleep": (a) => `Sleeps until a time it has set${place(a)}.`,
  "hang.data": (a) => `Waits for a file, pipe or socket${place(a)}.`,
  "hang.idle": (a) => `Idle: waits for events${place(a)}.`,
  "hang.deaf": (a) =>
    `Waits for events${place(a)}, but its event loop did not answer: it may wait for a child process it has started.`,
  "hang.unknown": (a) => `Runs nothing; what it waits for is not told${place(a)}.`,
};

function cpu(a: ReasonArgs): string {
  if (!a.has("ratio")) return "CPU unknown";
  const waited =
    (a.figure("waited") ?? 0) >= LEAST_WAITED ? `, and stood in line for one ${a.ratio("waited")} of the time` : "";
  return `${a.ratio("ratio")} of a CPU${waited}`;
}

function call(a: ReasonArgs): string {
  return `${a.quoted("name")}${a.optional("place", " at ")}`;
}

/** ` (read, anon_pipe_read; pipe:[77])` */
function place(a: ReasonArgs): string {
  return a.has("call") ? ` (${a.text("call")}${a.optional("file", "; ")})` : a.optional("file", " (", ")");
}
