import type { Coded } from "../common/errors.ts";
import type { AgentPrice, FootprintSizes } from "../ports.ts";
import type { Prices } from "../protocol/prices.ts";

/** What was, or would be, used; `null` where it is not known. */
export interface ResourceUse {
  readonly agentHours: number | null;
  /** Of busy cores. */
  readonly cpuHours: number | null;
  /** 10⁹ bytes for an hour. */
  readonly memoryGigabyteHours: number | null;
}

export type Cost =
  | { readonly kind: "known"; readonly amount: number; readonly currency: string }
  | { readonly kind: "unknown"; readonly reason: Coded };

const PRICED = [
  ["agentHours", "agentHour"],
  ["cpuHours", "cpuHour"],
  ["memoryGigabyteHours", "memoryGigabyteHour"],
] as const;

/**
 * Σ use × price over what has a price. Unknown without prices, and when something that has a price was not measured: the
 * rest alone would look like a cheaper whole. What is free needs no measurement.
 * @throws RangeError for a use or a price that is below 0 or no number
 */
export function costOf(use: ResourceUse, prices: Prices | null): Cost {
  if (prices === null) return { kind: "unknown", reason: { code: "cost.noPrices", args: {} } };
  let amount = 0;
  for (const [resource, name] of PRICED) {
    const price = prices[name];
    const used = use[resource];
    for (const [what, value] of [
      [name, price ?? 0],
      [resource, used ?? 0],
    ] as const)
      if (!(value >= 0 && Number.isFinite(value))) throw new RangeError(`${what} must be ≥ 0, got ${value}`);
    if (price === undefined || price === 0) continue;
    if (used === null) return { kind: "unknown", reason: { code: "cost.notMeasured", args: { resource } } };
    amount += used * price;
  }
  return { kind: "known", amount, currency: prices.currency };
}

/**
 * What one agent costs for an hour, of which half are no larger: its time and its resident memory for being there, the
 * cores that it uses for being busy.
 */
export function agentPrice(sizes: Pick<FootprintSizes, "rssBytes" | "cpuCores">, prices: Prices | null): AgentPrice {
  if (prices === null) return { kind: "unknown", datum: "price" };
  const memoryGigabyteHours = sizes.rssBytes === null ? null : sizes.rssBytes.p50 / 1e9;
  const there = costOf({ agentHours: 1, cpuHours: 0, memoryGigabyteHours }, prices);
  const busy = costOf({ agentHours: 0, cpuHours: sizes.cpuCores?.p50 ?? null, memoryGigabyteHours: 0 }, prices);
  if (there.kind === "unknown") return { kind: "unknown", datum: "residentMemory" };
  if (busy.kind === "unknown") return { kind: "unknown", datum: "cpu" };
  return { kind: "known", perHour: there.amount, perBusyHour: busy.amount };
}
