import type { ForecastHostMessage } from "../../src/engine/protocol/forecastPage.ts";

/** Whether a message is one of ours; keeps out what other scripts of the page's host may post. */
export function isHostMessage(message: unknown): message is ForecastHostMessage {
  if (!isObject(message) || !Number.isInteger(message["seq"]) || (message["seq"] as number) <= 0) return false;
  if (message["type"] === "full") {
    const { state } = message;
    return (
      isObject(state) && isObject(state["link"]) && Array.isArray(state["swarms"]) && Array.isArray(state["actions"])
    );
  }
  return message["type"] === "update" && isObject(message["changes"]);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
