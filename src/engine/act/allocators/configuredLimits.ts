import { CodedError } from "../../common/errors.ts";
import type { ConfiguredLimits } from "../../ports.ts";
import type { ConfigPatch, ConfigValues } from "../../protocol/config.ts";
import { LANES, type Lane } from "../../protocol/lanes.ts";

export interface ConfiguredLimitsParts {
  readonly values: () => ConfigValues;
  /** As the configuration takes changes. @throws CodedError `config.*` */
  readonly patch: (patch: ConfigPatch) => void;
  /** The bulkhead of a lane, as it is now. */
  readonly capacityOf: (lane: Lane) => number;
}

/** Lanes and output caps where they are set: in `config.json`, so that there is one figure for each. */
export function configuredLimits({ values, patch, capacityOf }: ConfiguredLimitsParts): ConfiguredLimits {
  return {
    laneCapacities: () => Object.fromEntries(LANES.map((lane) => [lane, capacityOf(lane)])) as Record<Lane, number>,
    setLaneCapacities: (capacities) => {
      const { faultTolerance } = values();
      const lanes = { ...faultTolerance.lanes };
      for (const lane of LANES) lanes[lane] = { ...lanes[lane], capacity: capacities[lane] ?? lanes[lane].capacity };
      patch({ faultTolerance: { ...faultTolerance, lanes } });
    },
    outputBytes: (swarmId) => values().swarms.find(({ id }) => id === swarmId)?.spoolBytes ?? null,
    setOutputBytes: (swarmId, bytes) => {
      const { swarms } = values();
      if (!swarms.some(({ id }) => id === swarmId))
        throw new CodedError("swarm.unknown", { swarmId, known: swarms.map(({ id }) => id).join(", ") });
      patch({ swarms: swarms.map((swarm) => (swarm.id === swarmId ? { ...swarm, spoolBytes: bytes } : swarm)) });
    },
  };
}
