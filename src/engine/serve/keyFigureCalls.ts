import type { KpisPort, SwarmView } from "../ports.ts";
import type { Handlers } from "./handlers.ts";

/** What the calls about key figures need of the engine. */
export interface KeyFigureCallsApi {
  readonly kpis: KpisPort;
}

/** @param managed @throws CodedError `swarm.unknown`, `swarm.observed` */
export function createKeyFigureHandlers(
  { kpis }: KeyFigureCallsApi,
  managed: (swarmId: string) => SwarmView,
): Pick<Handlers, "kpis"> {
  return {
    kpis: ({ swarmId, timeframe }, { signal }) => kpis.report(managed(swarmId), timeframe, signal),
  };
}
