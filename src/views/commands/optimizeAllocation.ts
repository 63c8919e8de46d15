import { commandIds } from "../ids.ts";
import { type Command, connected, overviewNow } from "./command.ts";
import { chooseSwarm } from "./swarmChoice.ts";

const NO_SWARM =
  'There is no swarm to find an allocation for. Define one with "Swarm: Define a Swarm", or start the demo swarm.';

/** Better allocations of a swarm, on the page "Pareto", which has progress and Cancel. It only looks: applying is asked there. */
export const optimizeAllocation: Command = {
  id: commandIds.optimizeAllocation,
  couldNot: "Could not optimize the allocation",
  acts: false,
  async run(world, subject) {
    const connection = await connected(world);
    const overview = await overviewNow(world, connection);
    const swarm = await chooseSwarm(overview, subject, "Optimize Allocation", () => true, NO_SWARM, "optimize");
    if (swarm !== null) await world.pages.optimizeAllocation(swarm.id);
  },
};
