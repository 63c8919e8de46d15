import type { ReasonTexts } from "../reasonArgs.ts";

/** What an engine that runs tells of itself, its lock and its keeper, and the requests it refuses. */
export const servingReasons: ReasonTexts = {
  "engine.stopping": () => "The engine is ending. Try again in a few seconds.",
  "method.unknown": (a) =>
    `The running engine does not know ${a.quoted("method")}. Update the older one of engine and client.`,
  "rpc.busy": (a) =>
    `The engine still works on ${a.count("inFlight", "request")} of this client. Wait for their answers.`,
  "rpc.tooMany": (a) =>
    `As many clients of the role ${a.quoted("role")} as the engine takes are connected. End some of them, or let them share one.`,
  "rpc.notInitialized": (a) => `The request ${a.quoted("method")} came before the handshake. This is a defect.`,
  "rpc.alreadyInitialized": () => "The handshake was made twice. This is a defect.",
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
  "lock.unusable": (a) =>
    `The lock file ${a.quoted("path")} cannot be used: ${a.text("reason")}. Stop the engine, then delete that file.`,
  "socket.unusable": (a) =>
    `The engine cannot listen at ${a.quoted("path")}: ${a.text("reason")}. Check who owns that folder, or set SWARM_ALLOCATOR_HOME to another.`,
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
