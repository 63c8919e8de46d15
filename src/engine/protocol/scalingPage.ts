import * as z from "zod/mini";
import { MAX_CSV_CHARS } from "./forecastExport.ts";
import type { ShadowReport, SourceTag, SwarmMode } from "./model.ts";
import {
  COMPARED_DAYS,
  type ComparedDays,
  type PolicyComparison,
  REPLAY_POLICIES,
  type ReplayPolicyName,
} from "./replay.ts";
import type { PageLink, StateMessage, SwarmChoice } from "./webview.ts";

/** Messages between the editor and the page "Swarm Scaling". */

const wish = z.strictObject({
  days: z.literal(COMPARED_DAYS),
  policies: z.readonly(z.array(z.enum(REPLAY_POLICIES)).check(z.minLength(1), z.maxLength(REPLAY_POLICIES.length))),
});

/** From the page. */
export const scalingPageMessage = z.discriminatedUnion("type", [
  /** Loaded, or lost count of the updates: send everything. */
  z.strictObject({ type: z.literal("ready") }),
  /** Live or paused; while paused no updates of the swarm are sent. */
  z.strictObject({ type: z.literal("live"), live: z.boolean() }),
  z.strictObject({ type: z.literal("choose"), swarmId: z.string().check(z.maxLength(200)) }),
  /** What is to be compared, once it is asked for. */
  z.strictObject({ type: z.literal("wish"), wish }),
  z.strictObject({ type: z.literal("compare") }),
  z.strictObject({ type: z.literal("cancel") }),
  /** The table, to be saved. */
  z.strictObject({ type: z.literal("save"), text: z.string().check(z.minLength(1), z.maxLength(MAX_CSV_CHARS)) }),
]);
export type ScalingPageMessage = z.infer<typeof scalingPageMessage>;

/** What is compared: over how many days, with which policies. */
export interface ComparisonWish {
  readonly days: ComparedDays;
  readonly policies: readonly ReplayPolicyName[];
}

/** The swarm as it is now. Reasons are in words. */
export interface ScalingNow {
  readonly wallMs: number;
  readonly mode: SwarmMode;
  readonly demand: number | null;
  readonly demandSource: SourceTag;
  readonly waitingTasks: number | null;
  readonly live: number;
  readonly target: number;
  readonly minAgents: number;
  readonly maxAgents: number;
  /** Why nothing is changed automatically; empty when nothing is in the way. */
  readonly held: readonly string[];
  /** A change that is under way: the sizes it goes through, and the one asked for now. */
  readonly plan: {
    readonly from: number;
    readonly steps: readonly number[];
    readonly at: number;
    readonly reason: string;
  } | null;
  /** What the scaler wants; `null` while it does not look. */
  readonly verdict: {
    readonly from: number;
    readonly to: number;
    readonly reason: string;
    readonly waits: boolean;
  } | null;
  /** What a ready forecast says, or why none takes part; `null` while the scaler does not look. */
  readonly forecast:
    | { readonly kind: "ready"; readonly model: string; readonly predictedRatio: number; readonly inMs: number | null }
    | { readonly kind: "none"; readonly reason: string }
    | null;
  readonly shadow: ShadowReport | null;
  /** What a trained network would do beside the rule; `null` where none was trained. */
  readonly advice: string | null;
}

/** Where the load came from that the policies were compared on. */
export interface LoadSource {
  readonly source: SourceTag;
  /** Share of the time whose load was imported, not measured here; 0..1. */
  readonly importedRatio: number;
}

export interface PageComparison extends PolicyComparison {
  readonly loadSource: LoadSource;
}

/** How the comparison that was asked for last goes. */
export type ComparisonRun =
  | { readonly kind: "idle" }
  | { readonly kind: "comparing"; readonly sinceMs: number; readonly wish: ComparisonWish }
  | { readonly kind: "cancelled" }
  /** Why, and what to do about it, in words. */
  | { readonly kind: "failed"; readonly text: string };

export interface ScalingPageState {
  readonly link: PageLink;
  readonly live: boolean;
  readonly swarms: readonly SwarmChoice[];
  readonly swarmId: string | null;
  /** The swarm that was shown and is no more, by its label. */
  readonly gone: string | null;
  readonly now: ScalingNow | null;
  readonly wish: ComparisonWish;
  readonly run: ComparisonRun;
  /** The last one that came to its end; stays while another one is made. */
  readonly comparison: PageComparison | null;
}

/** To the page. */
export type ScalingHostMessage =
  | StateMessage<ScalingPageState>
  /** Not counted: how saving went, in words. */
  | { readonly type: "saved"; readonly text: string };
