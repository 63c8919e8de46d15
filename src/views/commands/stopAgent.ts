import { calls } from "../../engine/protocol/rpc.ts";
import { choose, notify, withProgress } from "../ask.ts";
import { commandIds } from "../ids.ts";
import { chooseAgent } from "./agentChoice.ts";
import { type Command, connected, overviewNow } from "./command.ts";
import { outcomeText } from "./outcomeTexts.ts";
import { stopAgentQuestion } from "./stopTexts.ts";

const DEADLINE_MS = 60_000;

export const stopAgent: Command = {
  id: commandIds.stopAgent,
  couldNot: "Could not stop the agent",
  acts: true,
  async run(world, subject) {
    const connection = await connected(world);
    const agentId = await chooseAgent(
      ...([await overviewNow(world, connection), subject] as const),
      ...(["Stop Agent", "Which agent? You will see its command and open work first."] as const),
    );
    if (agentId === null) return;
    const preview = await connection.call(calls.stopPreview, { agentId });
    const { question, detail } = stopAgentQuestion(preview);
    // Of what somebody else started the signal is the only way there is.
    const isBusy = preview.managed && preview.openWork.length > 0;
    const way = await choose(question, detail, isBusy ? ["Stop Agent", "Stop Now"] : ["Stop Agent"]);
    if (way === null) return;
    // The identity that was shown goes with the request: by now the pid may be another process.
    const { pid, startTime } = preview;
    const { outcome } = await withProgress(`Stopping agent ${pid}`, (signal) =>
      connection.call(
        calls.agentStop,
        { agentId, pid, startTime, deadlineMs: DEADLINE_MS, ...(way === "Stop Now" ? { now: true } : {}) },
        signal,
      ),
    );
    if (outcome.kind === "confirmed") return;
    const { severity, text } = outcomeText(`Stop of agent ${pid}`, outcome);
    notify(severity, text);
  },
};
