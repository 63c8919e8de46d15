import type { ReasonTexts } from "../reasonArgs.ts";

/** Reaching the engine: what a client tells by itself, with none at work. Everything else is in `engineReasons.ts`. */
export const connectionReasons: ReasonTexts = {
  aborted: () => "Cancelled before it was done.",
  internal: (a) => `Unexpected error: ${a.text("message")}. This is a defect; the engine's log may say more.`,
  "engine.notRunning": (a) =>
    `No engine runs on this machine${a.optional("reason", " (", ")")}. A command without '--no-start' starts one, and so does the editor.`,
  "engine.failed": (a) =>
    `The engine ended right after its start${a.optional("detail", ": ")}. ${a.has("log") ? `Its log is ${a.quoted("log")}. ` : ""}Correct the cause and try again.`,
  "engine.startTimeout": (a) =>
    `The engine was not ready within ${a.seconds("seconds")}${a.optional("endpoint", " (", ")")}.${a.has("log") ? ` Its log is ${a.quoted("log")}.` : ""} Try again.`,
  "engine.unresponsive": (a) =>
    `The engine (process ${a.number("pid")}) runs but does not answer. Its keeper restarts one that hangs within 30 s; try again then.`,
  "engine.handOverTimeout": (a) =>
    `The older engine has not made room within ${a.seconds("seconds")}. Stop it with 'swarm-allocator engine-stop' and try again.`,
  "engine.copying": (a) => `Copying the engine to ${a.quoted("path")}…`,
  "engine.starting": () => "Starting the engine…",
  "engine.waiting": () => "Waiting for the engine…",
  "engine.handingOver": (a) => `Replacing the running engine ${a.text("from")} by ${a.text("to")}…`,
  "endpoint.unreachable": (a) =>
    `The engine's socket ${a.quoted("path")} cannot be opened: ${a.text("reason")}. Check who owns it.`,
  "install.incomplete": (a) =>
    `The installation ${a.quoted("path")} is not complete: ${a.text("missing")}. Build or install it again.`,
  "client.outdated": (a) =>
    `The running engine${a.optional("engine", " ")} is newer than this client${a.optional("client", " (", ")")}. Update the extension or the command line.`,
  "protocol.unsupported": (a) =>
    `The engine and this client have no protocol version in common${a.has("engineMin") ? ` (engine: ${a.number("engineMin")} to ${a.number("engineMax")}, client: ${a.number("clientMin")} to ${a.number("clientMax")})` : ""}. Update the older one.`,
  "token.refused": () => "The engine refused this client's token: it was replaced a moment ago. Try again.",
  "rpc.timeout": (a) =>
    `The engine gave no answer${a.has("method") ? ` to ${a.quoted("method")}` : ""}${a.has("afterMs") ? ` within ${a.duration("afterMs")}` : " in time"}. It may still do what was asked: see 'status'.`,
  "rpc.closed": (a) =>
    `The connection to the engine was lost${a.optional("reason", " (", ")")}. It may still do what was asked: see 'status'.`,
  "rpc.failed": (a) => `The request ${a.quoted("method")} failed: ${a.text("reason")}.`,
  "runtime.endsWithEditor": (a) =>
    `The engine runs on the editor's own program ${a.quoted("path")} and ends with its last window. Set 'swarm.nodePath' or put a 'node' of 22.15 or newer on the PATH to keep it.`,
  "node.tooOld": (a) =>
    `Node ${a.text("version")}${a.optional("path", " at ")} is too old for the engine; it needs ${a.has("needed") ? a.text("needed") : "22.15"} or newer. Set 'swarm.nodePath' or put a newer 'node' on the PATH.`,
  "node.missing": (a) =>
    `No usable Node${a.has("path") ? ` at ${a.quoted("path")}` : ""}${a.optional("reason", ": ")}. Set 'swarm.nodePath' to one of 22.15 or newer, or put it on the PATH.`,
  "session.disposed": () => "The connection to the engine was closed by this window.",
  "keeper.failed": (a) =>
    `The engine crashed too often and is not started again${a.optional("detail", ": ")}. 'Restart Engine' tries once more.`,
  "keeper.died": (a) =>
    `The keeper, started with ${a.quoted("command")}, ended at once${a.has("signal") ? ` (signal ${a.text("signal")})` : a.has("exitCode") ? ` (exit code ${a.number("exitCode")})` : ""}${a.optional("detail", ": ")}.${a.has("log") ? ` Its log is ${a.quoted("log")}.` : ""}`,
  "loginShell.failed": (a) =>
    `The login shell ${a.quoted("shell")} could not be asked for its environment: ${a.text("reason")}. Agents get the environment that the engine was started with; check the shell's start-up files.`,
  "state.unwritable": (a) =>
    `The state folder ${a.quoted("path")} cannot be written: ${a.text("reason")}. Make it writable, or set SWARM_ALLOCATOR_HOME to a folder that is.`,
  "runtime.unwritable": (a) =>
    `The folder for the engine's socket, ${a.quoted("path")}, cannot be written: ${a.text("reason")}. Make it writable, or set SWARM_ALLOCATOR_HOME to a folder that is.`,
  "folder.foreign": (a) =>
    `The folder ${a.quoted("path")} belongs to another user (id ${a.number("owner")}), so it is not used. Remove it, or set SWARM_ALLOCATOR_HOME to a folder of your own.`,
  "state.network": (a) =>
    `The state folder ${a.quoted("path")} is on a network file system, where locks cannot be trusted. Using ${a.quoted("fallback")} instead; set SWARM_ALLOCATOR_HOME to a local folder to choose yourself.`,
};
