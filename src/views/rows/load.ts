import type { Rows } from "./all.ts";

let loading: Promise<Rows> | null = null;

/**
 * What views that begin collapsed show, and documents that are opened from views. A bundle of its own, which is loaded when the first of them is seen: most windows
 * never open one. Rejects when the installation lacks it.
 */
export function loadRows(): Promise<Rows> {
  loading ??= import("./all.ts").then(({ rowsInWords }) => rowsInWords());
  return loading;
}
