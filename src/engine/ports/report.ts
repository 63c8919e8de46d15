import type { PerformanceReport, ReportTimeframe } from "../protocol/performanceReport.ts";
import type { SwarmView } from "./agents.ts";

/** Performance reports of managed swarms, gathered when somebody asks. */
export interface ReportsPort {
  /**
   * What cannot be told says why in its place, and takes nothing else with it.
   * @param detailed longer lists and a finer picture @throws CodedError `aborted`
   */
  report(
    swarm: SwarmView,
    asked: { readonly timeframe: ReportTimeframe; readonly detailed: boolean },
    signal: AbortSignal,
  ): Promise<PerformanceReport>;
}
