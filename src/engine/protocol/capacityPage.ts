import * as z from "zod/mini";
import { CAPACITY_ASKED, type RunsOut } from "./capacity.ts";
import type { PageLink, StateMessage, SwarmChoice } from "./webview.ts";

/** Messages between the editor and the page "Capacity". */

/** What the page offers; days of real time. */
export const CAPACITY_HORIZONS = [7, 30, 90, 365] as const;
export type CapacityHorizon = (typeof CAPACITY_HORIZONS)[number];
export const DEFAULT_HORIZON: CapacityHorizon = 30;

const within = ({ least, most }: { readonly least: number; readonly most: number }) =>
  z.number().check(z.gte(least), z.lte(most));

const wish = z.strictObject({
  horizonDays: z.literal(CAPACITY_HORIZONS),
  /** As learned, or per cent of today's level in thirty days. */
  growth: z.union([z.literal("auto"), within(CAPACITY_ASKED.growthPercent)]),
  /** As if it were so; `null`: as it is. */
  agents: z.nullable(z.int().check(z.gte(CAPACITY_ASKED.agents.least), z.lte(CAPACITY_ASKED.agents.most))),
  memoryBytes: z.nullable(within(CAPACITY_ASKED.memoryBytes)),
  cpus: z.nullable(within(CAPACITY_ASKED.cpus)),
});

/** From the page. */
export const capacityPageMessage = z.discriminatedUnion("type", [
  /** Loaded, or lost count of the updates: send everything. */
  z.strictObject({ type: z.literal("ready") }),
  /** `null`: all swarms. */
  z.strictObject({ type: z.literal("choose"), swarmId: z.nullable(z.string().check(z.maxLength(200))) }),
  z.strictObject({ type: z.literal("wish"), wish }),
  /** Once more, by what is there now. */
  z.strictObject({ type: z.literal("ask") }),
]);
export type CapacityPageMessage = z.infer<typeof capacityPageMessage>;
export type CapacityWish = z.infer<typeof wish>;

export const PLAIN_WISH: CapacityWish = {
  horizonDays: DEFAULT_HORIZON,
  growth: "auto",
  agents: null,
  memoryBytes: null,
  cpus: null,
};

/** A plan in words, and the figures that are drawn. */
export interface PagePlan {
  readonly madeAtMs: number;
  readonly horizonDays: number;
  readonly sentence: string;
  /** Of which machine, and by which growth. */
  readonly basis: string;
  readonly whatIf: readonly {
    readonly subject: string;
    readonly fits: boolean | null;
    readonly verdict: string;
    readonly rest: string;
  }[];
  /** Rows of the tables, each as many cells as the table has columns. */
  readonly kinds: readonly (readonly string[])[];
  readonly resources: readonly {
    readonly cells: readonly string[];
    readonly name: string;
    readonly runsOut: RunsOut | null;
    readonly text: string;
  }[];
  readonly notes: readonly string[];
}

/** How what was asked for last goes. */
export type CapacityRun =
  | { readonly kind: "idle" }
  | { readonly kind: "asking" }
  /** Why, and what to do about it, in words. */
  | { readonly kind: "failed"; readonly text: string };

export interface CapacityPageState {
  readonly link: PageLink;
  readonly swarms: readonly SwarmChoice[];
  /** `null`: all of them. */
  readonly swarmId: string | null;
  /** The swarm that was shown and is no more, by its label. */
  readonly gone: string | null;
  readonly run: CapacityRun;
  /** The last one that was made of this swarm; stays while another one is made. */
  readonly plan: PagePlan | null;
}

/** To the page. */
export type CapacityHostMessage = StateMessage<CapacityPageState>;
