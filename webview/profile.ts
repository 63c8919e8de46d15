import type { ProfileHostMessage, ProfilePageMessage } from "../src/engine/protocol/profilePage.ts";
import { ProfilePage } from "./profile/page.ts";
import { isObject } from "./shared/follower.ts";

declare function acquireVsCodeApi(): {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
};

const api = acquireVsCodeApi();
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- the editor's API, not a window
const send = (message: ProfilePageMessage): void => api.postMessage(message);
const root = document.getElementById("page");
if (root === null) throw new Error("the page has no element #page");

/** What the editor gives back after a reload of the window: its own side makes the page anew from `report`. */
let remembered = recall(api.getState());
const remember = (changes: Readonly<Record<string, unknown>>): void => {
  remembered = { ...remembered, ...changes };
  api.setState(remembered);
};

const page = new ProfilePage(root, remembered["table"] === true, {
  source: (list, index) => send({ type: "source", list, index }),
  open: (recording) => send({ type: "open", recording }),
  compare: (recording) => send({ type: "compare", recording }),
  reveal: (index) => send({ type: "reveal", index }),
  export: (format) => send({ type: "export", format }),
  again: () => send({ type: "again" }),
  tabled: (table) => remember({ table }),
});

window.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
  if (!isHostMessage(data)) return;
  switch (data.type) {
    case "show":
      page.show(data.document);
      remember({ report: data.kept });
      break;
    case "failed":
      page.fail(data.text);
      break;
    case "said":
      page.say(data.text);
  }
});

send({ type: "ready" });

/** Whether a message is one of ours; keeps out what other scripts of the page's host may post. */
function isHostMessage(message: unknown): message is ProfileHostMessage {
  if (!isObject(message)) return false;
  if (message["type"] !== "show")
    return (message["type"] === "failed" || message["type"] === "said") && typeof message["text"] === "string";
  const { document: shown, kept } = message;
  const lists = ["about", "warnings", "recommendations", "missing", "files"];
  return isObject(kept) && isObject(shown) && lists.every((key) => Array.isArray(shown[key]));
}

function recall(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : {};
}
