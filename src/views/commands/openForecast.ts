import { commandIds } from "../ids.ts";
import type { Subject } from "../tree/node.ts";
import type { Command, CommandWorld } from "./command.ts";

export const openForecast: Command = {
  id: commandIds.openForecast,
  couldNot: "Could not open the forecast",
  acts: false,
  async run(world, subject) {
    await world.pages.openForecast(swarmOf(world, subject));
  },
};

function swarmOf({ decisions }: CommandWorld, subject: Subject | null): string | null {
  switch (subject?.kind) {
    case "swarm":
    case "agent":
      return subject.swarmId;
    case "decision":
    case "fact":
      return decisions.find(subject.decisionId)?.swarmId ?? null;
    default:
      return null;
  }
}
