import type { HostFacts } from "../../src/engine/protocol/model.ts";
import type { MetricsReport } from "../../src/engine/protocol/rpc.ts";
import type { PageLink } from "../../src/engine/protocol/webview.ts";
import { bytesText, countText, durationText, ratioText } from "../../src/text/figures.ts";
import { clean, element, setText } from "../shared/elements.ts";
import { AgentsTable } from "./agentsTable.ts";
import { DASH, figureTexts, type FigureRow, GROUPS } from "./figures.ts";

export interface PageActions {
  readonly setLive: (live: boolean) => void;
  readonly copy: () => void;
}

/** The page's elements, made once; `show…` change texts in place. */
export class MetricsPage {
  readonly #when = element("span", { className: "when", text: "Waiting for the first sample" });
  readonly #pause = element("button", { text: "Pause" });
  readonly #copy = element("button", { text: "Copy as JSON" });
  readonly #status = element("span");
  readonly #link = element("p", { className: "link" });
  readonly #say = element("p", { className: "say" });
  readonly #facts = element("p", { className: "say when" });
  readonly #cores = element("ul", { className: "cores" });
  readonly #figures: { readonly row: FigureRow; readonly value: HTMLElement; readonly tag: HTMLElement }[] = [];
  readonly #agents = new AgentsTable();
  #live = true;
  #wallMs: number | null = null;

  constructor(root: HTMLElement, actions: PageActions) {
    this.#pause.type = "button";
    this.#copy.type = "button";
    this.#pause.addEventListener("click", () => {
      this.showLive(!this.#live);
      actions.setLive(this.#live);
    });
    this.#copy.addEventListener("click", () => actions.copy());
    this.#status.setAttribute("role", "status");
    this.#link.setAttribute("role", "alert");
    this.#link.hidden = true;
    this.#cores.setAttribute("aria-label", "Busy share of each core");

    const groups = element("div", { className: "groups" });
    for (const { title, rows } of GROUPS) {
      const list = element("dl", {}, ...rows.map((row) => this.#figure(row)));
      const section = element("section", {}, element("h2", { text: title }), list);
      section.setAttribute("aria-label", title);
      if (title === "CPU") section.append(this.#cores);
      groups.append(section);
    }
    const header = element(
      "header",
      {},
      element("h1", { text: "Swarm Metrics" }),
      this.#when,
      this.#status,
      this.#pause,
      this.#copy,
    );
    root.replaceChildren(header, element("main", {}, this.#link, this.#say, this.#facts, groups, this.#agents.element));
  }

  get live(): boolean {
    return this.#live;
  }

  showLive(live: boolean): void {
    this.#live = live;
    setText(this.#pause, live ? "Pause" : "Resume");
    this.#pause.title = live ? "Stop updating: the figures stay as they are" : "Update again";
    this.showAge();
  }

  showLink(link: PageLink): void {
    this.#link.hidden = link.kind === "connected";
    setText(
      this.#link,
      link.kind === "connected" ? "" : `${clean(link.text, 400)} The figures below are the last known.`,
    );
  }

  showFacts(facts: HostFacts | null): void {
    const parts =
      facts === null
        ? []
        : [facts.hostname, `${facts.osName} ${facts.osVersion}`.trim(), facts.cpuModel, facts.sandbox].filter(
            (part) => part !== "",
          );
    setText(this.#facts, parts.map((part) => clean(part)).join(" · "));
    this.#facts.hidden = parts.length === 0;
  }

  showReport(report: MetricsReport, labels: Readonly<Record<string, string>>): void {
    this.#wallMs = report.wallMs;
    this.showAge();
    for (const { row, value, tag } of this.#figures) {
      const texts = figureTexts(row, report);
      setText(value, texts.value);
      setText(tag, texts.tag);
    }
    this.#showCores(report.cpu?.perCoreBusyRatio ?? null);
    setText(this.#say, sentence(report));
    this.#agents.show(report, labels);
  }

  /** Called each second too: an age that stands still would be wrong. */
  showAge(): void {
    if (this.#wallMs === null) return;
    const ageMs = Math.max(0, Date.now() - this.#wallMs);
    const age = ageMs < 1_000 ? "just now" : `${durationText(Math.floor(ageMs / 1_000) * 1_000)} ago`;
    setText(
      this.#when,
      `${this.#live ? "Live" : "Paused"} · sampled ${new Date(this.#wallMs).toLocaleTimeString()}, ${age}`,
    );
  }

  showStatus(text: string): void {
    setText(this.#status, clean(text, 400));
  }

  #figure(row: FigureRow): HTMLElement {
    const value = element("dd", { text: DASH });
    const tag = element("dd", { className: "tag", text: "unknown" });
    this.#figures.push({ row, value, tag });
    return element("div", {}, element("dt", { text: row.label }), value, tag);
  }

  #showCores(ratios: readonly number[] | null): void {
    const wanted = ratios ?? [];
    while (this.#cores.childElementCount > wanted.length) this.#cores.lastElementChild?.remove();
    wanted.forEach((ratio, core) => {
      let item = this.#cores.children[core];
      if (item === undefined) {
        item = element(
          "li",
          {},
          element("span", { text: `Core ${core}` }),
          element("span", { className: "bar" }, element("span")),
          element("span", { className: "value" }),
        );
        item.children[1]?.setAttribute("aria-hidden", "true");
        this.#cores.append(item);
      }
      const fill = item.children[1]?.firstElementChild;
      // Through the object model: the page's policy refuses style attributes in markup.
      if (fill instanceof HTMLElement) fill.style.width = `${Math.round(Math.min(1, Math.max(0, ratio)) * 100)}%`;
      const value = item.children[2];
      if (value !== undefined) setText(value, ratioText(ratio));
    });
    this.#cores.hidden = wanted.length === 0;
  }
}

/** The page in a sentence. Says nothing of what is not known. */
function sentence({ cpu, memory, agents }: MetricsReport): string {
  const parts: string[] = [];
  const busy = cpu?.busyRatio.value ?? null;
  if (busy !== null) parts.push(`The machine is ${ratioText(busy)} busy`);
  const available = memory?.availableBytes.value ?? null;
  if (available !== null)
    parts.push(`${bytesText(available)} of memory ${parts.length === 0 ? "are" : "is"} available`);
  if (agents !== undefined)
    parts.push(`${countText(agents.length, "agent")} ${agents.length === 1 ? "runs" : "run"} on it`);
  return parts.length === 0 ? "" : `${parts.join(", ")}.`;
}
