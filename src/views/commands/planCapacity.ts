import { commandIds } from "../ids.ts";
import type { Command } from "./command.ts";

/** How many agents fit and when what runs out, on the page "Capacity": of the swarm of the row, else of all. It only looks. */
export const planCapacity: Command = {
  id: commandIds.planCapacity,
  couldNot: "Could not plan capacity",
  acts: false,
  async run(world, subject) {
    await world.pages.openCapacity(subject?.kind === "swarm" || subject?.kind === "agent" ? subject.swarmId : null);
  },
};
