import * as vscode from "vscode";
import type { ComparisonWish, ScalingHostMessage } from "../../engine/protocol/scalingPage.ts";
import { panelTypes } from "../ids.ts";
import { PagePanels } from "../pages/pagePanels.ts";
import type { PagesDeps } from "../pages/pages.ts";
import { Saving } from "../pages/saving.ts";
import { ScalingChannel } from "./channel.ts";
import { compared } from "./compared.ts";

const SAVING = new Saving("Export Comparison of Policies", "policies");

/** The page "Swarm Scaling". */
export class ScalingPanels implements vscode.Disposable {
  readonly #panels: PagePanels<ScalingChannel, ScalingHostMessage>;

  constructor(deps: PagesDeps) {
    const { session, overview, decisions, onProblem } = deps;
    this.#panels = new PagePanels(deps, {
      type: panelTypes.scaling,
      title: "Swarm Scaling",
      script: "dist/webview/scaling.js",
      styles: ["dist/webview/uPlot.min.css", "media/page.css", "media/chart.css", "media/scaling.css"],
      topics: [decisions],
      channel: (post) =>
        new ScalingChannel({
          post,
          compare: async (swarmId, wish, signal) =>
            compared(await session.connection(signal), swarmId, wish, signal, onProblem),
          save: (text, label) => SAVING.ask({ kind: "csv", text }, label),
          overview: () => overview.latest,
          decisions: () => decisions.latest,
          onProblem,
          wallMs: () => Date.now(),
        }),
    });
  }

  restore(panel: vscode.WebviewPanel): void {
    this.#panels.restore(panel);
  }

  /** Opens the page on this swarm and compares policies on its history. */
  compare(swarmId: string, wish: Partial<ComparisonWish>): void {
    this.#panels.open().compare(swarmId, wish);
  }

  dispose(): void {
    this.#panels.dispose();
  }
}
