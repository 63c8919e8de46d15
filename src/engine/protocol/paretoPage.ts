import * as z from "zod/mini";
import { MAX_GENERATIONS, MAX_POPULATION, OBJECTIVES, type SwarmOptimization } from "./optimize.ts";
import type { PageLink, StateMessage, SwarmChoice } from "./webview.ts";

/** Messages between the editor and the page "Pareto". */

const MOST_BUDGET = 1_000_000_000;
const MOST_WEIGHT = 1_000_000;

const wish = z.strictObject({
  weights: z.nullable(z.partialRecord(z.enum(OBJECTIVES), z.number().check(z.gte(0), z.lte(MOST_WEIGHT)))),
  budgetPerHour: z.nullable(z.number().check(z.gt(0), z.lte(MOST_BUDGET))),
  population: z.int().check(z.gte(4), z.lte(MAX_POPULATION), z.multipleOf(2)),
  generations: z.int().check(z.gte(1), z.lte(MAX_GENERATIONS)),
});

/** From the page. */
export const paretoPageMessage = z.discriminatedUnion("type", [
  /** Loaded, or lost count of the updates: send everything. */
  z.strictObject({ type: z.literal("ready") }),
  z.strictObject({ type: z.literal("choose"), swarmId: z.string().check(z.maxLength(200)) }),
  /** What is to be searched with, once it is asked for. */
  z.strictObject({ type: z.literal("wish"), wish }),
  z.strictObject({ type: z.literal("search") }),
  z.strictObject({ type: z.literal("cancel") }),
  /** What a solution of the front would do. `madeAtMs`: of the search that is meant. */
  z.strictObject({ type: z.literal("preview"), madeAtMs: z.number(), solution: z.int().check(z.gte(0)) }),
  /** What was previewed last, after the operator was asked. */
  z.strictObject({ type: z.literal("apply") }),
  /** Takes back what was done of the allocation that is under way. */
  z.strictObject({ type: z.literal("stop") }),
  z.strictObject({ type: z.literal("undo"), allocationId: z.uuid() }),
]);
export type ParetoPageMessage = z.infer<typeof paretoPageMessage>;

/** What a search is asked for. */
export type SearchWish = z.infer<typeof wish>;

/** An answer of the search with its reasons in words. */
export interface PageOptimization extends SwarmOptimization {
  readonly said: {
    /** How far the model is from the waits that were measured, or why that cannot be said. */
    readonly waitError: string;
    /** Aims that take no part, each with what is missing. */
    readonly aimsLeftOut: readonly string[];
    /** Why the figures of the present are not known; empty when they are. */
    readonly current: string;
  };
}

/** How the search that was asked for last goes. */
export type SearchRun =
  | { readonly kind: "idle" }
  | { readonly kind: "searching"; readonly sinceMs: number }
  | { readonly kind: "cancelled" }
  /** Why, and what to do about it, in words. */
  | { readonly kind: "failed"; readonly text: string };

/** What a solution would do, in words. */
export type PagePreview = { readonly solution: number } & (
  | { readonly kind: "reading" }
  | { readonly kind: "failed"; readonly text: string }
  | {
      readonly kind: "ready";
      /** `demo: agents 4 → 6`; empty when everything is so already. */
      readonly changes: readonly string[];
      readonly steps: number;
      readonly notes: readonly string[];
      readonly refusal: string | null;
    }
);

/** The allocation that was asked for here last, else the newest one of the swarm; in words. */
export type PageApplication =
  /** Asked for, and not heard of yet. */
  | { readonly kind: "asked"; readonly isUndo: boolean }
  /** Nothing was done, as far as is known. */
  | { readonly kind: "failed"; readonly text: string }
  | {
      readonly kind: "known";
      readonly id: string;
      readonly isUndo: boolean;
      /** When it began. */
      readonly atMs: number;
      /** `under way, step 2 of 3`, `applied in 4 s` … */
      readonly state: string;
      readonly isOver: boolean;
      /** Everything that was asked for is so. */
      readonly isWell: boolean;
      readonly steps: readonly { readonly text: string; readonly state: string }[];
      /** `latency 6.2 s → 4.1 s (derived)`; empty when nobody has calculated it. */
      readonly expected: string;
      /** What was measured, of each swarm; empty before that. */
      readonly measured: readonly string[];
      /** It was asked for here and is under way: it can be taken back. */
      readonly canStop: boolean;
      /** Why it cannot be undone now; `null` when it can. */
      readonly undoRefusal: string | null;
    };

export interface ParetoPageState {
  readonly link: PageLink;
  readonly swarms: readonly SwarmChoice[];
  readonly swarmId: string | null;
  /** The swarm that was shown and is no more, by its label. */
  readonly gone: string | null;
  /** Why nothing may be changed from this window; `null` when it may. */
  readonly untrusted: string | null;
  readonly wish: SearchWish;
  readonly run: SearchRun;
  /** The last one that came to its end; stays while another one is made. */
  readonly optimization: PageOptimization | null;
  readonly preview: PagePreview | null;
  readonly application: PageApplication | null;
}

/** To the page. */
export type ParetoHostMessage = StateMessage<ParetoPageState>;
