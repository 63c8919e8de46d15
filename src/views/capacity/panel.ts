import * as vscode from "vscode";
import type { CapacityHostMessage, CapacityWish } from "../../engine/protocol/capacityPage.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { panelTypes } from "../ids.ts";
import { PagePanels } from "../pages/pagePanels.ts";
import type { PagesDeps } from "../pages/pages.ts";
import { CapacityChannel } from "./channel.ts";

/** The page "Capacity". */
export class CapacityPanels implements vscode.Disposable {
  readonly #panels: PagePanels<CapacityChannel, CapacityHostMessage>;

  constructor(deps: PagesDeps) {
    const { session, overview } = deps;
    this.#panels = new PagePanels(deps, {
      type: panelTypes.capacity,
      title: "Capacity",
      script: "dist/webview/capacity.js",
      styles: ["media/page.css", "media/chart.css", "media/capacity.css"],
      topics: [],
      channel: (post) =>
        new CapacityChannel({
          post,
          plan: async (swarmId, wish, signal) =>
            (await session.connection(signal)).call(calls.capacityPlan, askedOf(swarmId, wish), signal),
          overview: () => overview.latest,
        }),
    });
  }

  restore(panel: vscode.WebviewPanel): void {
    this.#panels.restore(panel);
  }

  /** @param swarmId `null`: of all swarms */
  open(swarmId: string | null): void {
    this.#panels.open().show(swarmId);
  }

  dispose(): void {
    this.#panels.dispose();
  }
}

function askedOf(swarmId: string | null, { horizonDays, growth, agents, memoryBytes, cpus }: CapacityWish) {
  return {
    ...{ horizonDays, growth },
    ...(swarmId === null ? {} : { swarmId }),
    ...(agents === null ? {} : { agents }),
    ...(memoryBytes === null ? {} : { memoryBytes }),
    ...(cpus === null ? {} : { cpus }),
  };
}
