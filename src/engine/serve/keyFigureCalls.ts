import type { BottlenecksPort, KpisPort, SwarmView } from "../ports.ts";
import type { Handlers } from "./handlers.ts";

/** What the calls about key figures need of the engine. */
export interface KeyFigureCallsApi {
  readonly kpis: KpisPort;
  readonly bottlenecks: BottlenecksPort;
}

/** @param managed @throws CodedError `swarm.unknown`, `swarm.observed` */
export function createKeyFigureHandlers(
  { kpis, bottlenecks }: KeyFigureCallsApi,
  managed: (swarmId: string) => SwarmView,
): Pick<Handlers, "kpis" | "bottlenecks"> {
  return {
    kpis: ({ swarmId, timeframe }, { signal }) => kpis.report(managed(swarmId), timeframe, signal),
    bottlenecks: ({ swarmId, components }, { signal }) =>
      bottlenecks.find(swarmId === undefined ? null : managed(swarmId).id, components, signal),
  };
}
