import * as vscode from "vscode";
import type { BlameHostMessage } from "../../engine/protocol/blamePage.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { exportProfile } from "../flame/exporting.ts";
import { openSource } from "../flame/openSource.ts";
import { panelTypes } from "../ids.ts";
import { PagePanels } from "../pages/pagePanels.ts";
import type { PagesDeps } from "../pages/pages.ts";
import { BlameChannel } from "./channel.ts";

/** The page "Blame". */
export class BlamePanels implements vscode.Disposable {
  readonly #panels: PagePanels<BlameChannel, BlameHostMessage>;

  constructor(deps: PagesDeps) {
    const { session, overview } = deps;
    this.#panels = new PagePanels(deps, {
      type: panelTypes.blame,
      title: "Blame",
      script: "dist/webview/blame.js",
      styles: ["media/page.css", "media/chart.css", "media/flame.css"],
      topics: [],
      channel: (post) =>
        new BlameChannel({
          post,
          ask: async ({ swarmId, ...asked }, signal) =>
            (await session.connection(signal)).call(
              calls.blame,
              { ...asked, ...(swarmId === null ? {} : { swarmId }) },
              signal,
            ),
          overview: () => overview.latest,
          wallMs: () => Date.now(),
          copy: (text) => vscode.env.clipboard.writeText(text),
          open: openSource,
          export: exportProfile,
        }),
    });
  }

  restore(panel: vscode.WebviewPanel): void {
    this.#panels.restore(panel);
  }

  /** @param swarmId `null`: of all */
  open(swarmId: string | null): void {
    this.#panels.open().show(swarmId);
  }

  dispose(): void {
    this.#panels.dispose();
  }
}
