import type { SessionState } from "../../engine/client.ts";
import type { PageLink } from "../../engine/protocol/webview.ts";
import { reasonText } from "../../text/reasons.ts";
import { inMessage } from "../show.ts";

/** How the session stands, in the words of a page. */
export function linkOf(state: SessionState): PageLink {
  switch (state.kind) {
    case "connected":
      return { kind: "connected" };
    case "idle":
      return { kind: "disconnected", text: "The engine is not started." };
    case "connecting":
      return { kind: "disconnected", text: "Connecting to the engine." };
    case "waiting":
    case "failed":
      return { kind: "disconnected", text: inMessage(reasonText(state.reason)) };
  }
}
