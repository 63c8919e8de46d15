import {
  type DocumentAdvice,
  type DocumentCpu,
  type DocumentLines,
  type DocumentMemory,
  type FrameList,
  PROFILE_FORMATS,
  type ProfileDocument,
  type ProfileFormat,
  type Recording,
} from "../../src/engine/protocol/profilePage.ts";
import type { ArtefactKind, ProfileComponent } from "../../src/engine/protocol/profiling.ts";
import { bytesText } from "../../src/text/figures.ts";
import { NOTHING_RAN } from "../../src/text/profileCpu.ts";
import { HOT_SPOT_HEADS, SERIES_NAMES, SUSPECT_HEADS } from "../../src/text/profileMarkdown.ts";
import { sinceText } from "../../src/text/profileMemory.ts";
import { clean, element, setText } from "../shared/elements.ts";
import { Grid } from "../shared/grid.ts";
import { button, TableToggle } from "../shared/pageParts.ts";
import { functionTable } from "./functionTable.ts";
import { MemoryChart } from "./memoryChart.ts";
import { memorySentence } from "./memoryRows.ts";

export interface PageActions {
  readonly source: (list: FrameList, index: number) => void;
  readonly open: (recording: Recording) => void;
  readonly compare: (recording: Recording) => void;
  readonly reveal: (index: number) => void;
  readonly export: (format: ProfileFormat) => void;
  readonly again: () => void;
  /** The table is shown from now on, or is not. */
  readonly tabled: (isShown: boolean) => void;
}

const MAX_TEXT = 600;
const MAX_PATH = 400;
const FORMAT_WORDS: Readonly<Record<ProfileFormat, string>> = { json: "JSON", md: "Markdown" };
const COMPONENT_WORDS: Readonly<Record<ProfileComponent, string>> = {
  cpu: "CPU",
  memory: "Memory",
  io: "I/O",
  application: "Application",
};
const FILE_WORDS: Readonly<Record<ArtefactKind, string>> = {
  cpuprofile: "CPU recording",
  heapprofile: "Heap recording",
  heapsnapshot: "Heap snapshot",
  folded: "Folded stacks",
};

/** The page's elements. A report stands still, so its parts are made once, when it comes. */
export class ProfilePage {
  readonly #actions: PageActions;
  readonly #process = element("span", { className: "when" });
  readonly #buttons: readonly HTMLButtonElement[];
  readonly #failure = element("p", { className: "link" });
  readonly #wait = element("p", { className: "empty", text: "Waiting for the report." });
  readonly #said = element("p", { className: "said" });
  readonly #report = element("div", { className: "report" });
  readonly #table = element("section", { className: "data" });
  readonly #toggle: TableToggle;
  #isTable: boolean;

  constructor(root: HTMLElement, isTable: boolean, actions: PageActions) {
    this.#actions = actions;
    this.#isTable = isTable;
    this.#failure.setAttribute("role", "alert");
    this.#failure.hidden = true;
    this.#said.setAttribute("role", "status");
    this.#table.setAttribute("aria-label", "The memory's figures as a table");
    this.#toggle = new TableToggle(this.#table, () => {
      if (this.#toggle.button.hidden) return;
      this.#isTable = !this.#isTable;
      this.#toggle.show(this.#isTable);
      this.#actions.tabled(this.#isTable);
      if (this.#isTable) this.#table.scrollIntoView({ block: "nearest" });
    });
    this.#toggle.show(isTable);
    this.#toggle.button.hidden = true;
    this.#buttons = [
      button("Profile Again…", actions.again),
      ...PROFILE_FORMATS.map((format) => button(`Export ${FORMAT_WORDS[format]}…`, () => actions.export(format))),
    ];
    for (const one of this.#buttons) one.hidden = true;
    const header = element("header", {}, element("h1", { text: "Profile" }), this.#process, ...this.#buttons);
    root.replaceChildren(header, element("main", {}, this.#failure, this.#wait, this.#said, this.#report));
  }

  show(document: ProfileDocument): void {
    const { title, about, warnings, recommendations, cpu, memory, io, application, missing, files } = document;
    this.#failure.hidden = true;
    this.#wait.hidden = true;
    for (const one of this.#buttons) one.hidden = false;
    setText(this.#process, clean(title, 80));
    this.#report.replaceChildren(
      element("div", { className: "about" }, ...about.map((text) => paragraph(text))),
      ...warnings.map((text) => paragraph(text, "link")),
      this.#advice(recommendations),
      ...(cpu === null ? [] : [this.#cpu(cpu)]),
    );
    this.#toggle.button.hidden = memory === null || memory.atMs.length === 0;
    if (memory !== null) this.#memory(memory);
    if (io !== null) this.#report.append(linesPart("io", "I/O", io));
    if (application !== null) this.#report.append(linesPart("application", "Application", application));
    if (missing.length > 0)
      this.#report.append(
        part("missing", "Not told", null, [
          element(
            "ul",
            {},
            ...missing.map(({ component, text }) =>
              element("li", { text: `${COMPONENT_WORDS[component]}: ${clean(text, MAX_TEXT)}` }),
            ),
          ),
        ]),
      );
    if (files.length > 0) this.#report.append(this.#files(files));
  }

  fail(text: string): void {
    this.#wait.hidden = true;
    this.#failure.hidden = false;
    setText(this.#failure, clean(text, MAX_TEXT));
  }

  say(text: string): void {
    setText(this.#said, clean(text, 400));
  }

  #advice(recommendations: readonly DocumentAdvice[]): HTMLElement {
    const items = recommendations.map(({ type, target, suggestion, evidence, hasSource }, index) => {
      const label = clean(target, MAX_PATH);
      let named: HTMLElement = element("strong", { text: label });
      if (hasSource) {
        named = button(label, () => this.#actions.source("advice", index));
        named.className = "frame";
      }
      return element(
        "li",
        {},
        element("span", { className: "tag", text: COMPONENT_WORDS[type] }),
        named,
        element("span", { className: "suggestion", text: clean(suggestion, MAX_TEXT) }),
        element("span", { className: "evidence", text: clean(evidence, MAX_TEXT) }),
      );
    });
    const nothing = paragraph("Nothing stands out in what was seen.", "quiet");
    return part("advice", "What to do", items.length === 0 ? null : "derived", [
      items.length === 0 ? nothing : element("ol", {}, ...items),
    ]);
  }

  #cpu({ source, summary, notes, warning, rows, hasRecording }: DocumentCpu): HTMLElement {
    const open = (index: number): void => this.#actions.source("hotSpots", index);
    return part("cpu", "CPU", source, [
      paragraph(summary),
      ...notes.map((text) => paragraph(text, "quiet")),
      ...(warning === null ? [] : [paragraph(warning, "warning")]),
      ...(rows.length === 0
        ? [paragraph(NOTHING_RAN, "quiet")]
        : [functionTable("Hot spots: shares of the time in which something ran", HOT_SPOT_HEADS, rows, open)]),
      ...(hasRecording ? [this.#recording("cpu", "Open Flame Graph")] : []),
    ]);
  }

  /** The chart takes its width from the page, so it is drawn once it stands there. */
  #memory(memory: DocumentMemory): void {
    const { summary, growth, atMs, series, suspects, sitesNote, hasRecording } = memory;
    const chart = atMs.length < 2 ? null : new MemoryChart(memory);
    const open = (index: number): void => this.#actions.source("suspects", index);
    const grid = new Grid([
      { head: "From the start", isFigure: false },
      ...series.map(({ id }) => ({ head: SERIES_NAMES[id], isFigure: true })),
    ]);
    grid.show(
      `Every look, measured: ${atMs.length}`,
      atMs.map((at, row) => ({
        cells: [sinceText(at), ...series.map(({ values }) => bytesText(values[row] ?? null))],
      })),
    );
    this.#table.replaceChildren(grid.element);
    this.#report.append(
      part("memory", "Memory", "measured; growth and places are derived", [
        paragraph(summary),
        ...growth.map((text) => paragraph(text)),
        ...(chart === null ? [] : [chart.element]),
        ...optional(memorySentence(memory)),
        ...(suspects.length === 0
          ? []
          : [functionTable("Places that allocate what stays (derived)", SUSPECT_HEADS, suspects, open)]),
        ...optional(sitesNote),
        element(
          "div",
          { className: "buttons" },
          this.#toggle.button,
          ...(hasRecording ? this.#recordingButtons("memory", "Open Heap Profile") : []),
        ),
        this.#table,
      ]),
    );
    chart?.draw();
  }

  #recording(recording: Recording, label: string): HTMLElement {
    return element("div", { className: "buttons" }, ...this.#recordingButtons(recording, label));
  }

  #recordingButtons(recording: Recording, label: string): HTMLElement[] {
    const compare = button("Compare…", () => this.#actions.compare(recording));
    compare.title = "With an earlier recording";
    return [button(label, () => this.#actions.open(recording)), compare];
  }

  #files(files: ProfileDocument["files"]): HTMLElement {
    return part("files", "Files", null, [
      element(
        "ul",
        {},
        ...files.map(({ kind, path, size }, index) => {
          const reveal = button("Reveal", () => this.#actions.reveal(index));
          reveal.setAttribute("aria-label", `Reveal ${FILE_WORDS[kind]}`);
          return element(
            "li",
            {},
            element("span", { text: `${FILE_WORDS[kind]}, ${clean(size)}` }),
            element("span", { className: "path", text: clean(path, MAX_PATH) }),
            reveal,
          );
        }),
      ),
    ]);
  }
}

function paragraph(text: string, className = "line"): HTMLElement {
  return element("p", { className, text: clean(text, MAX_TEXT) });
}

function optional(text: string | null): readonly HTMLElement[] {
  return text === null || text === "" ? [] : [paragraph(text, "quiet")];
}

/** @param tag where its figures come from */
function part(id: string, title: string, tag: string | null, children: readonly HTMLElement[]): HTMLElement {
  const heading = element("h2", { text: title });
  heading.id = `part-${id}`;
  if (tag !== null) heading.append(element("span", { className: "tag", text: tag }));
  const section = element("section", { className: `part ${id}` }, heading, ...children);
  section.setAttribute("aria-labelledby", heading.id);
  return section;
}

function linesPart(id: string, title: string, { source, lines }: DocumentLines): HTMLElement {
  return part(
    id,
    title,
    source,
    lines.map((text) => paragraph(text)),
  );
}
