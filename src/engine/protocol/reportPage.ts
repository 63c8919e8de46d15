import * as z from "zod/mini";
import { REPORT_TIMEFRAMES, type ReportTimeframe } from "./performanceReport.ts";
import type { PageLink, StateMessage, SwarmChoice } from "./webview.ts";

/** Messages between the editor and the page "Report", and the words that it and the files show. */

/** What a report can be saved as: the same in three forms. */
export const REPORT_FORMATS = ["html", "md", "json"] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** From the page. */
export const reportPageMessage = z.discriminatedUnion("type", [
  /** Loaded, or lost count of the updates: send everything. */
  z.strictObject({ type: z.literal("ready") }),
  z.strictObject({ type: z.literal("choose"), swarmId: z.string().check(z.maxLength(200)) }),
  z.strictObject({ type: z.literal("timeframe"), timeframe: z.enum(REPORT_TIMEFRAMES) }),
  /** Make it anew. */
  z.strictObject({ type: z.literal("make") }),
  z.strictObject({ type: z.literal("cancel") }),
  z.strictObject({ type: z.literal("export"), format: z.enum(REPORT_FORMATS) }),
]);
export type ReportPageMessage = z.infer<typeof reportPageMessage>;

/** How the report that was asked for last goes. */
export type ReportRun =
  | { readonly kind: "idle" }
  | { readonly kind: "making"; readonly sinceMs: number }
  | { readonly kind: "cancelled" }
  /** Why, and what to do about it, in words. */
  | { readonly kind: "failed"; readonly text: string };

export interface ReportPageState {
  readonly link: PageLink;
  readonly swarms: readonly SwarmChoice[];
  readonly swarmId: string | null;
  /** The swarm that was shown and is no more, by its label. */
  readonly gone: string | null;
  readonly timeframe: ReportTimeframe;
  readonly run: ReportRun;
  /** The last one that was made; stays while another one is. */
  readonly made: { readonly atMs: number; readonly document: ReportDocument } | null;
}

/** To the page. */
export type ReportHostMessage =
  | StateMessage<ReportPageState>
  /** Not counted: how an export went, in words. */
  | { readonly type: "saved"; readonly text: string };

/** A report in words, which page, file and terminal lay out each in its own way. All texts are plain, and of one line. */
export interface ReportDocument {
  readonly title: string;
  /** What it is of and over, a line each. */
  readonly about: readonly string[];
  readonly sections: readonly ReportSection[];
}

export const SECTION_IDS = [
  "recommendations",
  "kpis",
  "load",
  "tasks",
  "decisions",
  "allocations",
  "anomalies",
  "breakers",
  "bottlenecks",
  "capacity",
  "policies",
] as const;
/** `claimed`: what one tool of an orchestrator said. Of such a swarm there is nothing else. */
export type SectionId = (typeof SECTION_IDS)[number] | "claimed";

export interface ReportSection extends SectionPart {
  readonly id: SectionId;
  readonly title: string;
  /** Nothing of it is known: `lines` say why. */
  readonly isUnknown: boolean;
}

export interface SectionPart {
  /** What it comes to, a sentence each. */
  readonly lines: readonly string[];
  readonly picture?: ReportPicture;
  readonly table?: ReportTable;
  /** What it rests on, and what of it is not known, a sentence each. */
  readonly notes?: readonly string[];
}

export interface ReportTable {
  readonly caption: string;
  readonly columns: readonly { readonly head: string; readonly isFigure: boolean }[];
  readonly rows: readonly (readonly string[])[];
}

/** Lines over time; `null` where nothing was measured. */
export interface ReportPicture {
  readonly fromMs: number;
  readonly bucketMs: number;
  readonly lines: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
}
