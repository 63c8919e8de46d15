import { commandIds } from "../ids.ts";
import { type Command, connected, overviewNow } from "./command.ts";
import { chooseSwarm } from "./swarmChoice.ts";

/** Whose key figures the view *KPIs* shows. */
export const chooseKpiSwarm: Command = {
  id: commandIds.chooseKpiSwarm,
  couldNot: "Could not choose the swarm",
  acts: false,
  async run(world, subject) {
    const overview = await overviewNow(world, await connected(world));
    const none =
      'There is no swarm with key figures. Define one with "Swarm: Define a Swarm", or start the demo swarm.';
    const swarm = await chooseSwarm(overview, subject, "Show KPIs of a Swarm", () => true, none);
    if (swarm !== null) world.kpis.choose(swarm.id);
  },
};
