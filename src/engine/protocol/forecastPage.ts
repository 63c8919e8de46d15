import * as z from "zod/mini";
import { MODEL_NAMES, type ModelName } from "./forecast.ts";
import { type ExportKind, MAX_CSV_CHARS, MAX_PICTURE_CHARS } from "./forecastExport.ts";
import type { Asked, PageAnomaly, PagePatterns, PageReport, PageResources, Span } from "./forecastParts.ts";
import type { ImportedSpan } from "./imports.ts";
import type { ForecastPoint, SourceTag } from "./model.ts";
import type { PageLink, StateMessage, SwarmChoice } from "./webview.ts";

/** Messages between the editor and the page "Swarm Forecast". */

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
    span: z.nullable(z.enum(["5m", "15m", "1h", "6h", "24h", "7d", "30d", "90d"])),
  }),
  /** Whose forecast is shown; `null`: the gate's choice. */
  z.strictObject({ type: z.literal("model"), model: z.nullable(z.enum(MODEL_NAMES)) }),
  /** Whether somebody looks at the patterns: they are read only then. */
  z.strictObject({ type: z.literal("patterns"), open: z.boolean() }),
  /** Forecast the resources of the swarm that is shown. */
  z.strictObject({ type: z.literal("resources") }),
  /** What is to be saved. */
  z.strictObject({
    type: z.literal("save"),
    content: z.discriminatedUnion("kind", [
      z.strictObject({
        kind: z.literal("csv"),
        text: z.string().check(z.minLength(1), z.maxLength(MAX_CSV_CHARS)),
      }),
      /** As base64; begins as every PNG does. */
      z.strictObject({
        kind: z.literal("png"),
        data: z.string().check(z.maxLength(MAX_PICTURE_CHARS), z.regex(/^iVBORw0KGgo[A-Za-z0-9+/]*={0,2}$/)),
      }),
      /** It was asked for something, and there is nothing. */
      z.strictObject({ kind: z.literal("nothing") }),
    ]),
  }),
]);
export type ForecastPageMessage = z.infer<typeof forecastPageMessage>;
export type SaveContent = Extract<ForecastPageMessage, { type: "save" }>["content"];

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
  /** Parts of it that were imported, not measured here. */
  readonly imported: readonly ImportedSpan[];
  readonly demand: PageSeries;
  readonly live: PageSeries;
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
  readonly swarms: readonly SwarmChoice[];
  readonly swarmId: string | null;
  readonly span: Span;
  readonly now: PageNow | null;
  readonly history: PageHistory | null;
  /** The gate's choice, which the scaler uses. */
  readonly forecast: PageForecast | null;
  /** One model's forecast, shown instead; `null` while the gate's choice is. */
  readonly chosen: { readonly model: ModelName; readonly forecast: Asked<PageForecast> } | null;
  readonly report: PageReport | null;
  /** What was said in the back-tests, step after step. */
  readonly said: readonly ForecastPoint[];
  readonly anomalies: readonly PageAnomaly[];
  readonly patterns: Asked<PagePatterns>;
  readonly resources: Asked<PageResources>;
  readonly actions: readonly PageAction[];
  /** Why history or forecast could not be read, in words. */
  readonly problem: string | null;
}

/** To the page. */
export type ForecastHostMessage =
  | StateMessage<ForecastPageState>
  /** Not counted: the page answers with `save`. */
  | { readonly type: "make"; readonly kind: ExportKind }
  /** Not counted: how saving went, in words. */
  | { readonly type: "saved"; readonly text: string };
