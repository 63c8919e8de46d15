import { COMPARED_DAYS, REPLAY_POLICIES } from "../../engine/protocol/replay.ts";
import type { ComparisonWish } from "../../engine/protocol/scalingPage.ts";
import { commandIds } from "../ids.ts";
import { type Command, connected, overviewNow } from "./command.ts";
import { chooseSwarm } from "./swarmChoice.ts";

const NO_SWARM =
  'There is no swarm to compare policies for. Define one with "Swarm: Define a Swarm", or start the demo swarm.';

/** Each policy on a swarm's stored load, side by side on the page "Swarm Scaling", which has progress and Cancel. It only looks. */
export const comparePolicies: Command = {
  id: commandIds.comparePolicies,
  couldNot: "Could not compare policies",
  acts: false,
  async run(world, subject, argument) {
    const connection = await connected(world);
    const overview = await overviewNow(world, connection);
    const swarm = await chooseSwarm(overview, subject, "Compare Policies", () => true, NO_SWARM);
    if (swarm !== null) await world.pages.comparePolicies(swarm.id, wishOf(argument));
  },
};

/** What a key binding or another extension may name; anything but what is expected counts as left out. */
function wishOf(argument: unknown): Partial<ComparisonWish> {
  const given = (typeof argument === "object" && argument !== null ? argument : {}) as Readonly<
    Record<"days" | "policies", unknown>
  >;
  const days = COMPARED_DAYS.find((known) => known === given.days);
  const named: readonly unknown[] = Array.isArray(given.policies) ? given.policies : [];
  const policies = REPLAY_POLICIES.filter((known) => named.includes(known));
  return { ...(days === undefined ? {} : { days }), ...(policies.length === 0 ? {} : { policies }) };
}
