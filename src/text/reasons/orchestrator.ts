import type { RecordsNeed } from "../../engine/protocol/orchestrators.ts";
import type { ReasonArgs, ReasonTexts } from "../reasonArgs.ts";

const OF_AGENTS =
  "This needs agents and tasks of the engine's own. Of this one there are its size ('swarm-scale', 'predict-size') and what it claims ('metrics-collect', 'performance-report', 'bottleneck-analyze').";
const PREDICT = "'predict-size' (Predict Size…) plans a size by what its records say of their load (claimed)";

/** Why a swarm of records does not do, and what can be done instead; both in the words of the command line and of the palette. */
const NEEDS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    agents: OF_AGENTS,
    forecast: `A forecast needs demand that was measured here over time. Instead, ${PREDICT}.`,
    optimize: `An allocation is found by what tasks of the engine's own took. Instead, ${PREDICT}; once that size is confirmed the topology is improved as well.`,
    allocate:
      "A file is carried out on agents of the engine's own. Instead, give it agents by name: 'daa-resource-alloc --swarm-id' (Allocate Resources… on its row).",
  } satisfies Record<RecordsNeed, string>),
);

/** Which processes there are to choose from, or why there is none and what else there is. */
function toProfile(a: ReasonArgs): string {
  const server = a.has("server") ? `${a.number("server")} (its MCP server)` : null;
  if (a.has("processes")) {
    const more = a.positive("more") ? ` and ${a.number("more")} more` : "";
    return `Name the one to profile with --pid: ${a.text("processes")}${more}${server === null ? "" : `, or ${server}`}.`;
  }
  const none =
    "No process names a record on its command line or runs below its server, and a record cannot be profiled.";
  if (server !== null) return `${none} What can be is ${server}, with --pid.`;
  return a.text("link") === "connected"
    ? `${none} Its server is reached by a URL, so that is no process here either. Name any other process with --pid.`
    : `${none} Its server does not run now; 'status' says why. Once it does, it can be profiled; any other process can, with --pid.`;
}

/** Orchestrators, the tools they offer and what their records are worth. */
export const orchestratorReasons: ReasonTexts = {
  "orchestrator.claimedOnly": () =>
    "Its figures are claimed, so nothing is sized by them: it is scaled only when you say so, and confirmed by reading its records back.",
  "orchestrator.notConnected": (a) =>
    `${a.has("swarmId") ? a.quoted("swarmId") : "The orchestrator"} is not connected (${a.text("state")}). 'status' says why and when it is tried again.`,
  "orchestrator.busy": (a) =>
    `${a.quoted("swarmId")} is being scaled to ${a.number("target")} already. Wait until that has ended; 'status' shows it.`,
  "breaker.ofOrchestrator": () =>
    "It stands before every call to its orchestrator and has limits of its own; what is configured is for agents and tasks of the engine's own.",
  "orchestrator.notOne": (a) =>
    `Its server offers ${a.count("tools", "tool")} and no 'agent_list', so it keeps no records of agents. Check 'command' and 'args', or 'url', in the configuration.`,
  "orchestrator.noList": (a) =>
    `Its 'agent_list' did not answer with a list of agents${a.optional("said", "; it says: ")}. It is asked again in a moment.`,
  "orchestrator.listUnprobed": (a) =>
    `Whether the records of ${a.quoted("swarmId")} are made up is not known yet, so nothing is sized by them. It is looked at again within half a minute; 'status' shows what 'agent_list' lacks.`,
  "swarm.recordsOnly": (a) =>
    `${a.has("swarmId") ? a.quoted("swarmId") : "This swarm"} belongs to an orchestrator: what is known of it are records (claimed), and none of its agents is run by this engine. ${NEEDS.get(a.text("need")) ?? OF_AGENTS}`,
  "profile.records": (a) =>
    `${a.quoted("swarmId")} belongs to an orchestrator: its agents are ${a.count("records", "record")} (claimed), and ${a.number("seen")} ${a.figure("seen") === 1 ? "process" : "processes"} of them ${a.figure("seen") === 1 ? "was" : "were"} seen. ${toProfile(a)}`,
  "undo.records": (a) =>
    `Records of an orchestrator are not undone by themselves: scale ${a.quoted("swarmId")} to ${a.number("from")}.`,
  "mcp.notStarted": (a) =>
    `${a.has("command") ? a.quoted("command") : "The server"} could not be started: ${a.text("reason")}. Check 'command' and 'cwd' of the orchestrator in the configuration.`,
  "mcp.ended": (a) =>
    `The server's process ended (${a.has("signal") ? `signal ${a.text("signal")}` : `exit code ${a.number("exitCode")}`})${a.optional("stderr", "; its last words: ")}. It is started again by itself; 'status' says when. Should it go on ending, check 'command' and 'args' in the configuration.`,
  "mcp.closed": () => "The connection to the server is closed. It is made again by itself; 'status' says when.",
  "mcp.timeout": (a) =>
    `The server has not answered '${a.text("call")}' within ${a.duration("afterMs")}. Raise 'callTimeoutSeconds' if it needs longer.`,
  "mcp.failed": (a) => `'${a.text("call")}' failed: ${a.text("reason")}.`,
  "mcp.tooLong": (a) => `The server sent a message of more than ${a.bytes("bytes")}, so the connection was ended.`,
  "mcp.flood": () =>
    "The server sends far more than it is asked for, without end, so it is ended. Look at what it prints on stdout and stderr; it is tried again in a while.",
  "mcp.tooManyTools": (a) =>
    `The server lists ${a.number("tools")} tools and goes on; none is used. Check 'command' and 'args', or 'url', in the configuration: it may not be the one that is meant.`,
  "mcp.notReading": (a) =>
    `The server does not read what it is asked: ${a.bytes("bytes")} wait for it. Should it not read again, end its process: another one is started by itself.`,
  "mcp.url": (a) =>
    `${a.quoted("url")} is not used: it must be https, or http on 127.0.0.1, [::1] or localhost, without a name or password in it.`,
  "mcp.token": (a) =>
    `The token file ${a.quoted("path")} is not used: ${a.text("problem")}. Put the token alone into a file of yours with mode 600.`,
  "mcp.tokenMissing": (a) =>
    `The token of ${a.quoted("swarmId")} is kept by an editor, and none has given it: run 'Swarm: Set Token of Orchestrator…' there, or name a 'tokenFile' in the configuration.`,
  "mcp.tokenRefused": (a) =>
    `The server lets nobody in with this token, or without one (HTTP ${a.number("status")}). Give it the one that its operator has issued: 'tokenFile' in the configuration, or 'tokenFromEditor' and 'Swarm: Set Token of Orchestrator…'.`,
  "mcp.tokenUnasked": (a) =>
    `${a.quoted("swarmId")} takes no token from an editor: set 'url' and 'tokenFromEditor' in its configuration first.`,
  "mcp.tokenOtherUrl": (a) =>
    `The token is for another URL than the one ${a.quoted("swarmId")} has now, so it is not used. Set it again for the new one.`,
  "scale.recordsStay": (a) =>
    `${a.number("records")} records remain, asked for were ${a.number("target")}: none of its tools takes a record out.`,
  "scale.recordsBusy": (a) =>
    `${a.number("records")} records remain, asked for were ${a.number("target")}: ${a.number("busy")} say that they are busy and are left alone.`,
  "scale.recordsRefused": (a) =>
    `${a.number("records")} records were read back, asked for were ${a.number("target")}: '${a.text("tool")}' refused${a.optional("said", "; it says: ")}.`,
  "scale.recordsDeadline": (a) =>
    `${a.number("records")} records were read back by the deadline, asked for were ${a.number("target")}.`,
  "scale.recordsUnmoved": (a) =>
    `${a.number("records")} records were read back, asked for were ${a.number("target")}, although its tools said that it was done.`,
  "scale.recordsUnseen": (a) =>
    `${a.number("records")} records were read back, asked for were ${a.number("target")}: ${a.number("unseen")} that were asked for are not in its list yet, and count against the most of ${a.number("max")}. Ask again in a minute.`,
  "scaled.by": (a) => `'${a.text("tool")}' brought ${a.number("from")} records to ${a.number("to")}`,
  "scaled.added": (a) => `'${a.text("tool")}' added ${a.count("count", "record")}`,
  "scaled.removed": (a) => `'${a.text("tool")}' took ${a.count("count", "record")} out`,
  "scaled.nothing": (a) => `'${a.text("tool")}' said yes and changed nothing`,
  "scaled.unlisted": (a) => `'${a.text("tool")}' counts what it was asked for, and the list does not show it yet`,
  "scaled.onlyBusy": (a) => `'${a.text("tool")}' takes out idle records only, and there is none`,
  "scaled.poolOfNone": (a) =>
    `'${a.text("tool")}' was not asked for 0, which it takes for 5; records are taken out one by one`,
  "scaled.poolOther": (a) =>
    `'${a.text("tool")}' was not asked for a size: it counts ${a.has("pool") ? a.number("pool") : "an unknown number"}, and ${a.number("listed")} are listed`,
  "scaled.refused": (a) => `'${a.text("tool")}' refused${a.optional("said", ": ")}`,
  "scaled.cannotAdd": () => "no tool adds a record",
  "scaled.cannotRemove": (a) => `no tool takes out the ${a.count("count", "record")} too many`,
  "grade.noTool": () => "No tool for it is listed.",
  "grade.unprobed": () => "Asking would change something; its first use will tell.",
  "grade.noAnswer": (a) =>
    `'${a.text("tool")}' did not answer when it was looked at. It is asked again in five minutes.`,
  "grade.listUnsure": (a) =>
    `It tells ${a.count("count", "record")} also of a swarm that does not exist, and its status does not count them: they may be made up.`,
  "grade.refusedAsUnknown": (a) => `'${a.text("tool")}' is answered as an unknown tool.`,
  "grade.refuses": (a) => `'${a.text("tool")}' answers with an error${a.optional("said", ": ")}`,
  "grade.fails": (a) => `It says itself that it failed${a.optional("said", ": ")}`,
  "grade.hollow": (a) => `'${a.text("tool")}' answers just as a tool does that does not exist: it does nothing.`,
  "grade.ignoresSwarm": (a) =>
    `While '${a.text("tool")}' was asked about a swarm that does not exist, ${a.count("count", "record")} appeared. Those that it named were taken out again; left, as they may be somebody else's: ${a.number("left")}.`,
  "grade.noList": () => "It does not answer with a list of agents.",
  "grade.madeUp": (a) =>
    `It tells ${a.count("count", "record")} also of a swarm that does not exist: those are made up and not counted.`,
  "grade.ownRecords": () => "It tells what its own records hold; nothing else bears it out.",
  "grade.processesSeen": (a) =>
    `${a.count("count", "record")} of it stand on the command lines of processes that were seen.`,
  "grade.uncheckable": () => "It tells nothing that could be held against a measurement.",
  "grade.saysNothing": () => "Its answer holds no figure.",
  "grade.memoryAgrees": (a) =>
    `Its '${a.text("path")}' (${a.number("said")}) is this machine's memory as measured here. Its other figures are not borne out.`,
  "grade.shareAgrees": (a) =>
    `It says that ${a.ratio("said")} of the memory is used, ${a.ratio("measured")} were measured here. Its other figures are not borne out.`,
  "grade.partlyVerified": (a) =>
    `'${a.text("verified")}' tells this machine's memory as it was measured here; nothing bears out '${a.text("rest")}', or the other figures.`,
  "grade.countsDown": (a) =>
    `Its '${a.text("path")}' went from ${a.number("first")} down to ${a.number("second")} between two answers: it is made up.`,
  "grade.scaled": (a) => `Its records went from ${a.number("from")} to ${a.number("to")}; no process was seen.`,
  "grade.scaledNothing": (a) =>
    `Asked for ${a.number("asked")}, it said yes, and there were ${a.number("before")} records as before.`,
  "grade.added": (a) => `${a.count("count", "record")} appeared; no process was seen.`,
  "grade.addedNothing": () => "It said yes, and no record appeared.",
  "grade.removed": (a) => `${a.count("count", "record")} disappeared; no process was ended.`,
  "grade.removedNothing": () => "It said yes, and no record disappeared.",
  "grade.keptNote": () => "It says that it has taken a note of an allocation; nothing is limited by it.",
  "grade.setNothing": (a) => `Set to '${a.text("asked")}', it was '${a.text("found")}' afterwards.`,
  "grade.topologySet": (a) => `Its record went from '${a.text("from")}' to '${a.text("to")}'.`,
  "swarm.notOrchestrated": (a) =>
    `${a.quoted("swarmId")} belongs to no orchestrator: its figures are measured here. Ask for those.`,
  "allocation.late": (a) =>
    `Not all of it was seen within ${a.seconds("seconds")}, so it was taken back; 'allocations' shows what is left.`,
  "allocation.notEnded": (a) => `The allocation has not ended (${a.text("state")}); 'allocations' shows it.`,
  "allocation.bounded": (a) =>
    `${a.number("asked")} agents were asked for; its bounds are ${a.number("min")} to ${a.number("max")}.`,
  "allocation.unmeasured": () => "The machine was not measured yet, so nothing is said about room.",
  "allocation.room": (a) =>
    `${a.number("asked")} agents of ${a.bytes("eachBytes")} each were asked for; ${a.bytes("leftBytes")} are left beside those that are there: ${a.number("fits")} fit in all.`,
  "allocation.noLimits": (a) =>
    `'${a.text("resource")}' cannot be limited: the agents of ${a.quoted("swarmId")} are records, and no process of theirs is ours.`,
  "predictive.unknownLoad": (a) =>
    a.positive("records")
      ? `Not all of its ${a.count("records", "record")} say whether they are busy, so its load is not known and nothing is planned.`
      : "It tells of no record, so its load is not known and nothing is planned. 'swarm-scale' sets a size.",
  "predictive.unknownWaiting": (a) =>
    `${a.number("busy")} of ${a.count("records", "record")} say they are busy (claimed), and nothing tells how many tasks wait, so none is taken out. 'swarm-scale' sets a smaller size.`,
  "predictive.claimedLoad": (a) =>
    `${a.number("busy")} of ${a.count("records", "record")} say they are busy; with what waits that is ${a.number("demand")} (claimed), for which ${a.number("to")} do.`,
  "predictive.forecast": (a) => `The forecast of the next hour needs up to ${a.count("to", "agent")}.`,
  "predictive.changed": (a) =>
    `By now ${a.number("actual")} would be planned, and not ${a.number("expected")} as it was agreed to. Look again.`,
  "predictive.notIdle": (a) =>
    `The forecast of the next hour needs ${a.count("forecast", "agent")}, but its load is ${a.number("current")} now and ${a.number("combined")} combined: no agent is taken out unless both are below ${a.number("threshold")}.`,
  "predictive.loadMissing": (a) =>
    `The forecast of the next hour needs ${a.count("forecast", "agent")}, but its load of now is not known, so none is taken out. 'swarm-scale' sets a smaller size.`,
  "predictive.noPlan": () => "The forecast is not ready, so nothing is planned.",
  "topology.none": () => "Its agents take tasks from a queue: there is no topology to improve.",
  "topology.deadline": () =>
    "The size was confirmed, and no time was left to see the topology improved. Scale with a longer '--timeout' to wait for it.",
  "topology.unseen": (a) => `'${a.text("tool")}' said yes, and nothing tells what the topology is.`,
  "topology.unmoved": (a) =>
    `'${a.text("tool")}' was set to '${a.text("asked")}' and says '${a.text("found")}' afterwards.`,
  "topology.notConfirmed": () => "The size was not confirmed, so the topology was left alone.",
  "allocation.noteUnseen": (a) => `'${a.text("tool")}' said that it took a note of it, and no tool reads it back.`,
  "allocation.noteOtherwise": (a) => `'${a.text("tool")}' does not tell what was noted.`,
  "allocation.noPlace": () => "It has no tool that would take a note of it.",
};
