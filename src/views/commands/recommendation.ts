import * as vscode from "vscode";
import { calls } from "../../engine/protocol/rpc.ts";
import { waits } from "../decisions/model.ts";
import { titleText } from "../decisions/words.ts";
import { commandIds } from "../ids.ts";
import { inPick } from "../show.ts";
import { type Command, connected } from "./command.ts";
import { chooseDecision } from "./decisionChoice.ts";
import { agreeToScale, followScale, SCALE_DEADLINE_MS } from "./scaleFlow.ts";

const none = "No recommendation waits for you.";

export const applyRecommendation: Command = {
  id: commandIds.applyRecommendation,
  couldNot: "Could not apply the recommendation",
  acts: true,
  async run(world, subject) {
    const connection = await connected(world);
    const question = { title: "Apply Recommendation", fits: waits, none, alone: true };
    const row = await chooseDecision(world.decisions, subject, question);
    if (row === null || (await agreeToScale(connection, row.swarmId, row.to)) === null) return;
    // The engine refuses when it no longer holds: what was agreed to is this decision, not its number.
    const params = { decisionId: row.id, deadlineMs: SCALE_DEADLINE_MS };
    await followScale(titleText(row), row.swarmId, (signal) => connection.call(calls.decisionApply, params, signal));
  },
};

/** Costs nothing and is not asked about: the same is recommended again when it still holds after a cooldown. */
export const dismissRecommendation: Command = {
  id: commandIds.dismissRecommendation,
  couldNot: "Could not dismiss the recommendation",
  acts: true,
  async run(world, subject) {
    const connection = await connected(world);
    const question = { title: "Dismiss Recommendation", fits: waits, none, alone: true };
    const row = await chooseDecision(world.decisions, subject, question);
    if (row === null) return;
    await connection.call(calls.decisionDismiss, { decisionId: row.id });
    vscode.window.setStatusBarMessage(`$(check) ${inPick(titleText(row))} dismissed`, 8_000);
  },
};
