import * as z from "zod/mini";

/** Messages between the editor and the page "Flame". A profile travels in typed arrays, piece by piece. */

/** Of a copied stack and of a path. */
export const MAX_STACK_CHARS = 1_000_000;
const MAX_PATH_CHARS = 4_096;
/** A picture as base64: 30 MB of PNG. */
const MAX_PICTURE_CHARS = 40_000_000;

const place = z.nullable(z.int().check(z.minimum(0), z.maximum(1_000_000_000)));

/** What a page with a flame graph asks the editor for. */
export const flamePageActions = [
  /** Put a stack into the clipboard. */
  z.strictObject({ type: z.literal("copy"), text: z.string().check(z.minLength(1), z.maxLength(MAX_STACK_CHARS)) }),
  /** Show the source of a frame. */
  z.strictObject({
    type: z.literal("open"),
    file: z.string().check(z.minLength(1), z.maxLength(MAX_PATH_CHARS)),
    line: place,
    column: place,
  }),
  /** `Export…` was pressed. */
  z.strictObject({ type: z.literal("export") }),
  /** The answer to `draw`: a PNG as base64. */
  z.strictObject({
    type: z.literal("picture"),
    data: z.string().check(z.minLength(1), z.maxLength(MAX_PICTURE_CHARS)),
  }),
] as const;

/** From the page. */
export const flamePageMessage = z.discriminatedUnion("type", [
  /** Loaded: send the profile. */
  z.strictObject({ type: z.literal("ready") }),
  ...flamePageActions,
]);
export type FlamePageMessage = z.infer<typeof flamePageMessage>;

/** Name, file, line and column of a frame. */
export type FramePiece = readonly [string, string | null, number | null, number | null];

export const INT_COLUMNS = ["nodeFrame", "nodeParent", "sampleNode"] as const;
export const FLOAT_COLUMNS = ["sampleWeight", "sampleAtUs"] as const;
export type IntColumnName = (typeof INT_COLUMNS)[number];
export type FloatColumnName = (typeof FLOAT_COLUMNS)[number];

/** What is to come of one profile. */
export interface ProfileHead {
  readonly name: string;
  readonly unit: "microseconds" | "bytes" | "count";
  readonly startedAtMs: number | null;
  readonly frames: number;
  readonly nodes: number;
  readonly samples: number;
  readonly isTimed: boolean;
}

/** To the page. `id` grows with every profile: pieces of an earlier one are left lying. `profile`: 0, or 1 for what 0 is compared with. */
export type FlameHostMessage =
  | {
      readonly type: "begin";
      readonly id: number;
      readonly profiles: readonly ProfileHead[];
      /** Where they come from, as URIs: the page keeps them for a reload of the window. Empty when they lie in no files. */
      readonly files: readonly string[];
    }
  | { readonly type: "frames"; readonly id: number; readonly profile: number; readonly frames: readonly FramePiece[] }
  | {
      readonly type: "column";
      readonly id: number;
      readonly profile: number;
      readonly column: IntColumnName;
      readonly offset: number;
      readonly values: Int32Array;
    }
  | {
      readonly type: "column";
      readonly id: number;
      readonly profile: number;
      readonly column: FloatColumnName;
      readonly offset: number;
      readonly values: Float64Array;
    }
  | { readonly type: "end"; readonly id: number }
  /** There is no profile to show, and why, in words. */
  | { readonly type: "failed"; readonly text: string }
  /** What became of what was asked for, in words. */
  | { readonly type: "said"; readonly text: string }
  /** Send the picture as it is. */
  | { readonly type: "draw" };
