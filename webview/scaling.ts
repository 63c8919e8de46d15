import { COMPARED_DAYS, REPLAY_POLICIES } from "../src/engine/protocol/replay.ts";
import type {
  ComparisonWish,
  ScalingHostMessage,
  ScalingPageMessage,
  ScalingPageState,
} from "../src/engine/protocol/scalingPage.ts";
import { ScalingPage, type View } from "./scaling/page.ts";
import { Follower, isObject, isStateMessage } from "./shared/follower.ts";

declare function acquireVsCodeApi(): {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
};

const api = acquireVsCodeApi();
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- the editor's API, not a window
const send = (message: ScalingPageMessage): void => api.postMessage(message);
const root = document.getElementById("page");
if (root === null) throw new Error("the page has no element #page");

/** What the editor gives back after a reload of the window. */
interface Remembered extends View {
  readonly swarmId: string | null;
  readonly wish: ComparisonWish | null;
}

const follower = new Follower<ScalingPageState>(() => send({ type: "ready" }));
let remembered = recall(api.getState());
const remember = (changes: Partial<Remembered>): void => {
  remembered = { ...remembered, ...changes };
  api.setState(remembered);
};

const page = new ScalingPage(root, remembered, {
  setLive: (live) => {
    send({ type: "live", live });
    const state = follower.change({ live });
    if (state !== null) page.show(state);
  },
  choose: (swarmId) => {
    remember({ swarmId });
    send({ type: "choose", swarmId });
  },
  wish: (wish) => {
    remember({ wish });
    send({ type: "wish", wish });
  },
  compare: () => send({ type: "compare" }),
  cancel: () => send({ type: "cancel" }),
  save: (text) => send({ type: "save", text }),
  viewed: remember,
});

window.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
  if (!isHostMessage(data)) return;
  if (data.type === "saved") {
    page.say(data.text);
    return;
  }
  const state = follower.hear(data);
  if (state === null) return;
  page.show(state);
  // A swarm or a wish that the editor's side chose (a command on its row) is the one to come back to.
  const { swarmId, wish } = state;
  const isSame = swarmId === remembered.swarmId && JSON.stringify(wish) === JSON.stringify(remembered.wish);
  if (swarmId !== null && !isSame) remember({ swarmId, wish });
});
setInterval(() => page.showAge(), 1_000);

if (remembered.wish !== null) send({ type: "wish", wish: remembered.wish });
if (remembered.swarmId !== null) send({ type: "choose", swarmId: remembered.swarmId });
send({ type: "ready" });

/** Whether a message is one of ours; keeps out what other scripts of the page's host may post. */
function isHostMessage(message: unknown): message is ScalingHostMessage {
  if (!isObject(message)) return false;
  if (message["type"] === "saved") return typeof message["text"] === "string";
  return isStateMessage(message, ["swarms"], ["link", "wish", "run"]);
}

function recall(value: unknown): Remembered {
  const kept = isObject(value) ? value : {};
  const hidden: readonly unknown[] = Array.isArray(kept["hidden"]) ? kept["hidden"] : [];
  return {
    swarmId: typeof kept["swarmId"] === "string" ? kept["swarmId"] : null,
    wish: isObject(kept["wish"]) ? wishOf(kept["wish"]) : null,
    table: kept["table"] === true,
    hidden: REPLAY_POLICIES.filter((name) => hidden.includes(name)),
  };
}

/** Policies that are no more, or days that are offered no more, are left out. */
function wishOf(kept: Readonly<Record<string, unknown>>): ComparisonWish | null {
  const days = COMPARED_DAYS.find((known) => known === kept["days"]);
  const named: readonly unknown[] = Array.isArray(kept["policies"]) ? kept["policies"] : [];
  const policies = REPLAY_POLICIES.filter((name) => named.includes(name));
  return days === undefined || policies.length === 0 ? null : { days, policies };
}
