import { anomalyText } from "../anomaly.ts";
import type { ReasonTexts } from "../reasonArgs.ts";

/** What happened, for the look back; and the doors of the loop. */
export const eventReasons: ReasonTexts = {
  "event.engineStarted": (a) =>
    `The engine started: version ${a.text("version")}, pid ${a.number("pid")}${a.positive("restarts") ? `, after ${a.count("restarts", "restart")}` : ""}.`,
  "event.mode": (a) => `The mode was changed from ${a.text("from")} to ${a.text("to")} by ${a.text("by")}.`,
  "event.held": (a) =>
    `Put on hold by ${a.text("by")}${a.until("untilMs")}: it is supervised, does not grow and is not sized automatically.`,
  "event.holdEnded": () => "The hold is over: its time has passed.",
  "event.released": (a) => `The hold was lifted by ${a.text("by")}.`,
  "event.faultsInjected": (a) => `Faults were injected into the demo swarm by ${a.text("by")}.`,
  "event.faultsEnded": (a) => `The injected faults were ended by ${a.text("by")}.`,
  "event.anomaly": (a) => `Its load is unusual: ${anomalyText(a.text("metric"), (key) => a.figure(key))}.`,
  "backup.relative": (a) => `${a.quoted("path")} is a relative path. Name the file with its whole path.`,
};
