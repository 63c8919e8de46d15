import * as vscode from "vscode";
import type { ParetoHostMessage, SearchWish } from "../../engine/protocol/paretoPage.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { confirm } from "../ask.ts";
import { panelTypes } from "../ids.ts";
import { PagePanels } from "../pages/pagePanels.ts";
import type { PagesDeps } from "../pages/pages.ts";
import { ParetoChannel } from "./channel.ts";

/** The page "Pareto". */
export class ParetoPanels implements vscode.Disposable {
  readonly #panels: PagePanels<ParetoChannel, ParetoHostMessage>;
  readonly #channels = new Set<ParetoChannel>();
  readonly #owned: readonly { dispose(): void }[];

  constructor(deps: PagesDeps) {
    const { session, overview, decisions } = deps;
    this.#panels = new PagePanels(deps, {
      type: panelTypes.pareto,
      title: "Pareto",
      script: "dist/webview/pareto.js",
      styles: ["media/page.css", "media/chart.css", "media/pareto.css"],
      topics: [decisions],
      channel: (post) => {
        const channel: ParetoChannel = new ParetoChannel({
          post,
          optimize: async (swarmId, wish, signal) =>
            (await session.connection(signal)).call(calls.optimize, { swarmId, ...searchOf(wish) }, signal),
          preview: async (swarmId, { allocation }, signal) =>
            (await session.connection(signal)).call(
              calls.allocationPreview,
              {
                swarmId,
                allocation: { agents: [...allocation.agents], lanes: [...allocation.lanes] },
              },
              signal,
            ),
          apply: async ({ plan, changes }, expected, signal) => {
            const params = { plan, from: changes.map(({ from }) => from), expected };
            return (await session.connection(signal)).call(calls.allocationApply, params, signal);
          },
          undo: async (allocationId) => (await session.connection()).call(calls.allocationUndo, { allocationId }),
          confirm,
          isTrusted: () => vscode.workspace.isTrusted,
          rows: () => decisions.latest?.allocations ?? [],
          overview: () => overview.latest,
          wallMs: () => Date.now(),
        });
        this.#channels.add(channel);
        return channel;
      },
    });
    // Steps of an allocation are told there, and the overview may be silent meanwhile.
    this.#owned = [
      decisions.on(() => this.#refresh()),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.#refresh()),
    ];
  }

  restore(panel: vscode.WebviewPanel): void {
    this.#panels.restore(panel);
  }

  /** Opens the page on this swarm and searches for better allocations. */
  optimize(swarmId: string): void {
    this.#panels.open().optimize(swarmId);
  }

  dispose(): void {
    for (const one of this.#owned) one.dispose();
    this.#panels.dispose();
  }

  #refresh(): void {
    for (const channel of this.#channels) {
      if (channel.isDisposed) this.#channels.delete(channel);
      else void channel.refresh();
    }
  }
}

function searchOf({ weights, budgetPerHour, population, generations }: SearchWish) {
  return {
    ...(weights === null ? {} : { weights }),
    ...(budgetPerHour === null ? {} : { budgetPerHour }),
    ...{ population, generations },
  };
}
