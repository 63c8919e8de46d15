import * as z from "zod/mini";
import type { SourceTag } from "./model.ts";
import type { AdviceType, ArtefactKind, ProfileComponent, ProfileReport } from "./profiling.ts";

/** Messages between the editor and the page "Profile", and the words that it and its exports show. */

/** What a profile's report can be saved as. */
export const PROFILE_FORMATS = ["json", "md"] as const;
export type ProfileFormat = (typeof PROFILE_FORMATS)[number];

/** Rows whose functions have a place to go to. */
export const FRAME_LISTS = ["hotSpots", "suspects", "advice"] as const;
export type FrameList = (typeof FRAME_LISTS)[number];

/** Parts whose recording can be opened on the page "Flame". */
export const RECORDINGS = ["cpu", "memory"] as const;
export type Recording = (typeof RECORDINGS)[number];

const index = z.int().check(z.minimum(0), z.maximum(10_000));

/** From the page. What is meant is named by its place in the report, never by a path. */
export const profilePageMessage = z.discriminatedUnion("type", [
  /** Loaded: send the report. */
  z.strictObject({ type: z.literal("ready") }),
  /** Show the source of a function. */
  z.strictObject({ type: z.literal("source"), list: z.enum(FRAME_LISTS), index }),
  z.strictObject({ type: z.literal("open"), recording: z.enum(RECORDINGS) }),
  /** With an earlier recording, which the operator chooses. */
  z.strictObject({ type: z.literal("compare"), recording: z.enum(RECORDINGS) }),
  /** Show a file where it lies. */
  z.strictObject({ type: z.literal("reveal"), index }),
  z.strictObject({ type: z.literal("export"), format: z.enum(PROFILE_FORMATS) }),
  /** Profile the same process anew. */
  z.strictObject({ type: z.literal("again") }),
]);
export type ProfilePageMessage = z.infer<typeof profilePageMessage>;

/** To the page. */
export type ProfileHostMessage =
  /** `kept` is the report itself: the page keeps it for a reload of the window, and reads nothing of it. */
  | { readonly type: "show"; readonly document: ProfileDocument; readonly kept: ProfileReport }
  /** There is no report to show, and why, in words. */
  | { readonly type: "failed"; readonly text: string }
  /** What became of what was asked for, in words. */
  | { readonly type: "said"; readonly text: string };

/** A profile's report in words, which page and files lay out each in its own way. All texts are plain, and of one line. */
export interface ProfileDocument {
  readonly title: string;
  /** Of what process, over what time, a line each. */
  readonly about: readonly string[];
  /** What has to be known first. */
  readonly warnings: readonly string[];
  readonly recommendations: readonly DocumentAdvice[];
  readonly cpu: DocumentCpu | null;
  readonly memory: DocumentMemory | null;
  readonly io: DocumentLines | null;
  readonly application: DocumentLines | null;
  /** What was asked for and could not be had. */
  readonly missing: readonly { readonly component: ProfileComponent; readonly text: string }[];
  readonly files: readonly { readonly kind: ArtefactKind; readonly path: string; readonly size: string }[];
}

export interface DocumentAdvice {
  readonly type: AdviceType;
  readonly target: string;
  readonly suggestion: string;
  readonly evidence: string;
  /** The target is a function with a known place. */
  readonly hasSource: boolean;
}

/** A function in a table: figures first, then name and place. */
export interface DocumentRow {
  readonly figures: readonly string[];
  readonly name: string;
  /** `file:line`; empty where it is not known. */
  readonly place: string;
  /** There is a file to look into. */
  readonly hasSource: boolean;
}

export interface DocumentCpu {
  readonly source: SourceTag;
  readonly summary: string;
  readonly notes: readonly string[];
  readonly warning: string | null;
  readonly rows: readonly DocumentRow[];
  /** The recording can be opened. */
  readonly hasRecording: boolean;
}

export interface DocumentMemory {
  readonly summary: string;
  /** How its series grew. Derived. */
  readonly growth: readonly string[];
  /** From the start of the profile. */
  readonly atMs: readonly number[];
  /** Bytes at these times; `null` where they are not told. Series that were never told are left out. Measured. */
  readonly series: readonly { readonly id: MemorySeries; readonly values: readonly (number | null)[] }[];
  /** Places that allocate what stays. Derived. */
  readonly suspects: readonly DocumentRow[];
  readonly sitesNote: string | null;
  readonly hasRecording: boolean;
}

export const MEMORY_SERIES = ["rss", "pss", "heapUsed", "heapTotal", "external", "swap"] as const;
export type MemorySeries = (typeof MEMORY_SERIES)[number];

export interface DocumentLines {
  readonly source: SourceTag;
  readonly lines: readonly string[];
}
