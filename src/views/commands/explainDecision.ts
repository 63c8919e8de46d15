import { commandIds } from "../ids.ts";
import { type Command, connected } from "./command.ts";
import { chooseDecision } from "./decisionChoice.ts";

export const explainDecision: Command = {
  id: commandIds.explainDecision,
  couldNot: "Could not explain the decision",
  acts: false,
  async run(world, subject) {
    await connected(world);
    const row = await chooseDecision(world.decisions, subject, {
      title: "Explain Decision",
      fits: () => true,
      none: "Nothing has been decided yet.",
      alone: true,
    });
    if (row !== null) await world.explanations.open(row);
  },
};
