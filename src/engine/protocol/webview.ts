import * as z from "zod/mini";
import type { Coded, HostFacts } from "./model.ts";
import type { MetricsReport } from "./rpc.ts";

/** Messages between the editor and its webview pages. The page's own come through here; the page checks the editor's. */

/** From the page "Swarm Metrics". */
export const metricsPageMessage = z.discriminatedUnion("type", [
  /** Loaded, or lost count of the updates: send everything. */
  z.strictObject({ type: z.literal("ready") }),
  /** Live or paused; while paused no updates are sent. */
  z.strictObject({ type: z.literal("live"), live: z.boolean() }),
  /** Put the report last sent into the clipboard. */
  z.strictObject({ type: z.literal("copy") }),
]);
export type MetricsPageMessage = z.infer<typeof metricsPageMessage>;

/** To a page that is sent its state. `seq` grows by one a message; a page that misses one asks again with `ready`. */
export type StateMessage<S extends object> =
  | { readonly type: "full"; readonly seq: number; readonly state: S }
  | { readonly type: "update"; readonly seq: number; readonly changes: Partial<S> };

/** A swarm to choose. */
export interface SwarmChoice {
  readonly id: string;
  readonly label: string;
  /** 240: a day passes in six minutes. */
  readonly timeScale: number;
}

/** How the page stands to the engine. Text is made by the editor's side. */
export type PageLink = { readonly kind: "connected" } | { readonly kind: "disconnected"; readonly text: string };

export interface MetricsState {
  readonly link: PageLink;
  readonly live: boolean;
  readonly facts: HostFacts | null;
  /** Labels by swarm id; a demo's label says so. */
  readonly swarmLabels: Readonly<Record<string, string>>;
  /** `null` before the first one has arrived. */
  readonly report: MetricsReport | null;
}

/** To the page. `seq` grows by one a message; a page that misses one asks again with `ready`. */
export type MetricsHostMessage =
  | { readonly type: "full"; readonly seq: number; readonly state: MetricsState }
  | {
      readonly type: "update";
      readonly seq: number;
      readonly report: MetricsReport;
      readonly swarmLabels: MetricsState["swarmLabels"];
    }
  | { readonly type: "link"; readonly seq: number; readonly link: PageLink }
  /** Not counted: says that `copy` is done. */
  | { readonly type: "copied" }
  | { readonly type: "failed"; readonly reason: Coded; readonly text: string };
