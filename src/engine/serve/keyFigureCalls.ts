import type { BottlenecksPort, CapacityPort, KpisPort, ReportsPort, SwarmView } from "../ports.ts";
import type { Handlers } from "./handlers.ts";

/** What the calls about key figures, and the report that has them, need of the engine. */
export interface KeyFigureCallsApi {
  readonly kpis: KpisPort;
  readonly bottlenecks: BottlenecksPort;
  readonly capacity: CapacityPort;
  readonly reports: ReportsPort;
}

/** @param managed @throws CodedError `swarm.unknown`, `swarm.observed` */
export function createKeyFigureHandlers(
  { kpis, bottlenecks, capacity, reports }: KeyFigureCallsApi,
  managed: (swarmId: string) => SwarmView,
): Pick<Handlers, "kpis" | "bottlenecks" | "capacityPlan" | "performanceReport"> {
  return {
    kpis: ({ swarmId, timeframe }, { signal }) => kpis.report(managed(swarmId), timeframe, signal),
    bottlenecks: ({ swarmId, components }, { signal }) =>
      bottlenecks.find(swarmId === undefined ? null : managed(swarmId).id, components, signal),
    performanceReport: ({ swarmId, timeframe, detailed }, { signal }) =>
      reports.report(managed(swarmId), { timeframe, detailed }, signal),
    capacityPlan: ({ swarmId, growth, ...asked }, { signal }) => {
      const known = growth === "auto" ? ({ kind: "auto" } as const) : ({ kind: "percent", percent: growth } as const);
      const id = swarmId === undefined ? null : managed(swarmId).id;
      return capacity.plan(id, { ...asked, growth: known }, signal);
    },
  };
}
