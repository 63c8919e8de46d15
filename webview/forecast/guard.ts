import { EXPORT_KINDS } from "../../src/engine/protocol/forecastExport.ts";
import type { ForecastHostMessage } from "../../src/engine/protocol/forecastPage.ts";

const LISTS = ["swarms", "actions", "said", "anomalies"] as const;
const OBJECTS = ["link", "patterns", "resources"] as const;

/** Whether a message is one of ours; keeps out what other scripts of the page's host may post. */
export function isHostMessage(message: unknown): message is ForecastHostMessage {
  if (!isObject(message)) return false;
  if (message["type"] === "make") return EXPORT_KINDS.some((kind) => kind === message["kind"]);
  if (message["type"] === "saved") return typeof message["text"] === "string";
  if (!Number.isInteger(message["seq"]) || (message["seq"] as number) <= 0) return false;
  if (message["type"] === "full") {
    const { state } = message;
    return (
      isObject(state) && LISTS.every((key) => Array.isArray(state[key])) && OBJECTS.every((key) => isObject(state[key]))
    );
  }
  return message["type"] === "update" && isObject(message["changes"]);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
