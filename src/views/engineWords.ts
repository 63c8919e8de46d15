import { addReasons } from "../text/reasons.ts";

let loading: Promise<void> | null = null;

/**
 * The words for what an engine tells. A bundle of its own, which `activate()` does not wait for; a session starts after
 * it, so nothing that an engine tells is ever shown as a code. Rejects when the installation lacks it.
 */
export function loadEngineWords(): Promise<void> {
  loading ??= import("../text/engineReasons.ts").then(({ engineReasons }) => addReasons(engineReasons));
  return loading;
}
