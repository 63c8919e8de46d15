import type { MetricsHostMessage, MetricsPageMessage } from "../src/engine/protocol/webview.ts";
import { isHostMessage } from "./metrics/guard.ts";
import { MetricsPage } from "./metrics/page.ts";

declare function acquireVsCodeApi(): {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
};

const api = acquireVsCodeApi();
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- the editor's API, not a window
const send = (message: MetricsPageMessage): void => api.postMessage(message);
const root = document.getElementById("page");
if (root === null) throw new Error("the page has no element #page");

const page = new MetricsPage(root, {
  setLive: (live) => {
    api.setState({ live });
    send({ type: "live", live });
  },
  copy: () => send({ type: "copy" }),
});

/** Number of the last message; 0 before the first full state. */
let seq = 0;

function hear(message: MetricsHostMessage): void {
  switch (message.type) {
    case "copied":
      page.showStatus("Copied");
      return;
    case "failed":
      page.showStatus(message.text);
      return;
    case "full": {
      seq = message.seq;
      const { link, live, facts, swarmLabels, report } = message.state;
      page.showLink(link);
      page.showLive(live);
      page.showFacts(facts);
      if (report !== null) page.showReport(report, swarmLabels);
      return;
    }
    case "update":
    case "link":
      // One is missing, or none has come yet: ask for everything instead of guessing.
      if (message.seq !== seq + 1) {
        if (message.seq > seq) send({ type: "ready" });
        return;
      }
      seq = message.seq;
      if (message.type === "link") page.showLink(message.link);
      else if (page.live) {
        page.showReport(message.report, message.swarmLabels);
        page.showStatus("");
      }
  }
}

window.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
  if (isHostMessage(data)) hear(data);
});
setInterval(() => page.showAge(), 1_000);

const remembered = api.getState();
if (typeof remembered === "object" && remembered !== null && "live" in remembered && remembered.live === false) {
  page.showLive(false);
  send({ type: "live", live: false });
}
send({ type: "ready" });
