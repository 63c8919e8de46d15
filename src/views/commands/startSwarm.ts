import { calls } from "../../engine/protocol/rpc.ts";
import { swarmLabel } from "../agents/faces.ts";
import { notify, withProgress } from "../ask.ts";
import { commandIds } from "../ids.ts";
import { type Command, type CommandWorld, connected, overviewNow } from "./command.ts";
import { outcomeText } from "./outcomeTexts.ts";
import { chooseSwarm } from "./swarmChoice.ts";

const DEADLINE_MS = 60_000;
export const DEMO_ID = "demo";

export const startDemo: Command = {
  id: commandIds.startDemo,
  couldNot: "Could not start the demo swarm",
  acts: true,
  async run(world) {
    await start(world, DEMO_ID, "the demo swarm");
  },
};

export const startSwarm: Command = {
  id: commandIds.startSwarm,
  couldNot: "Could not start the swarm",
  acts: true,
  async run(world, subject) {
    const swarm = await chooseSwarm(
      await overviewNow(world, await connected(world)),
      subject,
      "Start Swarm",
      (one) => one.activity.kind === "stopped",
      'No swarm is waiting to be started. Define one with "Swarm: Define a Swarm".',
    );
    if (swarm !== null) await start(world, swarm.id, swarmLabel(swarm));
  },
};

/** The row is the result: a success says nothing else. */
async function start(world: CommandWorld, swarmId: string, name: string): Promise<void> {
  const connection = await connected(world);
  const { outcome } = await withProgress(`Starting ${name}`, (signal) =>
    connection.call(calls.swarmStart, { swarmId, deadlineMs: DEADLINE_MS }, signal),
  );
  await world.agents.reveal(swarmId);
  if (outcome.kind === "confirmed") return;
  const { severity, text } = outcomeText(`Start of ${name}`, outcome);
  notify(severity, text);
}
