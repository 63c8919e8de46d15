import { capacityPlan } from "../../src/engine/decide/capacityPlan.ts";
import type { CapacityInputs } from "../../src/engine/ports/capacity.ts";
import type { CapacityPlan } from "../../src/engine/protocol/capacity.ts";
import { capacityInputs, learned, swarmInputs, unknownGrowth } from "../engine/decide/capacityInputs.ts";

const GB = 1_000_000_000;

/** A machine whose memory runs out in three weeks, asked about eight agents. */
export function capacitySample(over: Partial<CapacityInputs> = {}): CapacityPlan {
  return capacityPlan(
    capacityInputs({
      learned: { memory: learned(0.5 * GB, 0.25 * GB), cpu: learned(0.01, 0.02, 6, false), disk: unknownGrowth },
      swarms: [swarmInputs({ learned: learned(0.02, 0.01, 2.5) })],
      wanted: { agents: 8, memoryBytes: null, cpus: null },
      prices: { currency: "EUR", agentHour: 0.4 },
      ...over,
    }),
  );
}
