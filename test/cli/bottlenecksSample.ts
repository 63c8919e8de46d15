import { findBottlenecks } from "../../src/engine/analyse/bottlenecks/findBottlenecks.ts";
import { BOTTLENECK_COMPONENTS, type BottleneckReport } from "../../src/engine/protocol/bottlenecks.ts";
import { troubledInputs } from "../engine/analyse/bottlenecks/inputs.ts";
import { NOW_MS } from "./samples.ts";

/** A machine whose processors and standard lane are full. */
export function bottlenecksSample(): BottleneckReport {
  const findings = findBottlenecks(troubledInputs(), BOTTLENECK_COMPONENTS);
  return { swarmId: null, madeAtMs: NOW_MS, windowMs: 900_000, findings };
}
