import { CAPACITY_ASKED } from "../../src/engine/protocol/capacity.ts";
import { CAPACITY_HORIZONS, type CapacityWish, DEFAULT_HORIZON } from "../../src/engine/protocol/capacityPage.ts";
import { numberText } from "../../src/text/figures.ts";

/** What is typed, and what it means. */

export const FIELDS = ["percent", "agents", "memory", "cpus"] as const;
export type Field = (typeof FIELDS)[number];

export interface WishTexts extends Readonly<Record<Field, string>> {
  readonly horizonDays: number;
  readonly growth: "auto" | "percent";
}

export const NO_TEXTS: WishTexts = {
  ...{ horizonDays: DEFAULT_HORIZON, growth: "auto" },
  ...{ percent: "", agents: "", memory: "", cpus: "" },
};

export type Meant =
  | { readonly kind: "ok"; readonly wish: CapacityWish }
  /** By field, what may be typed there. */
  | { readonly kind: "refused"; readonly problems: Readonly<Partial<Record<Field, string>>> };

const WHOLE = /^\d{1,9}$/;
const DECIMAL = /^\d{1,9}(?:\.\d{1,6})?$/;
const PERCENT = /^([+-]?\d{1,9}(?:\.\d{1,6})?)\s*%?$/;
const SIZE = /^(\d{1,9}(?:\.\d{1,6})?)\s*(MB|GB|TB)?$/i;
const UNITS: Readonly<Record<string, number>> = { MB: 1e6, GB: 1e9, TB: 1e12 };

const { agents: AGENTS, cpus: CPUS, memoryBytes: MEMORY, growthPercent: GROWTH } = CAPACITY_ASKED;
const bounds = ({ least, most }: { readonly least: number; readonly most: number }): string =>
  `${numberText(least)} to ${numberText(most)}`;
const HELP: Readonly<Record<Field, string>> = {
  percent: `Use ${bounds(GROWTH)} per cent, such as 20 or -5.`,
  agents: `Use a whole number of agents, ${bounds(AGENTS)}, or leave it empty.`,
  memory: "Use a size above 0 in GB, such as 64 (or 512 MB), or leave it empty.",
  cpus: `Use a number of cores, ${bounds(CPUS)}, or leave it empty.`,
};

/** Nothing is asked while a field says what cannot be: a figure that is rounded or cut would be answered like any other. */
export function meant(texts: WishTexts): Meant {
  const values = {
    percent: texts.growth === "auto" ? null : valueOf(PERCENT.exec(texts.percent.trim())?.[1], GROWTH),
    agents: optional(texts.agents, (text) => valueOf(WHOLE.exec(text)?.[0], AGENTS)),
    memory: optional(texts.memory, (text) => sizeOf(text)),
    cpus: optional(texts.cpus, (text) => valueOf(DECIMAL.exec(text)?.[0], CPUS)),
  };
  const wrong = FIELDS.filter((field) => values[field] === undefined);
  if (wrong.length > 0)
    return { kind: "refused", problems: Object.fromEntries(wrong.map((field) => [field, HELP[field]])) };
  return {
    kind: "ok",
    wish: {
      horizonDays: CAPACITY_HORIZONS.find((days) => days === texts.horizonDays) ?? DEFAULT_HORIZON,
      growth: values.percent ?? "auto",
      agents: values.agents ?? null,
      memoryBytes: values.memory ?? null,
      cpus: values.cpus ?? null,
    },
  };
}

/** `null`: nothing is typed; `undefined`: it cannot be. */
function optional(text: string, read: (text: string) => number | undefined): number | null | undefined {
  return text.trim() === "" ? null : read(text.trim());
}

function valueOf(
  text: string | undefined,
  { least, most }: { readonly least: number; readonly most: number },
): number | undefined {
  const value = Number(text);
  return text !== undefined && value >= least && value <= most ? value : undefined;
}

function sizeOf(text: string): number | undefined {
  const [, value, unit = "GB"] = SIZE.exec(text) ?? [];
  const bytes = Number(value) * (UNITS[unit.toUpperCase()] ?? Number.NaN);
  return bytes >= MEMORY.least && bytes <= MEMORY.most ? bytes : undefined;
}

/** What the editor gave back after a reload; anything else counts as nothing typed. */
export function recalledTexts(kept: Readonly<Record<string, unknown>>): WishTexts {
  const text = (field: Field): string => {
    const value = kept[field];
    return typeof value === "string" ? value.slice(0, 40) : "";
  };
  return {
    horizonDays: CAPACITY_HORIZONS.find((days) => days === kept["horizonDays"]) ?? DEFAULT_HORIZON,
    growth: kept["growth"] === "percent" ? "percent" : "auto",
    ...{ percent: text("percent"), agents: text("agents"), memory: text("memory"), cpus: text("cpus") },
  };
}
