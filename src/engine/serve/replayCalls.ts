import type { ReplaysPort, SwarmView } from "../ports.ts";
import { DEFAULT_REPLAY_DAYS } from "../protocol/replay.ts";
import type { Handlers } from "./handlers.ts";

/** What the calls about replays need of the engine. */
export interface ReplayCallsApi {
  readonly replays: ReplaysPort;
}

/** @param managed @throws CodedError `swarm.unknown`, `swarm.observed` */
export function createReplayHandlers(
  { replays }: ReplayCallsApi,
  managed: (swarmId: string) => SwarmView,
): Pick<Handlers, "comparePolicies"> {
  return {
    comparePolicies: ({ swarmId, days, policies }, { signal }) => {
      const swarm = managed(swarmId);
      const { id, timeScale, minAgents, maxAgents, scaling } = swarm;
      const asked = { days: days ?? DEFAULT_REPLAY_DAYS, policies: policies ?? null };
      return replays.compare(
        { id, timeScale, minAgents, maxAgents, scaling, startUpMs: swarm.startUpMs() },
        asked,
        signal,
      );
    },
  };
}
