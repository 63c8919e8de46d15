import type { EngineConnection } from "../../engine/client.ts";
import { calls, type DecisionRow } from "../../engine/protocol/rpc.ts";
import { reason, titleText } from "../decisions/words.ts";
import { confirm, notify } from "../ask.ts";
import { commandIds } from "../ids.ts";
import { type Command, type CommandWorld, connected, overviewNow } from "./command.ts";
import { chooseDecision } from "./decisionChoice.ts";
import { agreeToScale, followScale, SCALE_DEADLINE_MS } from "./scaleFlow.ts";
import { stopSwarmQuestion } from "./stopTexts.ts";
import { restartQuestion } from "./undoTexts.ts";

/** How far back `Undo Last Scale` looks: whatever is undoable is the newest of its swarm. */
const LOOK_BACK = 100;

export const undoDecision: Command = {
  id: commandIds.undoDecision,
  couldNot: "Could not undo the decision",
  acts: true,
  async run(world, subject) {
    const connection = await connected(world);
    const row = await chooseDecision(world.decisions, subject, {
      title: "Undo Decision",
      fits: ({ undoRefusal }) => undoRefusal === null,
      none: "No decision can be undone now.",
      alone: false,
    });
    if (row !== null) await undo(world, connection, row);
  },
};

export const undoLast: Command = {
  id: commandIds.undoLast,
  couldNot: "Could not undo the last scale",
  acts: true,
  async run(world, subject) {
    const connection = await connected(world);
    const only = subject?.kind === "swarm" ? { swarmId: subject.swarmId } : {};
    // Asked for now, not taken from the view: what was done a moment ago may not have arrived there.
    const { decisions } = await connection.call(calls.decisions, { ...only, limit: LOOK_BACK });
    const row = decisions.find(({ undoRefusal }) => undoRefusal === null);
    if (row !== undefined) return undo(world, connection, row);
    const [newest] = decisions;
    notify(
      "info",
      newest === undefined || newest.undoRefusal === null
        ? "No change of a swarm's size has been made that could be undone."
        : `Nothing can be undone now. The last decision was ${titleText(newest)}. ${reason(newest.undoRefusal)}`,
    );
  },
};

/** An undo shows what it will do like any other change of a size. */
async function undo(world: CommandWorld, connection: EngineConnection, row: DecisionRow): Promise<void> {
  if (row.undoRefusal !== null) {
    notify("warning", `${titleText(row)} cannot be undone. ${reason(row.undoRefusal)}`);
    return;
  }
  if (!(await agreed(world, connection, row))) return;
  const params = { decisionId: row.id, deadlineMs: SCALE_DEADLINE_MS };
  const back = titleText({ ...row, from: row.to, to: row.from });
  await followScale(back, row.swarmId, async (signal) => {
    const { result, notes } = await connection.call(calls.decisionUndo, params, signal);
    if (notes.length > 0) notify("info", `Undone: ${notes.map(reason).join(" ")}`);
    return result;
  });
}

async function agreed(world: CommandWorld, connection: EngineConnection, row: DecisionRow): Promise<boolean> {
  // A stopped swarm has no preview: there is nothing to lose.
  if (row.to === 0) {
    const { question, detail, agree } = restartQuestion(row);
    return confirm(question, detail, agree);
  }
  if (row.from !== 0) return (await agreeToScale(connection, row.swarmId, row.from)) !== null;
  const overview = await overviewNow(world, connection);
  const swarm = overview.swarms.find(({ id }) => id === row.swarmId);
  // Gone from the configuration meanwhile: the engine says so.
  if (swarm?.kind !== "managed") return true;
  const { question, detail } = stopSwarmQuestion(swarm, overview.wallMs);
  return confirm(question, detail, "Stop Swarm");
}
