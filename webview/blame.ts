import { BLAME_MEASURES, BLAME_RANGES } from "../src/engine/protocol/blame.ts";
import type {
  BlameHostMessage,
  BlamePageMessage,
  BlamePageState,
  BlameWish,
} from "../src/engine/protocol/blamePage.ts";
import { blameProfile } from "../src/profiler/flame/blame.ts";
import { blameEmpty, blameName, blameRange, blameTitle } from "../src/text/blame.ts";
import { Controls } from "./blame/controls.ts";
import { blameMode, groupsOf, type Shown } from "./blame/mode.ts";
import { BlameTable } from "./blame/table.ts";
import { COLOURINGS } from "./flame/colours.ts";
import { FlamePage, type View } from "./flame/page.ts";
import { clean } from "./shared/elements.ts";
import { Follower, isObject, isStateMessage } from "./shared/follower.ts";

declare function acquireVsCodeApi(): {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
};

const api = acquireVsCodeApi();
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- the editor's API, not a window
const send = (message: BlamePageMessage): void => api.postMessage(message);
const root = document.getElementById("page");
if (root === null) throw new Error("the page has no element #page");

const kept = isObject(api.getState()) ? (api.getState() as Record<string, unknown>) : {};
let remembered: { readonly view: View; readonly wish: BlameWish | null } = { view: viewOf(kept), wish: wishOf(kept) };
const remember = (changes: Partial<typeof remembered>): void => {
  remembered = { ...remembered, ...changes };
  api.setState({ ...remembered.view, wish: remembered.wish });
};

let shown: Shown | null = null;
const table = new BlameTable();
const controls = new Controls(
  (wish) => send({ type: "wish", wish }),
  () => send({ type: "ask" }),
);
const page = new FlamePage(
  root,
  remembered.view,
  {
    copy: (text) => send({ type: "copy", text }),
    open: (place) => send({ type: "open", ...place }),
    export: () => send({ type: "export" }),
    viewed: (view) => remember({ view }),
  },
  blameMode(controls.elements, table, () => shown),
);
const follower = new Follower<BlamePageState>(() => send({ type: "ready" }));

window.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
  if (!isHostMessage(data)) return;
  switch (data.type) {
    case "said":
      page.say(data.text);
      break;
    case "draw":
      send({ type: "picture", data: page.png() });
      break;
    default: {
      const state = follower.hear(data);
      if (state !== null) show(state);
    }
  }
});

if (remembered.wish !== null) send({ type: "wish", wish: remembered.wish });
send({ type: "ready" });

function show(state: BlamePageState): void {
  const { run, report, wish, link } = state;
  controls.show(state);
  remember({ wish });
  if (run.kind === "failed") {
    page.say(shown === null ? "" : `${run.text} What is shown is older.`);
    if (shown === null) page.wait(run.text);
    return;
  }
  if (run.kind === "asking") {
    // What is there stays until the new one comes: nothing jumps.
    if (shown === null) page.wait("Adding up the accounts…");
    else page.say("Adding up the accounts…");
    return;
  }
  page.say(link.kind === "disconnected" ? `${link.text} What is shown is the last known.` : "");
  if (report === null || report === shown?.report) return;
  const empty = blameEmpty(report);
  if (empty !== null) {
    shown = null;
    page.wait(`${clean(blameTitle(report), 200)}: ${empty}`);
    return;
  }
  const { profile, frameOf } = blameProfile(report, blameRange(report), (node) => clean(blameName(node), 300));
  const nodeOf: number[] = [];
  for (const [node, frame] of frameOf.entries()) nodeOf[frame] ??= node;
  shown = { report, nodeOf };
  table.take(report, frameOf);
  page.show(profile, null, groupsOf(report, nodeOf));
}

function isHostMessage(message: unknown): message is BlameHostMessage {
  if (!isObject(message)) return false;
  if (message["type"] === "said") return typeof message["text"] === "string";
  return message["type"] === "draw" || isStateMessage(message, ["swarms"], ["link", "wish", "run"]);
}

function viewOf(from: Readonly<Record<string, unknown>>): View {
  return {
    order: null,
    colouring: COLOURINGS.find((known) => known === from["colouring"]) ?? null,
    table: from["table"] === true,
  };
}

function wishOf({ wish }: Readonly<Record<string, unknown>>): BlameWish | null {
  if (!isObject(wish)) return null;
  const { swarmId } = wish;
  const range = BLAME_RANGES.find((known) => known === wish["range"]);
  const by = BLAME_MEASURES.find((known) => known === wish["by"]);
  if (range === undefined || by === undefined) return null;
  return { swarmId: typeof swarmId === "string" && swarmId !== "" ? swarmId : null, range, by };
}
