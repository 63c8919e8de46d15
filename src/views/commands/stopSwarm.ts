import { calls } from "../../engine/protocol/rpc.ts";
import { swarmLabel } from "../agents/faces.ts";
import { choose, notify, withProgress } from "../ask.ts";
import { commandIds } from "../ids.ts";
import { type Command, connected, overviewNow } from "./command.ts";
import { outcomeText } from "./outcomeTexts.ts";
import { stopSwarmQuestion } from "./stopTexts.ts";
import { chooseSwarm } from "./swarmChoice.ts";

const DEADLINE_MS = 60_000;

export const stopSwarm: Command = {
  id: commandIds.stopSwarm,
  couldNot: "Could not stop the swarm",
  acts: true,
  async run(world, subject) {
    const connection = await connected(world);
    const overview = await overviewNow(world, connection);
    const swarm = await chooseSwarm(
      overview,
      subject,
      "Stop Swarm",
      (one) => one.activity.kind !== "stopped" || one.live > 0,
      "No swarm of this machine's engine is running.",
    );
    if (swarm === null) return;
    const { question, detail } = stopSwarmQuestion(swarm, overview.wallMs);
    const isBusy = swarm.agents.some(({ state }) => state === "working" || state === "draining");
    const way = await choose(question, detail, isBusy ? ["Stop Swarm", "Stop Now"] : ["Stop Swarm"]);
    if (way === null) return;
    const name = swarmLabel(swarm);
    const { outcome } = await withProgress(`Stopping ${name}`, (signal) =>
      connection.call(
        calls.swarmStop,
        { swarmId: swarm.id, deadlineMs: DEADLINE_MS, ...(way === "Stop Now" ? { now: true } : {}) },
        signal,
      ),
    );
    if (outcome.kind === "confirmed") return;
    const { severity, text } = outcomeText(`Stop of ${name}`, outcome);
    notify(severity, text);
  },
};
