import type { ForecastPageMessage, ForecastPageState, Span } from "../src/engine/protocol/forecastPage.ts";
import { isHostMessage } from "./forecast/guard.ts";
import { ForecastPage, isSpan } from "./forecast/page.ts";

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
interface Remembered {
  readonly swarmId: string | null;
  readonly span: Span | null;
  readonly table: boolean;
}

let state: ForecastPageState | null = null;
let remembered = recall(api.getState());
const remember = (changes: Partial<Remembered>): void => {
  remembered = { ...remembered, ...changes };
  api.setState(remembered);
};

const page = new ForecastPage(root, {
  setLive: (live) => {
    send({ type: "live", live });
    if (state !== null) page.show((state = { ...state, live }));
  },
  choose: (swarmId, span) => {
    remember({ swarmId, span });
    send({ type: "choose", swarmId, span });
  },
  setTable: (table) => remember({ table }),
});

/** Number of the last message; 0 before the first full state. */
let seq = 0;

window.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
  if (!isHostMessage(data)) return;
  if (data.type === "full") state = data.state;
  else if (state === null || data.seq !== seq + 1) {
    // One is missing, or none has come yet: ask for everything instead of guessing.
    if (data.seq > seq) send({ type: "ready" });
    return;
  } else state = { ...state, ...data.changes };
  seq = data.seq;
  page.show(state);
  // A swarm that the editor's side chose (a command on its row) is the one to come back to.
  if (state.swarmId !== null && state.swarmId !== remembered.swarmId) remember({ swarmId: state.swarmId });
});
setInterval(() => page.showAge(), 1_000);

page.showTable(remembered.table);
if (remembered.swarmId !== null || remembered.span !== null)
  send({ type: "choose", swarmId: remembered.swarmId, span: remembered.span });
send({ type: "ready" });

function recall(value: unknown): Remembered {
  const kept = typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  return {
    swarmId: typeof kept["swarmId"] === "string" ? kept["swarmId"] : null,
    span: isSpan(kept["span"]) ? kept["span"] : null,
    table: kept["table"] === true,
  };
}
