import type { MetricsReport } from "../../src/engine/protocol/rpc.ts";
import { bytesText, countText, numberText, ratioText, UNKNOWN } from "../../src/text/figures.ts";
import { clean, element, setText } from "../shared/elements.ts";
import { DASH } from "./figures.ts";

const HEADS = ["Agent", "Swarm", "State", "CPU of machine", "Cores", "Memory", "Processes", "Source"] as const;
const FIGURES: ReadonlySet<string> = new Set(["CPU of machine", "Cores", "Memory", "Processes"]);

type Agent = NonNullable<MetricsReport["agents"]>[number];

/** The table of agents. Rows are kept by id and their cells change in place. */
export class AgentsTable {
  readonly element: HTMLElement;
  readonly #caption = element("caption");
  readonly #body = element("tbody");
  readonly #rows = new Map<string, readonly HTMLTableCellElement[]>();

  constructor() {
    const head = element("tr");
    for (const text of HEADS) {
      const cell = element("th", { text, ...(FIGURES.has(text) ? { className: "figure" } : {}) });
      cell.scope = "col";
      head.append(cell);
    }
    const table = element("table", {}, this.#caption, element("thead", {}, head), this.#body);
    this.element = element(
      "section",
      { className: "agents stacks" },
      element("h2", { text: "Agents" }),
      element("div", { className: "scroll" }, table),
    );
    this.element.setAttribute("aria-label", "Agents");
  }

  show(report: MetricsReport, labels: Readonly<Record<string, string>>): void {
    const agents = report.agents ?? [];
    setText(this.#caption, agents.length === 0 ? "No agent is running." : countText(agents.length, "agent"));
    const capacity = report.cpu?.capacityCores.value ?? null;
    const wanted = new Map(agents.map((agent) => [`${agent.swarmId}/${agent.id}`, agent]));
    for (const [key, cells] of this.#rows) {
      if (wanted.has(key)) continue;
      cells[0]?.parentElement?.remove();
      this.#rows.delete(key);
    }
    let before: Element | null = null;
    for (const [key, agent] of wanted) {
      let cells = this.#rows.get(key);
      if (cells === undefined) {
        cells = newRow();
        this.#rows.set(key, cells);
      }
      const row = cells[0]?.parentElement ?? null;
      const place: Element | null = before === null ? this.#body.firstElementChild : before.nextElementSibling;
      if (row !== null && row !== place) this.#body.insertBefore(row, place);
      before = row;
      const texts = rowTexts(agent, labels[agent.swarmId] ?? agent.swarmId, capacity);
      cells.forEach((cell, at) => setText(cell, texts[at] ?? DASH));
    }
  }
}

function newRow(): readonly HTMLTableCellElement[] {
  const cells = HEADS.map((head, at) => {
    const cell = element(at === 0 ? "th" : "td", FIGURES.has(head) ? { className: "figure" } : {});
    if (at === 0) cell.scope = "row";
    cell.setAttribute("data-head", head);
    return cell;
  });
  element("tr", {}, ...cells);
  return cells;
}

function rowTexts(agent: Agent, label: string, capacity: number | null): readonly string[] {
  const { cpuCores, rssBytes, processCount } = agent.usage;
  const share = cpuCores === null || capacity === null || !(capacity > 0) ? null : cpuCores / capacity;
  return [
    clean(agent.name.endsWith(String(agent.pid)) ? agent.name : `${agent.name} ${agent.pid}`),
    clean(label),
    `${clean(agent.state)} (${agent.stateSource})`,
    dashed(ratioText(share)),
    dashed(numberText(cpuCores)),
    dashed(bytesText(rssBytes)),
    String(processCount),
    agent.usageSource,
  ];
}

function dashed(text: string): string {
  return text === UNKNOWN ? DASH : text;
}
