import type { ReportTable } from "../../engine/protocol/reportPage.ts";

/** Columns by their heads; those that hold figures end with `#`. */
export function columns(...heads: readonly string[]): ReportTable["columns"] {
  return heads.map((head) => ({ head: head.replace(/#$/, ""), isFigure: head.endsWith("#") }));
}

/** That a list was cut; empty when it was not. */
export function cutText(shown: number, total: number): string {
  return shown < total ? `, the newest ${shown} of ${total}` : "";
}
