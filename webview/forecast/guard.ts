import { EXPORT_KINDS } from "../../src/engine/protocol/forecastExport.ts";
import type { ForecastHostMessage } from "../../src/engine/protocol/forecastPage.ts";
import { isObject, isStateMessage } from "../shared/follower.ts";

/** Whether a message is one of ours; keeps out what other scripts of the page's host may post. */
export function isHostMessage(message: unknown): message is ForecastHostMessage {
  if (!isObject(message)) return false;
  if (message["type"] === "make") return EXPORT_KINDS.some((kind) => kind === message["kind"]);
  if (message["type"] === "saved") return typeof message["text"] === "string";
  return isStateMessage(message, ["swarms", "actions", "said", "anomalies"], ["link", "patterns", "resources"]);
}
