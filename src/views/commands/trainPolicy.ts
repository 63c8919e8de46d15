import type { EngineConnection } from "../../engine/client.ts";
import type { PolicyReport } from "../../engine/protocol/dqn.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { countText, ratioText } from "../../text/figures.ts";
import { policyVerdict } from "../../text/policy.ts";
import { swarmLabel } from "../agents/faces.ts";
import { notify, withProgress } from "../ask.ts";
import { commandIds } from "../ids.ts";
import { codedOf, isAborted } from "../sessionPort.ts";
import { line } from "../show.ts";
import { type Command, connected, overviewNow } from "./command.ts";
import { chooseSwarm } from "./swarmChoice.ts";

const DEADLINE_MS = 1_200_000;
const LOOK_MS = 1_000;
const NO_SWARM =
  'There is no swarm to train a network for. Define one with "Swarm: Define a Swarm", or start the demo swarm.';

/** A network learns to size a swarm on its own past, with progress and Cancel, and what it is worth is told. */
export const trainPolicy: Command = {
  id: commandIds.trainPolicy,
  couldNot: "Could not train a scaling policy",
  acts: true,
  async run(world, subject) {
    const connection = await connected(world);
    const overview = await overviewNow(world, connection);
    const swarm = await chooseSwarm(overview, subject, "Train Scaling Policy", () => true, NO_SWARM);
    if (swarm === null) return;
    const label = line(swarmLabel(swarm), 80);
    try {
      const report = await withProgress(`Training a scaling policy for ${label}`, (signal, say) =>
        train(connection, swarm.id, signal, say),
      );
      const { trained } = report;
      const after = trained === null ? "" : `After ${countText(trained.episodes, "episode")}: `;
      notify("info", `${label}: ${after}${policyVerdict(report) ?? "nothing was learned."}`);
    } catch (error) {
      if (!isAborted(codedOf(error))) throw error;
      notify("info", `The training for ${label} was cancelled. What was trained before stays.`);
    }
  },
};

async function train(
  connection: EngineConnection,
  swarmId: string,
  signal: AbortSignal,
  say: (step: string) => void,
): Promise<PolicyReport> {
  let isLooking = false;
  const look = async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    try {
      const { trainingRatio } = await connection.call(calls.policyReport, { swarmId }, signal);
      if (trainingRatio !== null) say(`${ratioText(trainingRatio)} done`);
    } catch (error) {
      // The training itself says what is wrong; how far it is is only not shown.
      if (!isAborted(codedOf(error))) say("still at it");
    } finally {
      isLooking = false;
    }
  };
  const timer = setInterval(() => void look(), LOOK_MS);
  try {
    return await connection.call(calls.trainPolicy, { swarmId, deadlineMs: DEADLINE_MS }, signal);
  } finally {
    clearInterval(timer);
  }
}
