import type { ReasonTexts } from "../reasonArgs.ts";

/** Doors for other programs. */
export const doorReasons: ReasonTexts = {
  "door.portInUse": (a) =>
    `The HTTP door is not open: another program listens on port ${a.text("port")}. Set doors.http.port to a free one.`,
  "door.unusable": (a) =>
    `The HTTP door is not open: port ${a.text("port")} cannot be listened on${a.optional("reason", ": ")}.`,
  "door.secretUnusable": (a) => `The secret file ${a.quoted("path")} is not used${a.optional("problem", ": ")}.`,
  "otlp.failing": (a) =>
    `Metrics do not reach ${a.quoted("host")}${a.optional("detail", ": ")}. Nothing is lost here; the engine goes on trying, more seldom.`,
  "otlp.recovered": (a) => `Metrics reach ${a.quoted("host")} again.`,
  "otlp.refused": (a) =>
    `The collector refused the metrics with status ${a.text("status")}. Check doors.otlp.endpoint and headersFile.`,
  "otlp.timeout": (a) => `The collector gave no answer within ${a.seconds("seconds")}.`,
  "otlp.unreachable": (a) => `The collector cannot be reached${a.optional("reason", ": ")}.`,
};
