import type { BottleneckInputs } from "../../ports/bottlenecks.ts";
import {
  type Bottleneck,
  BOTTLENECK_COMPONENTS,
  BOTTLENECK_KINDS,
  type BottleneckComponent,
  SEVERITIES,
} from "../../protocol/bottlenecks.ts";
import { breakers } from "./breakers.ts";
import { coordination } from "./coordination.ts";
import { cpu } from "./cpu.ts";
import { disk } from "./disk.ts";
import type { Look } from "./finding.ts";
import { lanes } from "./lanes.ts";
import { memory } from "./memory.ts";
import { network } from "./network.ts";
import { providers } from "./providers.ts";

/** A component is one file and one line here. */
export const LOOKS: Readonly<Record<BottleneckComponent, Look>> = {
  cpu,
  memory,
  disk,
  network,
  lanes,
  breakers,
  providers,
  "swarm-coordination": coordination,
};

/** The worst first: by severity, then by how far the judged figure is beyond its critical threshold. */
export function findBottlenecks(
  inputs: BottleneckInputs,
  components: readonly BottleneckComponent[],
): readonly Bottleneck[] {
  const wanted = BOTTLENECK_COMPONENTS.filter((component) => components.includes(component));
  return wanted.flatMap((component) => LOOKS[component](inputs)).toSorted(worstFirst);
}

function worstFirst(a: Bottleneck, b: Bottleneck): number {
  return (
    SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
    beyond(b) - beyond(a) ||
    BOTTLENECK_COMPONENTS.indexOf(a.component) - BOTTLENECK_COMPONENTS.indexOf(b.component) ||
    (a.subject ?? "").localeCompare(b.subject ?? "", "en") ||
    BOTTLENECK_KINDS.indexOf(a.kind) - BOTTLENECK_KINDS.indexOf(b.kind)
  );
}

function beyond({ evidence, thresholds }: Bottleneck): number {
  const value = evidence[0]?.value ?? null;
  return value === null || thresholds === null ? 0 : value / thresholds.critical;
}
