import { CodedError } from "../common/errors.ts";
import type { PatternsPort } from "../ports.ts";
import { DEFAULT_PATTERN_WINDOW_MS } from "../protocol/patterns.ts";
import type { Overview } from "../protocol/rpc.ts";
import type { Handlers } from "./handlers.ts";

/** What the calls about patterns need of the engine. */
export interface PatternCallsApi {
  readonly patterns: PatternsPort;
  readonly overview: () => Overview;
}

/** Of managed and of found swarms: both have a history. */
export function createPatternHandlers({ patterns, overview }: PatternCallsApi): Pick<Handlers, "patterns"> {
  return {
    patterns: ({ swarmId, windowMs }, { signal }) => {
      const { swarms } = overview();
      const swarm = swarms.find(({ id }) => id === swarmId);
      if (swarm === undefined)
        throw new CodedError("swarm.unknown", { swarmId, known: swarms.map(({ id }) => id).join(", ") });
      const timeScale = swarm.kind === "managed" ? swarm.timeScale : 1;
      return patterns.ask({ id: swarm.id, timeScale }, windowMs ?? DEFAULT_PATTERN_WINDOW_MS, signal);
    },
  };
}
