import { commandIds } from "../ids.ts";
import type { Command } from "./command.ts";

/** Who used CPU, memory or I/O, on the page "Blame": of the swarm of the row, else of all. It only looks. */
export const blameFlame: Command = {
  id: commandIds.blameFlame,
  couldNot: "Could not show who used what",
  acts: false,
  async run(world, subject) {
    await world.pages.openBlame(subject?.kind === "swarm" || subject?.kind === "agent" ? subject.swarmId : null);
  },
};
