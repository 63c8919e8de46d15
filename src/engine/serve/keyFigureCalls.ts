import type { BottlenecksPort, CapacityPort, KpisPort, SwarmView } from "../ports.ts";
import type { Handlers } from "./handlers.ts";

/** What the calls about key figures need of the engine. */
export interface KeyFigureCallsApi {
  readonly kpis: KpisPort;
  readonly bottlenecks: BottlenecksPort;
  readonly capacity: CapacityPort;
}

/** @param managed @throws CodedError `swarm.unknown`, `swarm.observed` */
export function createKeyFigureHandlers(
  { kpis, bottlenecks, capacity }: KeyFigureCallsApi,
  managed: (swarmId: string) => SwarmView,
): Pick<Handlers, "kpis" | "bottlenecks" | "capacityPlan"> {
  return {
    kpis: ({ swarmId, timeframe }, { signal }) => kpis.report(managed(swarmId), timeframe, signal),
    bottlenecks: ({ swarmId, components }, { signal }) =>
      bottlenecks.find(swarmId === undefined ? null : managed(swarmId).id, components, signal),
    capacityPlan: ({ swarmId, growth, ...asked }, { signal }) => {
      const known = growth === "auto" ? ({ kind: "auto" } as const) : ({ kind: "percent", percent: growth } as const);
      const id = swarmId === undefined ? null : managed(swarmId).id;
      return capacity.plan(id, { ...asked, growth: known }, signal);
    },
  };
}
