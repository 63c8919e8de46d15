import { OBJECTIVES } from "../src/engine/protocol/optimize.ts";
import type { ParetoHostMessage, ParetoPageMessage, ParetoPageState } from "../src/engine/protocol/paretoPage.ts";
import { ParetoPage, type View } from "./pareto/page.ts";
import { Follower, isObject, isStateMessage } from "./shared/follower.ts";

declare function acquireVsCodeApi(): {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
};

const api = acquireVsCodeApi();
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- the editor's API, not a window
const send = (message: ParetoPageMessage): void => api.postMessage(message);
const root = document.getElementById("page");
if (root === null) throw new Error("the page has no element #page");

/** What the editor gives back after a reload of the window. */
interface Remembered extends View {
  readonly swarmId: string | null;
}

const follower = new Follower<ParetoPageState>(() => send({ type: "ready" }));
let remembered = recall(api.getState());
const remember = (changes: Partial<Remembered>): void => {
  remembered = { ...remembered, ...changes };
  api.setState(remembered);
};

const page = new ParetoPage(root, remembered, {
  choose: (swarmId) => {
    remember({ swarmId });
    send({ type: "choose", swarmId });
  },
  wish: (wish) => {
    // What the page shows follows at once: the editor says the same a moment later.
    const state = follower.change({ wish });
    send({ type: "wish", wish });
    if (state !== null) page.show(state);
  },
  search: () => send({ type: "search" }),
  cancel: () => send({ type: "cancel" }),
  preview: (madeAtMs, solution) => send({ type: "preview", madeAtMs, solution }),
  apply: () => send({ type: "apply" }),
  stop: () => send({ type: "stop" }),
  undo: (allocationId) => send({ type: "undo", allocationId }),
  viewed: remember,
});

window.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
  if (!isHostMessage(data)) return;
  const state = follower.hear(data);
  if (state === null) return;
  page.show(state);
  // A swarm that the editor's side chose (a command on its row) is the one to come back to.
  const { swarmId } = state;
  if (swarmId !== null && swarmId !== remembered.swarmId) remember({ swarmId });
});
setInterval(() => page.showAge(), 1_000);

if (remembered.swarmId !== null) send({ type: "choose", swarmId: remembered.swarmId });
send({ type: "ready" });

/** Whether a message is one of ours; keeps out what other scripts of the page's host may post. */
function isHostMessage(message: unknown): message is ParetoHostMessage {
  return isObject(message) && isStateMessage(message, ["swarms"], ["link", "wish", "run"]);
}

function recall(value: unknown): Remembered {
  const kept = isObject(value) ? value : {};
  const aim = (key: string, usual: View["across"]): View["across"] =>
    OBJECTIVES.find((id) => id === kept[key]) ?? usual;
  return {
    swarmId: typeof kept["swarmId"] === "string" ? kept["swarmId"] : null,
    table: kept["table"] === true,
    across: aim("across", "minimizeLatency"),
    up: aim("up", "maximizeUtilization"),
  };
}
