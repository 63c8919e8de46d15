import type { MetricsHostMessage } from "../../src/engine/protocol/webview.ts";

/**
 * Whether a message is one of ours. The sender is our own extension and the type system saw to the rest; this keeps out
 * what other scripts of the page's host may post. Small on purpose: a schema library would be most of the page.
 */
export function isHostMessage(message: unknown): message is MetricsHostMessage {
  if (!isObject(message)) return false;
  switch (message["type"]) {
    case "full":
      return isSequence(message["seq"]) && isObject(message["state"]) && isObject(message["state"]["link"]);
    case "update":
      return isSequence(message["seq"]) && isReport(message["report"]) && isObject(message["swarmLabels"]);
    case "link":
      return isSequence(message["seq"]) && isObject(message["link"]) && typeof message["link"]["kind"] === "string";
    case "copied":
      return true;
    case "failed":
      return typeof message["text"] === "string";
    default:
      return false;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSequence(value: unknown): boolean {
  return typeof value === "number" && Number.isInteger(value) && value > 0;
}

function isReport(value: unknown): boolean {
  return (
    isObject(value) &&
    typeof value["wallMs"] === "number" &&
    (value["agents"] === undefined || Array.isArray(value["agents"]))
  );
}
