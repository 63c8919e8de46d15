import type { PagePattern } from "../../src/engine/protocol/forecastParts.ts";
import type { HeatMap } from "../../src/engine/protocol/patterns.ts";
import { countText } from "../../src/text/figures.ts";
import { element, setText } from "../shared/elements.ts";

const WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"] as const;
const HOURS = 24;

type Known = Extract<PagePattern<HeatMap>, { kind: "known" }>;

/**
 * Hour by weekday: a table for those who read it, a map of colours for those who see it. One stop of the Tab key; the arrow
 * keys move within. The figure of the cell under pointer or focus stands below.
 */
export class HeatMapTable {
  readonly element: HTMLElement;
  readonly #caption = element("caption");
  readonly #reading = element("p", { className: "reading" });
  readonly #scale = element("p", { className: "when" });
  readonly #cells: HTMLTableCellElement[][];
  #map: Known | null = null;
  #figure: (value: number) => string = String;
  #at = { day: 0, hour: 0 };

  constructor() {
    this.#cells = WEEKDAYS.map(() =>
      Array.from({ length: HOURS }, () => element("td", {}, element("span", { className: "spoken" }))),
    );
    const heads = Array.from({ length: HOURS }, (_, hour) => {
      const head = element("th", { text: String(hour) });
      head.scope = "col";
      return head;
    });
    const rows = this.#cells.map((cells, day) => {
      const head = element("th", { text: (WEEKDAYS[day] ?? "").slice(0, 3) });
      head.scope = "row";
      return element("tr", {}, head, ...cells);
    });
    const table = element(
      "table",
      { className: "heat" },
      this.#caption,
      element("thead", {}, element("tr", {}, element("td"), ...heads)),
      element("tbody", {}, ...rows),
    );
    this.#cells.forEach((cells, day) =>
      cells.forEach((cell, hour) => {
        cell.tabIndex = day === 0 && hour === 0 ? 0 : -1;
        cell.addEventListener("focus", () => this.#read(day, hour));
        cell.addEventListener("pointerenter", () => this.#read(day, hour));
      }),
    );
    table.addEventListener("keydown", (event) => this.#move(event));
    this.element = element("div", {}, table, this.#reading, this.#scale);
  }

  show(map: Known, label: string, figure: (value: number) => string): void {
    if (this.#map === map) return;
    this.#map = map;
    this.#figure = figure;
    setText(this.#caption, `${label} by hour and weekday: the median of each hour`);
    const known = map.medians.filter((value) => value !== null);
    const least = Math.min(...known);
    const most = Math.max(...known);
    this.#cells.forEach((cells, day) =>
      cells.forEach((cell, hour) => {
        const value = map.medians[day * HOURS + hour] ?? null;
        const share = value === null || !(most > least) ? 0 : (value - least) / (most - least);
        cell.className = value === null ? "none" : "";
        cell.style.setProperty("--share", String(Math.round(100 * (0.06 + 0.94 * share)) / 100));
        const text = cell.firstElementChild;
        if (text !== null) setText(text, value === null ? "not measured" : figure(value));
      }),
    );
    setText(
      this.#scale,
      known.length === 0 ? "" : `From ${figure(least)} (pale) to ${figure(most)} (full). Crossed out: not measured.`,
    );
    this.#read(this.#at.day, this.#at.hour);
  }

  #read(day: number, hour: number): void {
    const cell = this.#cells[day]?.[hour];
    if (cell === undefined) return;
    const before = this.#cells[this.#at.day]?.[this.#at.hour];
    if (before !== undefined) before.tabIndex = -1;
    cell.tabIndex = 0;
    this.#at = { day, hour };
    const value = this.#map?.medians[day * HOURS + hour] ?? null;
    const weeks = this.#map?.counts[day * HOURS + hour] ?? 0;
    const two = String(hour).padStart(2, "0");
    const figure = value === null ? "not measured" : `${this.#figure(value)}, from ${countText(weeks, "week")}`;
    setText(this.#reading, `${WEEKDAYS[day] ?? ""} ${two}:00: ${figure}`);
  }

  #move(event: KeyboardEvent): void {
    const { day, hour } = this.#at;
    const to = {
      ArrowLeft: { day, hour: hour - 1 },
      ArrowRight: { day, hour: hour + 1 },
      ArrowUp: { day: day - 1, hour },
      ArrowDown: { day: day + 1, hour },
      Home: { day, hour: 0 },
      End: { day, hour: HOURS - 1 },
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.#cells[to.day]?.[to.hour]?.focus();
  }
}
