import {
  decisionApplyFlags,
  type DecisionApplyOutput,
  decisionApplyOutput,
  decisionDismissFlags,
  decisionDismissOutput,
  decisionUndoFlags,
  type DecisionUndoOutput,
  decisionUndoOutput,
  exitCode,
} from "../../engine/protocol/cli.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import type { EngineConnection } from "../../engine/client.ts";
import { reasonText } from "../../text/reasons.ts";
import { act, outcomeExit } from "../act.ts";
import { CliFailure } from "../failure.ts";
import type { Line } from "../lines.ts";
import { scaleLines, settled } from "../scaled.ts";
import { defineVerb } from "../verb.ts";
import type { VerbContext } from "../world.ts";

const exitNote = "Exit code 4: not confirmed by the deadline; the engine goes on trying.";

/** How far back `--last` looks, in decisions. */
const UNDO_REACH = 200;

export const decisionApply = defineVerb({
  name: "decision-apply",
  summary: "Carry out a recommendation, and wait until its agents are seen",
  notes: ["Refused when the recommendation no longer holds.", exitNote],
  positional: "decision-id",
  flags: decisionApplyFlags,
  output: decisionApplyOutput,
  run: async (flags, context): Promise<DecisionApplyOutput> => {
    const decisionId = flags["decision-id"];
    const connection = await context.connect(!flags["no-start"]);
    const params = { decisionId, deadlineMs: flags.timeout };
    const waiting = { code: "waiting.decision", args: { decisionId } };
    const result = await act(context, connection, calls.decisionApply, params, waiting);
    return { decisionId, ...settled(result) };
  },
  render: (output) => scaleLines("applied", output),
  exit: ({ outcome }) => outcomeExit(outcome),
});

export const decisionDismiss = defineVerb({
  name: "decision-dismiss",
  summary: "Dismiss a recommendation; nothing is changed",
  positional: "decision-id",
  flags: decisionDismissFlags,
  output: decisionDismissOutput,
  run: async (flags, context) => {
    const decisionId = flags["decision-id"];
    const connection = await context.connect(!flags["no-start"]);
    await connection.call(calls.decisionDismiss, { decisionId }, context.interrupt);
    return { decisionId };
  },
  render: ({ decisionId }) => [[{ text: "dismissed", tone: "good" }, `  ${decisionId}`]],
});

export const decisionUndo = defineVerb({
  name: "decision-undo",
  summary: "Go back to the size from before a decision, and wait until it is seen",
  notes: ["Refused when something else was decided about the swarm since.", exitNote],
  positional: "decision-id",
  flags: decisionUndoFlags,
  output: decisionUndoOutput,
  run: async (flags, context): Promise<DecisionUndoOutput> => {
    const connection = await context.connect(!flags["no-start"]);
    const decisionId = flags["decision-id"] ?? (await newestUndoable(connection, flags["swarm-id"], context));
    const params = { decisionId, deadlineMs: flags.timeout };
    const waiting = { code: "waiting.decision", args: { decisionId } };
    const { undoOf, result, notes } = await act(context, connection, calls.decisionUndo, params, waiting);
    return { undoOf, ...settled(result), notes };
  },
  render: (output) => [...scaleLines("undone", output), ...output.notes.map((note): Line => [`  ${reasonText(note)}`])],
  exit: ({ outcome }) => outcomeExit(outcome),
});

/** @throws CliFailure `decision.noneToUndo` */
async function newestUndoable(
  connection: EngineConnection,
  swarmId: string | undefined,
  context: VerbContext,
): Promise<string> {
  const query = swarmId === undefined ? { limit: UNDO_REACH } : { swarmId, limit: UNDO_REACH };
  const { decisions } = await connection.call(calls.decisions, query, context.interrupt);
  const newest = decisions.find(({ undoRefusal }) => undoRefusal === null);
  if (newest === undefined) throw new CliFailure(exitCode.failure, "decision.noneToUndo", { swarmId: swarmId ?? null });
  return newest.id;
}
