import type { ReasonTexts } from "../reasonArgs.ts";

/** Reaching the engine, and being understood by it. */
export const connectionReasons: ReasonTexts = {
  aborted: () => "Cancelled before it was done.",
  internal: (a) => `Unexpected error: ${a.text("message")}. This is a defect; the engine's log may say more.`,
  "engine.notRunning": (a) => `No engine runs on this machine${a.optional("reason", " (", ")")}.`,
  "engine.failed": (a) =>
    `The engine ended right after its start${a.optional("detail", ": ")}. ${a.has("log") ? `Its log is ${a.quoted("log")}. ` : ""}Correct the cause and try again.`,
  "engine.startTimeout": (a) =>
    `The engine was not ready within ${a.seconds("seconds")}${a.optional("endpoint", " (", ")")}.${a.has("log") ? ` Its log is ${a.quoted("log")}.` : ""} Try again.`,
  "engine.unresponsive": (a) =>
    `The engine (process ${a.number("pid")}) runs but does not answer. Its keeper restarts one that hangs within 30 s; try again then.`,
  "engine.handOverTimeout": (a) =>
    `The older engine has not made room within ${a.seconds("seconds")}. Stop it with 'swarm-allocator engine-stop' and try again.`,
  "engine.stopping": () => "The engine is ending. Try again in a few seconds.",
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
  "method.unknown": (a) =>
    `The running engine does not know ${a.quoted("method")}. Update the older one of engine and client.`,
  "rpc.timeout": (a) =>
    `The engine gave no answer${a.has("method") ? ` to ${a.quoted("method")}` : ""}${a.has("afterMs") ? ` within ${a.duration("afterMs")}` : " in time"}. It may still do what was asked: see 'status'.`,
  "rpc.closed": (a) =>
    `The connection to the engine was lost${a.optional("reason", " (", ")")}. It may still do what was asked: see 'status'.`,
  "rpc.busy": (a) =>
    `The engine still works on ${a.count("inFlight", "request")} of this client. Wait for their answers.`,
  "rpc.failed": (a) => `The request ${a.quoted("method")} failed: ${a.text("reason")}.`,
  "rpc.notInitialized": (a) => `The request ${a.quoted("method")} came before the handshake. This is a defect.`,
  "rpc.alreadyInitialized": () => "The handshake was made twice. This is a defect.",
  "runtime.endsWithEditor": (a) =>
    `The engine runs on the editor's own program ${a.quoted("path")} and ends with its last window. Set 'swarm.nodePath' or put a 'node' of 22.15 or newer on the PATH to keep it.`,
  "node.tooOld": (a) =>
    `Node ${a.text("version")}${a.optional("path", " at ")} is too old for the engine; it needs ${a.has("needed") ? a.text("needed") : "22.15"} or newer. Set 'swarm.nodePath' or put a newer 'node' on the PATH.`,
  "node.missing": (a) =>
    `No usable Node${a.has("path") ? ` at ${a.quoted("path")}` : ""}${a.optional("reason", ": ")}. Set 'swarm.nodePath' to one of 22.15 or newer, or put it on the PATH.`,
  "role.denied": (a) =>
    `This needs the role ${a.has("needed") ? a.quoted("needed") : "'operator'"}${a.optional("role", ", not '", "'")}. Trust the workspace first.`,
  "params.invalid": (a) =>
    `The engine refused ${a.has("path") ? `the value of ${a.quoted("path")}` : "the request"}${a.optional("problem", ": ")}.`,
  "lock.held": (a) => `Another engine of this user holds ${a.quoted("path")}. Only one may run on a machine.`,
  "lock.removed": () =>
    "The engine's lock file was removed or replaced, so a second engine could start beside this one. Stop the engine with 'swarm-allocator engine-stop' and start it again.",
  "handOver.refused": (a) =>
    `The engine of version ${a.text("running")} does not make room for ${a.text("version")}, which is not newer.`,
  "handOver.missing": (a) =>
    `The engine build ${a.quoted("folder")} is not in the state folder, so the running engine stays. Install again.`,
  "session.disposed": () => "The connection to the engine was closed by this window.",
  "lock.unusable": (a) =>
    `The lock file ${a.quoted("path")} cannot be used: ${a.text("reason")}. Stop the engine, then delete that file.`,
  "socket.unusable": (a) =>
    `The engine cannot listen at ${a.quoted("path")}: ${a.text("reason")}. Check who owns that folder, or set SWARM_ALLOCATOR_HOME to another.`,
  "keeper.failed": (a) =>
    `The engine crashed too often and is not started again${a.optional("detail", ": ")}. 'Restart Engine' tries once more.`,
  "keeper.died": (a) =>
    `The keeper, started with ${a.quoted("command")}, ended at once${a.has("signal") ? ` (signal ${a.text("signal")})` : a.has("exitCode") ? ` (exit code ${a.number("exitCode")})` : ""}${a.optional("detail", ": ")}.${a.has("log") ? ` Its log is ${a.quoted("log")}.` : ""}`,
  "loginShell.failed": (a) =>
    `The login shell ${a.quoted("shell")} could not be asked for its environment: ${a.text("reason")}. Agents get the environment that the engine was started with; check the shell's start-up files.`,
  "keeper.lost": (a) =>
    `The engine lost its keeper${a.optional("reason", ": ")}${a.optional("detail", ": ")}. It restarts.`,
  "keeper.protocol": (a) =>
    `The keeper and the engine do not understand each other (${a.entries()}). Stop the engine and start it again.`,
  "keeper.deadline": (a) =>
    `The keeper gave no answer${a.optional("op", " to '", "'")}${a.has("afterMs") ? ` within ${a.duration("afterMs")}` : " in time"}.`,
  "keeper.aborted": () => "Cancelled before the keeper answered.",
  "keeper.not-found": (a) => `The keeper knows no such agent${a.optional("detail", ": ")}.`,
  "keeper.exists": (a) => `The keeper already runs an agent under this id${a.optional("detail", ": ")}.`,
  "keeper.stale-epoch": (a) =>
    `This engine was replaced by a newer one and may not act any more${a.optional("detail", ": ")}.`,
  "keeper.gone": (a) => `The agent has ended${a.optional("detail", ": ")}.`,
  "keeper.full": (a) =>
    `The agent does not read its input, which is full${a.optional("detail", ": ")}. Stop it if it hangs.`,
  "keeper.bad-request": (a) =>
    `The keeper did not understand the engine${a.optional("detail", ": ")}. This is a defect.`,
  "keeper.spawn-failed": (a) => `The command could not be started${a.optional("detail", ": ")}.`,
  "keeper.alive": (a) => `The agent still lives${a.optional("detail", ": ")}.`,
  "keeper.io": (a) =>
    `The keeper could not read or write${a.optional("detail", ": ")}. Check the free space of the state folder.`,
};
