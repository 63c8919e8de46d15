/** Lines of the results file: written inside the editor, counted outside. */
export type ResultLine =
  | { readonly event: "start"; readonly total: number; readonly pid: number }
  | { readonly event: "begin"; readonly title: string }
  | { readonly event: "pass"; readonly title: string; readonly ms: number }
  | { readonly event: "fail"; readonly title: string; readonly message: string; readonly stack: string }
  /** Failed, and is tried once more. */
  | { readonly event: "again"; readonly title: string; readonly message: string; readonly stack: string }
  | { readonly event: "skip"; readonly title: string }
  | { readonly event: "end" }
  /** The extension host has died and the editor has started another one, which does not run the tests again. */
  | { readonly event: "restarted" };

export interface Counted {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}
