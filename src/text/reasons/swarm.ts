import type { ReasonTexts } from "../reasonArgs.ts";

/** Swarms, their agents and what agents are doing. */
export const swarmReasons: ReasonTexts = {
  "swarm.unknown": (a) =>
    `There is no swarm ${a.quoted("swarmId")}. ${a.has("known") ? `Known: ${a.text("known")}.` : "None is known yet: define one in the configuration, or use the demo swarm."}`,
  "swarm.observed": (a) =>
    `${a.has("swarmId") ? a.quoted("swarmId") : "This swarm"} is observed: somebody else started its agents, so it is never scaled. Stop a single agent with 'agent-stop'.`,
  "swarm.held": (a) =>
    `${a.has("swarmId") ? a.quoted("swarmId") : "The swarm"} is on hold: ${a.text("reason")}. It is supervised but does not grow.`,
  "swarm.removed": (a) => `${a.quoted("swarmId")} is no longer in the configuration; its agents are being ended.`,
  "swarm.stopped": (a) => `${a.has("swarmId") ? a.quoted("swarmId") : "The swarm"} is stopped. Start it first.`,
  "scale.aboveMax": (a) =>
    `${a.count("target", "agent")} would be above the maximum of ${a.number("max")}. Ask for fewer, or raise 'maxAgents' in the configuration.`,
  "scale.belowMin": (a) =>
    `${a.count("target", "agent")} would be below the minimum of ${a.number("min")}. Ask for more, lower 'minAgents' in the configuration, or stop the swarm.`,
  "scale.changed": (a) =>
    `The target was changed meanwhile, from ${a.number("expected")} to ${a.number("actual")}. Nothing was done; look again and repeat.`,
  "scale.memory": (a) =>
    `The new agents are expected to need ${a.bytes("neededBytes")}, and ${a.bytes("leftBytes")} are left${a.has("reserveBytes") ? ` (${a.bytes("reserveBytes")} are kept free${a.positive("promisedBytes") ? `, ${a.bytes("promisedBytes")} are promised to agents just started` : ""})` : ""}: ${a.number("fits")} would fit. Ask for fewer, or free memory first.`,
  "scale.cpu": (a) =>
    `Each new agent is expected to keep ${a.number("eachCores")} cores busy, and idle cores would do for ${a.number("fits")} of ${a.number("agents")}: all may get slower.`,
  "scale.superseded": (a) =>
    `A later request${a.has("target") ? ` for ${a.count("target", "agent")}` : ""} replaced this one.`,
  "scale.deadline": (a) =>
    `${a.number("live")} of ${a.number("target")} agents were seen by the deadline${a.positive("starting") ? `, ${a.number("starting")} still starting` : ""}. The engine goes on; 'status' shows how far it is.`,
  "scale.notANumber": (a) => `${a.quoted("target")} is not a number of agents. Use a whole number, 0 or more.`,
  "spawn.cap": (a) =>
    `${a.has("swarmId") ? a.quoted("swarmId") : "The swarm"} may hold ${a.number("cap")} agents and ${a.number("counted")} count already, those that are ending included. Wait for them, or raise 'maxAgents'.`,
  "spawn.failed": (a) =>
    `${a.quoted("command")} could not be started: ${a.text("reason")}. Check 'command' and 'cwd' of the swarm in the configuration.`,
  "worker.crashLoop": (a) =>
    `${a.quoted("command")} ends right after its start (${a.has("signal") ? `signal ${a.text("signal")}` : `exit code ${a.number("exitCode")}`})${a.optional("stderr", "; its last words: ")}. Next try in ${a.duration("retryInMs")}.`,
  "worker.exited": (a) =>
    `It ended by itself (${a.has("signal") ? `signal ${a.text("signal")}` : `exit code ${a.number("exitCode")}`})${a.optional("stderr", "; its last words: ")}.`,
  "worker.garbage": (a) =>
    `It wrote a line that is not of the worker protocol: ${a.quoted("line")}. Such output belongs on stderr.`,
  "worker.startTimeout": (a) =>
    `It has not said 'ready' within ${a.seconds("seconds")} and is replaced. Raise 'startTimeoutSeconds' if it needs longer.`,
  "worker.drainIgnored": (a) =>
    `It has not ended within ${a.seconds("seconds")} of being asked to, so it gets SIGTERM, then SIGKILL. Raise 'drainTimeoutSeconds' if its tasks take longer.`,
  "worker.lineTooLong": (a) => `It wrote a line of more than ${a.bytes("bytes")}, which was dropped.`,
  "worker.flood": (a) =>
    `It writes more than is kept${a.has("bytes") ? ` (${a.bytes("bytes")})` : ""}; the oldest output was dropped.`,
  "agent.unknown": (a) => `There is no agent ${a.quoted("agentId")}. It may have ended; 'status' lists those alive.`,
  "agent.changed": (a) =>
    `Process ${a.number("pid")} is another one by now, so nothing was signalled. The agent has ended.`,
  "agent.permission": (a) => `This user may not signal process ${a.number("pid")}. Its owner has to stop it.`,
  "agent.stillAlive": (a) =>
    `Process ${a.number("pid")} was told to end and is still alive${a.has("seconds") ? ` after ${a.seconds("seconds")}` : ""}. It may be finishing its work; look again in a moment.`,
  "agent.gone": (a) => `The agent${a.has("pid") ? ` (process ${a.number("pid")})` : ""} has ended.`,
  "sweep.survived": (a) =>
    `Process ${a.number("pid")}, started by an agent that has ended, survived SIGKILL. The system may be waiting for its disk or network; look again later.`,
  "sweep.left": (a) =>
    `Processes that an ended agent left behind could not be ended: ${a.has("pids") ? a.text("pids") : a.number("pid")}${a.optional("reason", " (", ")")}.`,
  "agent.died": (a) =>
    `${a.quoted("swarmId")}: process ${a.number("pid")} ended by itself (${a.has("signal") ? `signal ${a.text("signal")}` : `exit code ${a.number("exitCode")}`})${a.optional("stderr", "; its last words: ")}.`,
  "agent.ended": (a) => `${a.quoted("swarmId")}: process ${a.number("pid")} has ended${a.optional("how", ": ")}.`,
  "signal.refused": (a) => `The system does not let this user send ${a.text("signal")} to process ${a.number("pid")}.`,
  "signal.unverified": (a) =>
    `It could not be verified that process ${a.number("pid")} is still the same, so it was not signalled.`,
  "hold.noOperator": (a) =>
    `Nobody has been connected for ${a.seconds("seconds")}, so it is supervised but does not grow. Set 'keepRunning' in the configuration to go on without.`,
  "work.helper": (a) => `helper ${a.text("name")}`,
  "work.tool": (a) => `running ${a.text("name")}`,
  "work.task": (a) => `task ${a.text("id")}`,
};
