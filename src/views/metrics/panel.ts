import * as vscode from "vscode";
import { calls, METRIC_COMPONENTS } from "../../engine/protocol/rpc.ts";
import type { MetricsHostMessage } from "../../engine/protocol/webview.ts";
import { panelTypes } from "../ids.ts";
import { PagePanels } from "../pages/pagePanels.ts";
import type { PagesDeps } from "../pages/pages.ts";
import { MetricsChannel } from "./channel.ts";

/** The page "Swarm Metrics". */
export function metricsPanels(deps: PagesDeps): PagePanels<MetricsChannel, MetricsHostMessage> {
  const { session, overview, onProblem } = deps;
  return new PagePanels(deps, {
    type: panelTypes.metrics,
    title: "Swarm Metrics",
    script: "dist/webview/metrics.js",
    styles: ["media/page.css", "media/metrics.css"],
    topics: [],
    channel: (post) =>
      new MetricsChannel({
        post,
        collect: async () =>
          (await session.connection()).call(calls.metricsCollect, { components: [...METRIC_COMPONENTS] }),
        copy: async (text) => vscode.env.clipboard.writeText(text),
        overview: () => overview.latest,
        onProblem,
      }),
  });
}
