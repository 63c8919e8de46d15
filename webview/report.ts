import { REPORT_TIMEFRAMES, type ReportTimeframe } from "../src/engine/protocol/performanceReport.ts";
import type { ReportHostMessage, ReportPageMessage, ReportPageState } from "../src/engine/protocol/reportPage.ts";
import { ReportPage } from "./report/page.ts";
import { Follower, isObject, isStateMessage } from "./shared/follower.ts";

declare function acquireVsCodeApi(): {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
};

const api = acquireVsCodeApi();
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- the editor's API, not a window
const send = (message: ReportPageMessage): void => api.postMessage(message);
const root = document.getElementById("page");
if (root === null) throw new Error("the page has no element #page");

/** What the editor gives back after a reload of the window. */
interface Remembered {
  readonly swarmId: string | null;
  readonly timeframe: ReportTimeframe | null;
}

const follower = new Follower<ReportPageState>(() => send({ type: "ready" }));
let remembered = recall(api.getState());

const page = new ReportPage(root, {
  choose: (swarmId) => send({ type: "choose", swarmId }),
  timeframe: (timeframe) => send({ type: "timeframe", timeframe }),
  make: () => send({ type: "make" }),
  cancel: () => send({ type: "cancel" }),
  export: (format) => send({ type: "export", format }),
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
  const { swarmId, timeframe } = state;
  if (swarmId === null || (swarmId === remembered.swarmId && timeframe === remembered.timeframe)) return;
  remembered = { swarmId, timeframe };
  api.setState(remembered);
});
setInterval(() => page.showAge(), 1_000);

if (remembered.timeframe !== null) send({ type: "timeframe", timeframe: remembered.timeframe });
if (remembered.swarmId !== null) send({ type: "choose", swarmId: remembered.swarmId });
send({ type: "ready" });

/** Whether a message is one of ours; keeps out what other scripts of the page's host may post. */
function isHostMessage(message: unknown): message is ReportHostMessage {
  if (!isObject(message)) return false;
  if (message["type"] === "saved") return typeof message["text"] === "string";
  return isStateMessage(message, ["swarms"], ["link", "run"]);
}

function recall(value: unknown): Remembered {
  const kept = isObject(value) ? value : {};
  return {
    swarmId: typeof kept["swarmId"] === "string" ? kept["swarmId"] : null,
    timeframe: REPORT_TIMEFRAMES.find((known) => known === kept["timeframe"]) ?? null,
  };
}
