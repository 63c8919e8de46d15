import * as vscode from "vscode";
import { calls } from "../../engine/protocol/rpc.ts";
import { swarmLabel } from "../agents/faces.ts";
import { commandIds } from "../ids.ts";
import { inPick } from "../show.ts";
import type { Subject } from "../tree/node.ts";
import { type Command, type CommandWorld, connected, overviewNow } from "./command.ts";
import { chooseSwarm } from "./swarmChoice.ts";

/** Taken back by Resume at any time and harms nothing: it is done without a question. */
export const hold: Command = {
  id: commandIds.hold,
  couldNot: "Could not put the swarm on hold",
  acts: true,
  run: (world, subject) => setHeld(world, subject, true),
};

export const resume: Command = {
  id: commandIds.resume,
  couldNot: "Could not lift the hold",
  acts: true,
  run: (world, subject) => setHeld(world, subject, false),
};

/** From the row of a decision, its swarm is meant: what it goes on doing is to be stopped there. */
function swarmOf(world: CommandWorld, subject: Subject | null): Subject | null {
  if (subject?.kind !== "decision") return subject;
  const row = world.decisions.find(subject.decisionId);
  return row === undefined ? null : { kind: "swarm", swarmId: row.swarmId };
}

async function setHeld(world: CommandWorld, subject: Subject | null, held: boolean): Promise<void> {
  const connection = await connected(world);
  const swarm = await chooseSwarm(
    await overviewNow(world, connection),
    swarmOf(world, subject),
    held ? "Hold" : "Resume",
    (one) => one.held !== held,
    held ? "Every swarm is on hold already, or there is none." : "No swarm was put on hold by an operator.",
  );
  if (swarm === null) return;
  await connection.call(calls.swarmHold, { swarmId: swarm.id, held });
  const name = inPick(swarmLabel(swarm));
  vscode.window.setStatusBarMessage(
    held
      ? `$(debug-pause) ${name} is on hold: no growth, no automatic change`
      : `$(check) ${name} is no longer on hold`,
    8_000,
  );
}
