import { calls } from "../../engine/protocol/rpc.ts";
import { choose, withProgress } from "../ask.ts";
import { commandIds } from "../ids.ts";
import { stackDocument } from "../stacks/stackDocument.ts";
import { chooseAgent } from "./agentChoice.ts";
import { type Command, connected, overviewNow } from "./command.ts";
import { stacksQuestion } from "./stacksTexts.ts";

const WITH = "Open Inspector";
const WITHOUT = "Threads Only";

/** What an agent does at this moment, also one that hangs, as a document. */
export const dumpStacks: Command = {
  id: commandIds.dumpStacks,
  couldNot: "Could not dump the stacks",
  acts: true,
  async run(world, subject, argument) {
    const connection = await connected(world);
    const pid = pidOf(argument);
    const agentId =
      pid === null
        ? await chooseAgent(
            ...([await overviewNow(world, connection), subject] as const),
            ...(["Dump Stacks", "Which agent? You will be asked before its inspector is opened."] as const),
          )
        : null;
    if (pid === null && agentId === null) return;
    const preview = await connection.call(calls.profilePreview, pid === null ? { agentId: agentId ?? "" } : { pid });
    // Where no inspector can be opened nothing is done to the process, so there is nothing to ask.
    let consent = false;
    if (preview.inspectorRefusal === null) {
      const { question, detail } = stacksQuestion(preview);
      const way = await choose(question, detail, [WITH, WITHOUT]);
      if (way === null) return;
      consent = way === WITH;
    }
    // The identity that was shown goes with the request: by now the pid may be another process.
    const process = { pid: preview.pid, startTime: preview.startTime };
    const report = await withProgress(`Looking at process ${preview.pid}`, (signal) =>
      connection.call(calls.profileStacks, { process, consent }, signal),
    );
    await world.readDocuments.open(`Stacks ${preview.pid}`, stackDocument(report, Date.now()));
  },
};

/** A process that is named instead of an agent, by a key binding or another extension. */
function pidOf(argument: unknown): number | null {
  const pid = typeof argument === "object" && argument !== null && "pid" in argument ? argument.pid : null;
  return typeof pid === "number" && Number.isSafeInteger(pid) && pid > 1 ? pid : null;
}
