import { MODEL_NAMES, type ModelName } from "../src/engine/protocol/forecast.ts";
import type { Span } from "../src/engine/protocol/forecastParts.ts";
import type { ForecastPageMessage, ForecastPageState } from "../src/engine/protocol/forecastPage.ts";
import { Follower } from "./shared/follower.ts";
import { isHostMessage } from "./forecast/guard.ts";
import { ForecastPage, isSpan, PARTS, type View } from "./forecast/page.ts";

declare function acquireVsCodeApi(): {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
};

const api = acquireVsCodeApi();
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- the editor's API, not a window
const send = (message: ForecastPageMessage): void => api.postMessage(message);
const root = document.getElementById("page");
if (root === null) throw new Error("the page has no element #page");

/** What the editor gives back after a reload of the window. */
interface Remembered extends View {
  readonly swarmId: string | null;
  readonly span: Span | null;
  readonly model: ModelName | null;
}

const follower = new Follower<ForecastPageState>(() => send({ type: "ready" }));
let remembered = recall(api.getState());
const remember = (changes: Partial<Remembered>): void => {
  const before = remembered;
  remembered = { ...remembered, ...changes };
  api.setState(remembered);
  const isOpen = ({ open }: View): boolean => open.includes("patterns");
  if (isOpen(before) !== isOpen(remembered)) send({ type: "patterns", open: isOpen(remembered) });
};

const page = new ForecastPage(root, remembered, {
  setLive: (live) => {
    send({ type: "live", live });
    const state = follower.change({ live });
    if (state !== null) page.show(state);
  },
  choose: (swarmId, span) => {
    remember({ swarmId, span });
    send({ type: "choose", swarmId, span });
  },
  chooseModel: (model) => {
    remember({ model });
    send({ type: "model", model });
  },
  askResources: () => send({ type: "resources" }),
  save: (content) => send({ type: "save", content }),
  viewed: remember,
});

window.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
  if (!isHostMessage(data)) return;
  switch (data.type) {
    case "make":
      page.make(data.kind);
      return;
    case "saved":
      page.say(data.text);
      return;
  }
  const state = follower.hear(data);
  if (state === null) return;
  page.show(state);
  // A swarm that the editor's side chose (a command on its row) is the one to come back to.
  if (state.swarmId !== null && state.swarmId !== remembered.swarmId) remember({ swarmId: state.swarmId });
});
setInterval(() => page.showAge(), 1_000);

if (remembered.swarmId !== null || remembered.span !== null)
  send({ type: "choose", swarmId: remembered.swarmId, span: remembered.span });
if (remembered.model !== null) send({ type: "model", model: remembered.model });
if (remembered.open.includes("patterns")) send({ type: "patterns", open: true });
send({ type: "ready" });

function recall(value: unknown): Remembered {
  const kept = typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  const open = Array.isArray(kept["open"]) ? (kept["open"] as readonly unknown[]) : ["models"];
  return {
    swarmId: typeof kept["swarmId"] === "string" ? kept["swarmId"] : null,
    span: isSpan(kept["span"]) ? kept["span"] : null,
    model: MODEL_NAMES.find((name) => name === kept["model"]) ?? null,
    table: kept["table"] === true,
    said: kept["said"] === true,
    resourcesAtMs: typeof kept["resourcesAtMs"] === "number" ? kept["resourcesAtMs"] : null,
    open: PARTS.filter((part) => open.includes(part)),
  };
}
