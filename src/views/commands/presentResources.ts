import type { ResourcesFile } from "../../engine/protocol/resources.ts";
import type { Overview } from "../../engine/protocol/rpc.ts";
import type { LaneRow } from "../../engine/protocol/tasks.ts";

/** A resources file that changes nothing: agents of the swarms that run, places of the lanes. */
export function presentResources(
  { swarms }: Pick<Overview, "swarms">,
  lanes: readonly Pick<LaneRow, "lane" | "capacity">[],
): string {
  const running = swarms.filter((swarm) => swarm.kind === "managed").filter(({ target }) => target > 0);
  const file: ResourcesFile = {
    swarms: Object.fromEntries(running.map(({ id, target }) => [id, { agents: target }])),
    lanes: Object.fromEntries(lanes.map(({ lane, capacity }) => [lane, capacity])),
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}
