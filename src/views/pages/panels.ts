import { join } from "node:path";
import type * as vscode from "vscode";
import { BlamePanels } from "../blame/panel.ts";
import { CapacityPanels } from "../capacity/panel.ts";
import { ForecastPanels } from "../forecast/panel.ts";
import { FlamePanels } from "../flame/panels.ts";
import { readInThread } from "../flame/read.ts";
import { ProfilePanels } from "../profile/panels.ts";
import { metricsPanels } from "../metrics/panel.ts";
import { ReportPanels } from "../report/panel.ts";
import { ParetoPanels } from "../pareto/panel.ts";
import { ScalingPanels } from "../scaling/panel.ts";
import { moreReasons } from "../../text/moreReasons.ts";
import { addReasons } from "../../text/reasons.ts";
import type { LoadedPages, PagesDeps } from "./pages.ts";

addReasons(moreReasons);

/** The bundle of the thread that reads large profiles. */
function readerOf({ extensionUri }: PagesDeps): string {
  return join(extensionUri.fsPath, "dist/profileReader.js");
}

/** Every page. A bundle of its own, which is loaded when the first page is opened: most windows never open one. */
export function createPages(deps: PagesDeps): LoadedPages & vscode.Disposable {
  const metrics = metricsPanels(deps);
  const forecast = new ForecastPanels(deps);
  const scaling = new ScalingPanels(deps);
  const capacity = new CapacityPanels(deps);
  const report = new ReportPanels(deps);
  const pareto = new ParetoPanels(deps);
  const flame = new FlamePanels(deps.extensionUri, readInThread(readerOf(deps)));
  const profile = new ProfilePanels(deps.extensionUri, (file, baseline) => flame.open(file, baseline));
  const blame = new BlamePanels(deps);
  return {
    metrics,
    forecast,
    scaling,
    capacity,
    report,
    pareto,
    flame,
    profile,
    blame,
    dispose: () => {
      profile.dispose();
      blame.dispose();
      flame.dispose();
      pareto.dispose();
      report.dispose();
      capacity.dispose();
      scaling.dispose();
      forecast.dispose();
      metrics.dispose();
    },
  };
}
