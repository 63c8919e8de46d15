import { profilePerformanceOutput } from "../../engine/protocol/cli/profile.ts";
import type { ProfileReport } from "../../engine/protocol/profiling.ts";

/**
 * The report that a page kept over a reload of the window; `null` when it is none, or one of another version. A bundle of its own:
 * it checks by the contract of the command line, which no page needs that is opened anew.
 */
export function rememberedReport(remembered: unknown): ProfileReport | null {
  const kept =
    typeof remembered === "object" && remembered !== null && "report" in remembered ? remembered.report : null;
  const parsed = profilePerformanceOutput.safeParse(kept);
  return parsed.success ? parsed.data : null;
}
