import type { EngineConnection } from "../../engine/client.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { commandIds } from "../ids.ts";
import { type Command, connected, overviewNow } from "./command.ts";
import { agreeToScale, followScale, previewTitle, SCALE_DEADLINE_MS } from "./scaleFlow.ts";
import { askTarget } from "./scaleInput.ts";
import { scaleRecords } from "./scaleRecords.ts";
import { chooseAnySwarm } from "./swarmChoice.ts";

export const scaleSwarm: Command = {
  id: commandIds.scaleSwarm,
  couldNot: "Could not scale the swarm",
  acts: true,
  async run(world, subject) {
    const connection = await connected(world);
    const overview = await overviewNow(world, connection);
    const swarm = await chooseAnySwarm(overview, subject, {
      title: "Scale Swarm",
      fits: (one) => one.activity.kind !== "stopped",
      none: 'No swarm is running. Start one first, for example with "Swarm: Start Demo Swarm".',
    });
    if (swarm === null) return;
    if (swarm.kind === "orchestrated") return scaleRecords(connection, swarm);
    const target = await askTarget(connection, swarm);
    if (target !== null) await scaleTo(connection, swarm.id, target);
  },
};

/** Preview, confirmation, action, outcome. */
export async function scaleTo(connection: EngineConnection, swarmId: string, target: number): Promise<void> {
  const preview = await agreeToScale(connection, swarmId, target);
  if (preview === null) return;
  const expectedTarget = preview.from;
  await followScale(previewTitle(preview), swarmId, (signal) =>
    connection.call(calls.swarmScale, { swarmId, target, deadlineMs: SCALE_DEADLINE_MS, expectedTarget }, signal),
  );
}
