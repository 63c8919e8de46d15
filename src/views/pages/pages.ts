import * as vscode from "vscode";
import type { PageResources } from "../../engine/protocol/forecastParts.ts";
import type { ExportKind } from "../../engine/protocol/forecastExport.ts";
import type { ComparisonWish } from "../../engine/protocol/scalingPage.ts";
import type { ReportTimeframe } from "../../engine/protocol/performanceReport.ts";
import type { ReportFormat } from "../../engine/protocol/reportPage.ts";
import type { Coded } from "../../engine/protocol/model.ts";
import type { ProfileReport } from "../../engine/protocol/profiling.ts";
import type { Profile } from "../../profiler/profile.ts";
import { panelTypes, profileEditorType } from "../ids.ts";
import type { SessionPort } from "../sessionPort.ts";
import type { TopicFeed } from "../topicFeed.ts";

export interface PagesDeps {
  readonly extensionUri: vscode.Uri;
  readonly session: SessionPort;
  readonly overview: TopicFeed<"overview">;
  readonly decisions: TopicFeed<"decisions">;
  readonly onProblem: (problem: Coded) => void;
}

export interface LoadedPages {
  readonly metrics: { open(): unknown; restore(panel: vscode.WebviewPanel): void };
  readonly forecast: {
    open(swarmId: string | null): void;
    restore(panel: vscode.WebviewPanel): void;
    showResources(resources: PageResources): void;
    /** @param target `null`: the operator is asked @returns what to say of it; `null` when the operator gave up */
    save(kind: ExportKind, target: vscode.Uri | null): Promise<string | null>;
  };
  readonly scaling: {
    compare(swarmId: string, wish: Partial<ComparisonWish>): void;
    restore(panel: vscode.WebviewPanel): void;
  };
  readonly capacity: { open(swarmId: string | null): void; restore(panel: vscode.WebviewPanel): void };
  readonly report: {
    open(swarmId: string, timeframe: ReportTimeframe | null): void;
    restore(panel: vscode.WebviewPanel): void;
    /** A report without the page. @param target `null`: the operator is asked @returns as `forecast.save` */
    exported(
      swarm: { readonly id: string; readonly label: string },
      wish: { readonly timeframe: ReportTimeframe; readonly format: ReportFormat; readonly target: vscode.Uri | null },
      signal: AbortSignal,
    ): Promise<string | null>;
  };
  readonly pareto: {
    optimize(swarmId: string): void;
    restore(panel: vscode.WebviewPanel): void;
  };
  readonly blame: { open(swarmId: string | null): void; restore(panel: vscode.WebviewPanel): void };
  readonly flame: {
    show(profile: Profile, baseline: Profile | null): void;
    open(file: vscode.Uri, baseline: vscode.Uri | null): void;
    edit(file: vscode.Uri, panel: vscode.WebviewPanel): void;
    restore(panel: vscode.WebviewPanel, remembered: unknown): void;
  };
  readonly profile: {
    show(report: ProfileReport): void;
    restore(panel: vscode.WebviewPanel, remembered: unknown): Promise<void>;
  };
}

/** The pages of this window: loaded when one is opened, or brought back by the editor after a reload. */
export class Pages implements vscode.Disposable {
  readonly #deps: PagesDeps;
  readonly #owned: vscode.Disposable[];
  #loaded: Promise<LoadedPages & vscode.Disposable> | null = null;
  #disposed = false;

  constructor(deps: PagesDeps) {
    this.#deps = deps;
    const restore = (type: string, page: keyof LoadedPages): vscode.Disposable =>
      vscode.window.registerWebviewPanelSerializer(type, {
        deserializeWebviewPanel: async (panel, remembered: unknown) =>
          await (await this.#load())[page].restore(panel, remembered),
      });
    this.#owned = [
      restore(panelTypes.metrics, "metrics"),
      restore(panelTypes.forecast, "forecast"),
      restore(panelTypes.scaling, "scaling"),
      restore(panelTypes.capacity, "capacity"),
      restore(panelTypes.report, "report"),
      restore(panelTypes.pareto, "pareto"),
      restore(panelTypes.flame, "flame"),
      restore(panelTypes.profile, "profile"),
      restore(panelTypes.blame, "blame"),
      vscode.window.registerCustomEditorProvider(profileEditorType, {
        openCustomDocument: (uri) => ({ uri, dispose: () => undefined }),
        resolveCustomEditor: async ({ uri }, panel) => (await this.#load()).flame.edit(uri, panel),
      }),
    ];
  }

  async openMetrics(): Promise<void> {
    (await this.#load()).metrics.open();
  }

  /** `null`: the swarm it showed last, or the first there is. */
  async openForecast(swarmId: string | null): Promise<void> {
    (await this.forecast()).open(swarmId);
  }

  /** On the page "Swarm Scaling". @param wish what differs from what the page has chosen */
  async comparePolicies(swarmId: string, wish: Partial<ComparisonWish>): Promise<void> {
    (await this.#load()).scaling.compare(swarmId, wish);
  }

  /** `null`: of all swarms. */
  async openCapacity(swarmId: string | null): Promise<void> {
    (await this.#load()).capacity.open(swarmId);
  }

  /** `null`: of all swarms. */
  async openBlame(swarmId: string | null): Promise<void> {
    (await this.#load()).blame.open(swarmId);
  }

  /** On the page "Pareto". */
  async optimizeAllocation(swarmId: string): Promise<void> {
    (await this.#load()).pareto.optimize(swarmId);
  }

  /** On a page "Flame" of its own. @param baseline what it is compared with */
  async showProfile(profile: Profile, baseline: Profile | null = null): Promise<void> {
    (await this.#load()).flame.show(profile, baseline);
  }

  /** The same of files. */
  async openProfile(file: vscode.Uri, baseline: vscode.Uri | null = null): Promise<void> {
    (await this.#load()).flame.open(file, baseline);
  }

  /** What a profile of a running process has found, on a page "Profile" of its own. */
  async showProfileReport(report: ProfileReport): Promise<void> {
    (await this.#load()).profile.show(report);
  }

  async forecast(): Promise<LoadedPages["forecast"]> {
    return (await this.#load()).forecast;
  }

  async report(): Promise<LoadedPages["report"]> {
    return (await this.#load()).report;
  }

  dispose(): void {
    this.#disposed = true;
    for (const one of this.#owned.toReversed()) one.dispose();
    void this.#loaded?.then((pages) => pages.dispose());
  }

  #load(): Promise<LoadedPages & vscode.Disposable> {
    this.#loaded ??= import("./panels.ts").then(({ createPages }) => {
      const pages = createPages(this.#deps);
      if (this.#disposed) pages.dispose();
      return pages;
    });
    return this.#loaded;
  }
}
