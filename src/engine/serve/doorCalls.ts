import type { AgentCapacity } from "../protocol/agentCapacity.ts";
import type { DoorsState, MetricFormat, MetricsText } from "../protocol/doors.ts";
import type { Handlers } from "./handlers.ts";

/** What the calls about doors need of the engine. */
export interface DoorCallsApi {
  readonly doors: {
    readonly state: () => DoorsState;
    readonly metricsText: (format: MetricFormat) => MetricsText;
    readonly agentCapacity: () => AgentCapacity;
  };
}

export function createDoorHandlers({ doors }: DoorCallsApi): Pick<Handlers, "doors" | "metricsText" | "agentCapacity"> {
  return {
    doors: () => doors.state(),
    metricsText: ({ format }) => doors.metricsText(format),
    agentCapacity: () => doors.agentCapacity(),
  };
}
