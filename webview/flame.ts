import type { FlamePageMessage } from "../src/engine/protocol/flamePage.ts";
import { COLOURINGS } from "./flame/colours.ts";
import { FlamePage, type View } from "./flame/page.ts";
import { isFlameMessage, Receiver } from "./flame/receive.ts";
import { ORDERS } from "./flame/scene.ts";
import { isObject } from "./shared/follower.ts";

declare function acquireVsCodeApi(): {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
};

const api = acquireVsCodeApi();
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- the editor's API, not a window
const send = (message: FlamePageMessage): void => api.postMessage(message);
const root = document.getElementById("page");
if (root === null) throw new Error("the page has no element #page");

const receiver = new Receiver();
let files: readonly string[] = [];
const page = new FlamePage(root, recall(api.getState()), {
  copy: (text) => send({ type: "copy", text }),
  open: (place) => send({ type: "open", ...place }),
  export: () => send({ type: "export" }),
  viewed: (view) => keep(view),
});

window.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
  if (!isFlameMessage(data)) return;
  switch (data.type) {
    case "failed":
      page.wait(data.text);
      break;
    case "said":
      page.say(data.text);
      break;
    case "draw":
      send({ type: "picture", data: page.png() });
      break;
    default: {
      if (data.type === "begin") {
        ({ files } = data);
        keep(page.view);
      }
      const profiles = receiver.hear(data);
      const [profile, baseline = null] = profiles ?? [];
      if (profile !== undefined) page.show(profile, baseline);
      else if (data.type === "end")
        page.wait("The profile did not arrive as a whole. Close this page, and open it again.");
    }
  }
});

send({ type: "ready" });

/** What the editor gives back after a reload of the window; from `files` its own side reads the profile again. */
function keep(view: View): void {
  api.setState({ ...view, files });
}

function recall(value: unknown): View {
  const kept = isObject(value) ? value : {};
  return {
    order: ORDERS.find((known) => known === kept["order"]) ?? null,
    colouring: COLOURINGS.find((known) => known === kept["colouring"]) ?? null,
    table: kept["table"] === true,
  };
}
