import * as z from "zod/mini";
import { BLAME_MEASURES, BLAME_RANGES, type BlameMeasure, type BlameRange, type BlameReport } from "./blame.ts";
import { flamePageActions } from "./flamePage.ts";
import type { PageLink, StateMessage, SwarmChoice } from "./webview.ts";

/** Messages between the editor and the page "Blame". The page makes the picture out of the report. */

export interface BlameWish {
  /** `null`: all, and the allocator itself. */
  readonly swarmId: string | null;
  readonly range: BlameRange;
  readonly by: BlameMeasure;
}

/** From the page. */
export const blamePageMessage = z.discriminatedUnion("type", [
  /** Loaded, or lost count: send everything. */
  z.strictObject({ type: z.literal("ready") }),
  /** Show this from now on. */
  z.strictObject({
    type: z.literal("wish"),
    wish: z.strictObject({
      swarmId: z.nullable(z.string().check(z.minLength(1), z.maxLength(200))),
      range: z.enum(BLAME_RANGES),
      by: z.enum(BLAME_MEASURES),
    }),
  }),
  /** The same again, as it is by now. */
  z.strictObject({ type: z.literal("ask") }),
  ...flamePageActions,
]);
export type BlamePageMessage = z.infer<typeof blamePageMessage>;

export type BlameRun =
  | { readonly kind: "idle" }
  | { readonly kind: "asking" }
  | { readonly kind: "failed"; readonly text: string };

export interface BlamePageState {
  readonly link: PageLink;
  readonly swarms: readonly SwarmChoice[];
  readonly wish: BlameWish;
  readonly run: BlameRun;
  /** The last that came; it may be of an earlier wish. */
  readonly report: BlameReport | null;
}

export type BlameHostMessage =
  | StateMessage<BlamePageState>
  /** What became of what was asked for, in words. */
  | { readonly type: "said"; readonly text: string }
  /** Send the picture as it is. */
  | { readonly type: "draw" };
