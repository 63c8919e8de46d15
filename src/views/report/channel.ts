import type { Coded } from "../../engine/protocol/model.ts";
import {
  DEFAULT_REPORT_TIMEFRAME,
  type PerformanceReport,
  type ReportTimeframe,
} from "../../engine/protocol/performanceReport.ts";
import {
  type ReportFormat,
  type ReportHostMessage,
  reportPageMessage,
  type ReportPageState,
  type ReportRun,
} from "../../engine/protocol/reportPage.ts";
import type { Overview } from "../../engine/protocol/rpc.ts";
import type { PageLink } from "../../engine/protocol/webview.ts";
import { reasonText } from "../../text/reasons.ts";
import { reportDocument } from "../../text/report/document.ts";
import { FollowedSwarm, type OfSwarm } from "../pages/followedSwarm.ts";
import { Outlet } from "../pages/outlet.ts";
import type { PageChannel } from "../pages/pagePanels.ts";
import { swarmChoices } from "../pages/swarms.ts";
import { codedOf, isAborted } from "../sessionPort.ts";

export interface ReportChannelDeps {
  readonly post: (message: ReportHostMessage) => void;
  readonly make: (swarmId: string, timeframe: ReportTimeframe, signal: AbortSignal) => Promise<PerformanceReport>;
  /** @returns what to say of it; `null` when the operator gave up */
  readonly save: (report: PerformanceReport, format: ReportFormat, swarmLabel: string) => Promise<string | null>;
  readonly overview: () => Overview | null;
  readonly onProblem: (problem: Coded) => void;
  readonly wallMs: () => number;
}

/** The swarm and the time that are shown, and what was made of them. */
interface Shown extends OfSwarm {
  readonly timeframe: ReportTimeframe;
  run: ReportRun;
  report: PerformanceReport | null;
  made: ReportPageState["made"];
  /** It was asked for and could not be: there is no connection yet. */
  isDue: boolean;
}

/**
 * The editor's end of one page. A report is made when another swarm or time is shown, and when it is asked for anew: what is
 * read does not change under the reader. One that is under way ends with the page, and with what it is of.
 */
export class ReportChannel implements PageChannel {
  readonly #deps: ReportChannelDeps;
  readonly #outlet: Outlet<ReportPageState>;
  readonly #swarm: FollowedSwarm<Shown>;
  #timeframe: ReportTimeframe = DEFAULT_REPORT_TIMEFRAME;

  constructor(deps: ReportChannelDeps) {
    this.#deps = deps;
    this.#outlet = new Outlet<ReportPageState>(deps.post, ["made"], () => this.#state());
    this.#swarm = new FollowedSwarm(deps.overview, (row, label) => {
      const nothing = { run: { kind: "idle" }, report: null, made: null, given: null } as const;
      return { ...nothing, swarmId: row.id, label, timeframe: this.#timeframe, isDue: true };
    });
  }

  /** Whether this page is a reason to keep the engine at its fast pace: what is told of now is then not old. */
  get wantsUpdates(): boolean {
    return this.#outlet.isSeen;
  }

  /** Takes a message of the page, whatever it is. @returns false for one that is none of ours */
  receive(message: unknown): boolean {
    const parsed = reportPageMessage.safeParse(message);
    if (!parsed.success) return false;
    const { data } = parsed;
    switch (data.type) {
      case "ready":
        this.#outlet.ready();
        break;
      case "choose":
        this.show(data.swarmId, null);
        break;
      case "timeframe":
        this.#timeframe = data.timeframe;
        this.#push();
        break;
      case "make":
        if (this.#swarm.shown !== null) this.#swarm.shown.isDue = true;
        this.#push();
        break;
      case "cancel":
        this.#swarm.end();
        break;
      case "export":
        void this.#save(data.format);
        break;
    }
    return true;
  }

  /** Shows this swarm from now on. @param timeframe `null`: the one that is shown */
  show(swarmId: string, timeframe: ReportTimeframe | null): void {
    this.#swarm.choose(swarmId);
    this.#timeframe = timeframe ?? this.#timeframe;
    this.#push();
  }

  setVisible(visible: boolean): void {
    this.#outlet.setVisible(visible);
  }

  setLink(link: PageLink): void {
    this.#outlet.setLink(link);
  }

  async refresh(): Promise<void> {
    this.#push();
  }

  dispose(): void {
    this.#outlet.dispose();
    this.#swarm.end();
  }

  /** Settles always. */
  async #make(shown: Shown): Promise<void> {
    shown.isDue = false;
    if (shown.given !== null) return;
    const given = new AbortController();
    shown.given = given;
    shown.run = { kind: "making", sinceMs: this.#deps.wallMs() };
    try {
      const report = await this.#deps.make(shown.swarmId, shown.timeframe, given.signal);
      shown.report = report;
      shown.made = { atMs: report.madeAtMs, document: reportDocument(report) };
      shown.run = { kind: "idle" };
    } catch (error) {
      const coded = codedOf(error);
      shown.run = isAborted(coded) ? { kind: "cancelled" } : { kind: "failed", text: reasonText(coded) };
    }
    shown.given = null;
    if (this.#swarm.shown === shown) this.#push();
  }

  async #save(format: ReportFormat): Promise<void> {
    const { shown } = this.#swarm;
    if (shown === null || shown.report === null) return;
    try {
      const said = await this.#deps.save(shown.report, format, shown.label);
      if (said !== null) this.#deps.post({ type: "saved", text: said });
    } catch (error) {
      const coded = codedOf(error);
      this.#deps.onProblem(coded);
      this.#deps.post({ type: "saved", text: `Could not export: ${reasonText(coded)}` });
    }
  }

  #push(): void {
    this.#outlet.push();
  }

  #state(): ReportPageState {
    this.#swarm.follow();
    if (this.#swarm.shown !== null && this.#swarm.shown.timeframe !== this.#timeframe) this.#swarm.renew();
    const { shown, gone } = this.#swarm;
    const { link, isReady } = this.#outlet;
    // Nobody waits for a report before the page can show that it is being made.
    if (shown !== null && shown.isDue && isReady && link.kind === "connected") void this.#make(shown);
    return {
      link,
      swarms: swarmChoices(this.#deps.overview()),
      swarmId: shown?.swarmId ?? null,
      gone,
      timeframe: this.#timeframe,
      run: shown?.run ?? { kind: "idle" },
      made: shown?.made ?? null,
    };
  }
}
