import { REPORT_TIMEFRAMES, type ReportTimeframe } from "../../src/engine/protocol/performanceReport.ts";
import { type ReportFormat, REPORT_FORMATS, type ReportPageState } from "../../src/engine/protocol/reportPage.ts";
import { durationText } from "../../src/text/figures.ts";
import { clean, element, setOptions, setText } from "../shared/elements.ts";
import { button, showSwarms, Trouble } from "../shared/pageParts.ts";
import { sectionElement } from "./sections.ts";

export interface PageActions {
  readonly choose: (swarmId: string) => void;
  readonly timeframe: (timeframe: ReportTimeframe) => void;
  readonly make: () => void;
  readonly cancel: () => void;
  readonly export: (format: ReportFormat) => void;
}

const FORMAT_WORDS: Readonly<Record<ReportFormat, string>> = { html: "HTML", md: "Markdown", json: "JSON" };

/** The page's elements, made once; the report itself anew with each report, for it stands still until the next one. */
export class ReportPage {
  readonly #swarm = element("select");
  readonly #timeframe = element("select");
  readonly #when = element("span", { className: "when" });
  readonly #make: HTMLButtonElement;
  readonly #cancel: HTMLButtonElement;
  readonly #exports: readonly HTMLButtonElement[];
  readonly #trouble = new Trouble();
  readonly #progress = element("progress");
  readonly #failure = element("p", { className: "link failure" });
  readonly #retry: HTMLElement;
  readonly #empty = element("p", { className: "empty" });
  readonly #about = element("div", { className: "about" });
  readonly #report = element("div", { className: "report" });
  readonly #said = element("p", { className: "said" });
  readonly #spoken = element("p", { className: "spoken" });
  #state: ReportPageState | null = null;
  #drawn: ReportPageState["made"] = null;

  constructor(root: HTMLElement, actions: PageActions) {
    this.#swarm.setAttribute("aria-label", "Swarm");
    this.#swarm.addEventListener("change", () => actions.choose(this.#swarm.value));
    this.#timeframe.setAttribute("aria-label", "How far back");
    setOptions(
      this.#timeframe,
      REPORT_TIMEFRAMES.map((value) => ({ value, text: `Last ${value}` })),
    );
    this.#timeframe.addEventListener("change", () => {
      const chosen = REPORT_TIMEFRAMES.find((known) => known === this.#timeframe.value);
      if (chosen !== undefined) actions.timeframe(chosen);
    });
    this.#make = button("Refresh", actions.make);
    this.#cancel = button("Cancel", actions.cancel);
    this.#exports = REPORT_FORMATS.map((format) =>
      button(`Export ${FORMAT_WORDS[format]}…`, () => actions.export(format)),
    );
    this.#progress.setAttribute("aria-label", "Making the report");
    this.#failure.setAttribute("role", "alert");
    this.#retry = element("div", { className: "retry" }, this.#failure, button("Try again", actions.make));
    this.#said.setAttribute("role", "status");
    this.#spoken.setAttribute("aria-live", "polite");
    const header = element(
      "header",
      {},
      ...[element("h1", { text: "Report" }), this.#swarm, this.#timeframe, this.#when],
      ...[this.#cancel, this.#make, ...this.#exports],
    );
    const main = element(
      "main",
      {},
      ...[this.#trouble.element, this.#progress, this.#retry, this.#empty, this.#said],
      ...[this.#about, this.#report, this.#spoken],
    );
    root.replaceChildren(header, main);
  }

  show(state: ReportPageState): void {
    const before = this.#state;
    this.#state = state;
    const { swarms, swarmId, timeframe, run, made, link } = state;
    showSwarms(this.#swarm, swarms, swarmId);
    this.#timeframe.value = timeframe;
    this.#timeframe.hidden = swarmId === null;
    this.#trouble.show(link, null);
    const isMaking = run.kind === "making";
    this.#progress.hidden = !isMaking;
    this.#cancel.hidden = !isMaking;
    this.#make.hidden = swarmId === null || isMaking;
    for (const one of this.#exports) {
      one.hidden = swarmId === null;
      one.disabled = made === null;
    }
    this.#retry.hidden = run.kind !== "failed";
    setText(this.#failure, run.kind === "failed" ? clean(`No report: ${run.text}`, 600) : "");
    const empty = made === null ? emptyText(state) : "";
    setText(this.#empty, empty);
    this.#empty.hidden = empty === "";
    this.#draw(made);
    this.showAge();
    // Read out is what the operator waits for: how it has ended.
    if (before?.run.kind !== "making" || isMaking) return;
    setText(this.#said, "");
    setText(
      this.#spoken,
      run.kind === "idle" ? "The report is there." : run.kind === "cancelled" ? "The report was cancelled." : "",
    );
  }

  /** Called each second too: an age that stands still would be wrong. */
  showAge(): void {
    const state = this.#state;
    if (state === null) return;
    const { run, made } = state;
    const now = Date.now();
    if (run.kind === "making")
      setText(this.#when, `Reading the history, for ${durationText(Math.max(0, now - run.sinceMs))}`);
    else setText(this.#when, made === null ? "" : `Made ${durationText(Math.max(0, now - made.atMs))} ago`);
  }

  say(text: string): void {
    setText(this.#said, clean(text, 400));
  }

  #draw(made: ReportPageState["made"]): void {
    if (made === this.#drawn) return;
    this.#drawn = made;
    const lines = made === null ? [] : [made.document.title, ...made.document.about];
    this.#about.replaceChildren(...lines.map((text) => element("p", { text: clean(text, 600) })));
    this.#report.replaceChildren(...(made?.document.sections ?? []).map(sectionElement));
  }
}

/** Why nothing is shown, and what to do. */
function emptyText({ swarms, gone, run }: ReportPageState): string {
  if (gone !== null) return `The swarm ${clean(gone, 80)} is no longer there. Choose another one.`;
  if (swarms.length === 0) return "No swarm is there to report on. Start the demo swarm, or define one of yours.";
  switch (run.kind) {
    case "making":
      return "Key figures, load, decisions and what follows from them are being read.";
    case "cancelled":
      return "The report was cancelled. Refresh makes it anew.";
    case "failed":
      return "";
    case "idle":
      return "Waiting for the engine.";
  }
}
