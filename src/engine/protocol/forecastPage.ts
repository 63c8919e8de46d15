import * as z from "zod/mini";
import type { ForecastPoint, SourceTag } from "./model.ts";
import type { PageLink } from "./webview.ts";

/** Messages between the editor and the page "Swarm Forecast". */

/** How much history is shown, in real time. */
export const SPANS = {
  "5m": 300_000,
  "15m": 900_000,
  "1h": 3_600_000,
  "6h": 21_600_000,
  "24h": 86_400_000,
  "7d": 604_800_000,
} as const;
export type Span = keyof typeof SPANS;

/** From the page. */
export const forecastPageMessage = z.discriminatedUnion("type", [
  /** Loaded, or lost count of the updates: send everything. */
  z.strictObject({ type: z.literal("ready") }),
  /** Live or paused; while paused no updates are sent. */
  z.strictObject({ type: z.literal("live"), live: z.boolean() }),
  /** `null`: the first swarm there is, and the span that suits it. */
  z.strictObject({
    type: z.literal("choose"),
    swarmId: z.nullable(z.string().check(z.maxLength(200))),
    span: z.nullable(z.enum(["5m", "15m", "1h", "6h", "24h", "7d"])),
  }),
]);
export type ForecastPageMessage = z.infer<typeof forecastPageMessage>;

/** One series in equal buckets; `null` where nothing was measured. */
export interface PageSeries {
  readonly mean: readonly (number | null)[];
  readonly min: readonly (number | null)[];
  readonly max: readonly (number | null)[];
}

export interface PageHistory {
  readonly fromMs: number;
  readonly bucketMs: number;
  /** Read from samples, or from roll-ups of a minute or an hour. */
  readonly resolution: "sample" | "minute" | "hour";
  readonly demand: PageSeries;
  readonly live: PageSeries;
  /** What lies before was imported, not measured here; `null` when nothing of it was. */
  readonly importedUntilMs: number | null;
}

export interface PageForecast {
  readonly ready: boolean;
  /** Why it takes no part, in words; `null` when it does. */
  readonly reason: string | null;
  readonly model: string;
  readonly confidence: number;
  readonly stepMs: number;
  readonly madeAtMs: number;
  /** Share of held-out values inside the interval in back-tests; `null` when not known. */
  readonly coverage: number | null;
  readonly points: readonly ForecastPoint[];
}

/** The swarm as it is now. */
export interface PageNow {
  readonly wallMs: number;
  readonly demand: number | null;
  readonly demandSource: SourceTag;
  readonly live: number;
  readonly target: number;
  readonly minAgents: number;
  readonly maxAgents: number;
  readonly scaleUpAbove: number;
  readonly scaleDownBelow: number;
  /** What the scaler thinks, in words; `null` while it does not look. */
  readonly verdict: string | null;
}

/** A size that was changed, or should be. */
export interface PageAction {
  readonly atMs: number;
  readonly from: number;
  readonly to: number;
  readonly state: string;
}

export interface ForecastPageState {
  readonly link: PageLink;
  readonly live: boolean;
  readonly swarms: readonly { readonly id: string; readonly label: string; readonly timeScale: number }[];
  readonly swarmId: string | null;
  readonly span: Span;
  readonly now: PageNow | null;
  readonly history: PageHistory | null;
  readonly forecast: PageForecast | null;
  readonly actions: readonly PageAction[];
  /** Why history or forecast could not be read, in words. */
  readonly problem: string | null;
}

/** To the page. `seq` grows by one a message; a page that misses one asks again with `ready`. */
export type ForecastHostMessage =
  | { readonly type: "full"; readonly seq: number; readonly state: ForecastPageState }
  | { readonly type: "update"; readonly seq: number; readonly changes: Partial<ForecastPageState> };
