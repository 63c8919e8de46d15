import type { ManagedSwarmRow } from "../../engine/protocol/model.ts";
import type { Overview } from "../../engine/protocol/rpc.ts";
import type { SwarmChoice } from "../../engine/protocol/webview.ts";
import { swarmLabel } from "../agents/faces.ts";

/** Swarms that a page lets choose from. */

export function managedOf(overview: Overview | null): readonly ManagedSwarmRow[] {
  return (overview?.swarms ?? []).filter((swarm) => swarm.kind === "managed");
}

export function swarmChoices(overview: Overview | null): readonly SwarmChoice[] {
  return managedOf(overview).map((swarm) => ({ id: swarm.id, label: swarmLabel(swarm), timeScale: swarm.timeScale }));
}
