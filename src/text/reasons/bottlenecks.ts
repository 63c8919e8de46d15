import type { ReasonTexts } from "../reasonArgs.ts";

/** What to do about a bottleneck, one thing each; and why one cannot be told. */
export const bottleneckReasons: ReasonTexts = {
  "bottleneck.cpu": () => "Run fewer agents at once, or give the machine more processors.",
  "bottleneck.memory": () => "Lower the most agents of the largest swarm, or give the machine more memory.",
  "bottleneck.disk": () => "Spread work that writes much, or use a faster disk.",
  "bottleneck.diskSpace": () => "Free space on the disk, or keep less history.",
  "bottleneck.laneCapacity": (a) =>
    `Raise the capacity of the lane ${a.quoted("lane")} above ${a.number("limit")}, if the machine has room.`,
  "bottleneck.laneWait": (a) =>
    `Tasks of the lane ${a.quoted("lane")} wait ${a.duration("waitMs")}: raise its capacity, or add agents.`,
  "bottleneck.breaker": (a) => `Look why calls behind ${a.quoted("breaker")} fail before you reset it.`,
  "bottleneck.maxAgents": (a) =>
    `Raise the most agents of the swarms of ${a.quoted("provider")}, if the machine has room.`,
  "bottleneck.missingAgents": (a) =>
    `${a.count("count", "agent")} of ${a.quoted("provider")} are wanted and not there: look at the newest decisions.`,
  "bottleneck.trouble": (a) => `Look at the problem of the swarm ${a.quoted("swarmId")}.`,
  "bottleneck.moreAgents": (a) => `Give the swarm ${a.quoted("swarmId")} more agents, or let it grow by itself.`,
  "bottleneck.decisions": (a) =>
    `Look at the last decisions of the swarm ${a.quoted("swarmId")} and what became of them.`,
  "bottleneck.engine": () => "The engine hardly keeps up: run fewer agents, or look for what slows the machine.",
  "bottleneck.notTold": () => "The system does not tell this.",
  "bottleneck.notDefined": () => "A breaker has no utilisation: it lets all through or holds all back.",
  "bottleneck.linkSpeed": () => "What the network could carry is not told, so its share is not known.",
  "bottleneck.notMeasured": (a) => `Fewer than ${a.count("needed", "step")} of the time were measured.`,
  "bottleneck.noTasks": (a) => `No task of the lane ${a.quoted("lane")} has started yet.`,
  "bottleneck.laneShed": (a) =>
    `${a.count("shed", "task")} found no room in the lane ${a.quoted("lane")} since the engine started; when is not told. If it goes on, raise its queue above ${a.number("queueLimit")}, or submit more slowly.`,
  "bottleneck.fewCalls": (a) => `${a.count("calls", "call")} so far: too few for a rate.`,
  "bottleneck.notStarted": () => "None of its swarms is started.",
  "bottleneck.fewDecisions": (a) =>
    `${a.count("count", "change")} in this time; ${a.number("needed")} are needed for a share.`,
};
