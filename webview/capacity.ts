import type {
  CapacityHostMessage,
  CapacityPageMessage,
  CapacityPageState,
} from "../src/engine/protocol/capacityPage.ts";
import { CapacityPage } from "./capacity/page.ts";
import { meant, recalledTexts, type WishTexts } from "./capacity/wish.ts";
import { Follower, isObject, isStateMessage } from "./shared/follower.ts";

declare function acquireVsCodeApi(): {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
};

const api = acquireVsCodeApi();
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- the editor's API, not a window
const send = (message: CapacityPageMessage): void => api.postMessage(message);
const root = document.getElementById("page");
if (root === null) throw new Error("the page has no element #page");

/** What the editor gives back after a reload of the window. */
interface Remembered extends WishTexts {
  /** `null`: all; left out before anything was shown. */
  readonly swarmId?: string | null;
}

const kept = api.getState();
let remembered = recall(isObject(kept) ? kept : {});
const remember = (changes: Partial<Remembered>): void => {
  remembered = { ...remembered, ...changes };
  api.setState(remembered);
};

const follower = new Follower<CapacityPageState>(() => send({ type: "ready" }));
const page = new CapacityPage(root, remembered, {
  choose: (swarmId) => {
    remember({ swarmId });
    send({ type: "choose", swarmId });
  },
  ask: () => send({ type: "ask" }),
  changed: (texts, now) => {
    remember(texts);
    if (now.kind === "ok") send({ type: "wish", wish: now.wish });
  },
});

window.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
  if (!isHostMessage(data)) return;
  const state = follower.hear(data);
  if (state === null) return;
  page.show(state);
  // A swarm that the editor's side chose (a command on its row) is the one to come back to.
  if (state.swarmId !== remembered.swarmId) remember({ swarmId: state.swarmId });
});
setInterval(() => page.showAge(), 1_000);

const wished = meant(remembered);
if (isObject(kept) && wished.kind === "ok") send({ type: "wish", wish: wished.wish });
if (remembered.swarmId !== undefined) send({ type: "choose", swarmId: remembered.swarmId });
send({ type: "ready" });

/** Whether a message is one of ours; keeps out what other scripts of the page's host may post. */
function isHostMessage(message: unknown): message is CapacityHostMessage {
  return isObject(message) && isStateMessage(message, ["swarms"], ["link", "run"]);
}

function recall(from: Readonly<Record<string, unknown>>): Remembered {
  const { swarmId } = from;
  return {
    ...recalledTexts(from),
    ...(typeof swarmId === "string" || swarmId === null ? { swarmId } : {}),
  };
}
