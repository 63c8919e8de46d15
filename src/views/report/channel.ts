import type { Coded, ManagedSwarmRow } from "../../engine/protocol/model.ts";
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
import { swarmLabel } from "../agents/faces.ts";
import type { PageChannel } from "../pages/pagePanels.ts";
import { StateSender } from "../pages/stateSender.ts";
import { managedOf, swarmChoices } from "../pages/swarms.ts";
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
interface Shown {
  readonly swarmId: string;
  readonly label: string;
  readonly timeframe: ReportTimeframe;
  run: ReportRun;
  report: PerformanceReport | null;
  made: ReportPageState["made"];
  /** Ends the report that is being made; `null` when none is. */
  given: AbortController | null;
  /** It was asked for and could not be: there is no connection yet. */
  isDue: boolean;
}

/**
 * The editor's end of one page. A report is made when another swarm or time is shown, and when it is asked for anew: what is
 * read does not change under the reader. One that is under way ends with the page, and with what it is of.
 */
export class ReportChannel implements PageChannel {
  readonly #deps: ReportChannelDeps;
  readonly #sender: StateSender<ReportPageState>;
  #ready = false;
  #visible = true;
  #disposed = false;
  #link: PageLink = { kind: "connected" };
  #timeframe: ReportTimeframe = DEFAULT_REPORT_TIMEFRAME;
  /** The swarm to be shown; `null`: the first there is. */
  #chosen: string | null = null;
  #shown: Shown | null = null;
  #gone: string | null = null;

  constructor(deps: ReportChannelDeps) {
    this.#deps = deps;
    this.#sender = new StateSender<ReportPageState>(deps.post, ["made"]);
  }

  /** Whether this page is a reason to keep the engine at its fast pace: what is told of now is then not old. */
  get wantsUpdates(): boolean {
    return this.#visible && !this.#disposed;
  }

  /** Takes a message of the page, whatever it is. @returns false for one that is none of ours */
  receive(message: unknown): boolean {
    const parsed = reportPageMessage.safeParse(message);
    if (!parsed.success) return false;
    const { data } = parsed;
    switch (data.type) {
      case "ready":
        this.#ready = true;
        this.#sendFull();
        break;
      case "choose":
        this.show(data.swarmId, null);
        break;
      case "timeframe":
        this.#timeframe = data.timeframe;
        this.#push();
        break;
      case "make":
        if (this.#shown !== null) this.#shown.isDue = true;
        this.#push();
        break;
      case "cancel":
        this.#shown?.given?.abort();
        break;
      case "export":
        void this.#save(data.format);
        break;
    }
    return true;
  }

  /** Shows this swarm from now on. @param timeframe `null`: the one that is shown */
  show(swarmId: string, timeframe: ReportTimeframe | null): void {
    this.#chosen = swarmId;
    this.#gone = null;
    this.#timeframe = timeframe ?? this.#timeframe;
    this.#push();
  }

  setVisible(visible: boolean): void {
    this.#visible = visible;
    // What happened while nobody looked was not sent: begin anew.
    if (visible && this.#ready) this.#sendFull();
  }

  setLink(link: PageLink): void {
    this.#link = link;
    this.#push();
  }

  async refresh(): Promise<void> {
    this.#push();
  }

  dispose(): void {
    this.#disposed = true;
    this.#shown?.given?.abort();
  }

  /** What is shown follows what there is. In the place of a swarm that has gone no other one is shown: it has other figures. */
  #follow(): void {
    const overview = this.#deps.overview();
    if (overview === null) return;
    this.#chosen ??= managedOf(overview)[0]?.id ?? null;
    if (this.#chosen === null) return;
    const row = managedOf(overview).find(({ id }) => id === this.#chosen) ?? null;
    const isOfIt = this.#shown?.swarmId === this.#chosen;
    if (row === null) {
      this.#gone ??= isOfIt && this.#shown !== null ? this.#shown.label : this.#chosen;
      this.#turnTo(null);
      return;
    }
    this.#gone = null;
    if (!isOfIt || this.#shown?.timeframe !== this.#timeframe) this.#turnTo(row);
    // Nobody waits for a report before the page can show that it is being made.
    const shown = this.#shown;
    if (shown !== null && shown.isDue && this.#ready && this.#link.kind === "connected") void this.#make(shown);
  }

  #turnTo(row: ManagedSwarmRow | null): void {
    this.#shown?.given?.abort();
    const of = { timeframe: this.#timeframe, run: { kind: "idle" }, report: null, made: null, given: null } as const;
    this.#shown = row === null ? null : { ...of, swarmId: row.id, label: swarmLabel(row), isDue: true };
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
    if (this.#shown === shown && !this.#disposed) this.#push();
  }

  async #save(format: ReportFormat): Promise<void> {
    const shown = this.#shown;
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

  #sendFull(): void {
    this.#follow();
    this.#sender.full(this.#state());
  }

  #push(): void {
    this.#follow();
    if (this.#ready && this.#visible) this.#sender.push(this.#state());
  }

  #state(): ReportPageState {
    const shown = this.#shown;
    return {
      link: this.#link,
      swarms: swarmChoices(this.#deps.overview()),
      swarmId: shown?.swarmId ?? null,
      gone: this.#gone,
      timeframe: this.#timeframe,
      run: shown?.run ?? { kind: "idle" },
      made: shown?.made ?? null,
    };
  }
}
