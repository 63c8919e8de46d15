import * as vscode from "vscode";
import type { EngineConnection } from "../../engine/client.ts";
import type { ManagedSwarmRow } from "../../engine/protocol/model.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { untilText } from "../../text/clock.ts";
import { swarmLabel } from "../agents/faces.ts";
import { commandIds } from "../ids.ts";
import { inPick } from "../show.ts";
import type { Subject } from "../tree/node.ts";
import { type Command, type CommandWorld, connected, overviewNow } from "./command.ts";
import { chooseSwarm, chooseSwarms } from "./swarmChoice.ts";

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

/** The same hold from the palette: of one swarm or of all, for a while or until it is resumed. */
export const pauseScaling: Command = {
  id: commandIds.pauseScaling,
  couldNot: "Could not pause the scaling",
  acts: true,
  async run(world, subject) {
    const connection = await connected(world);
    const overview = await overviewNow(world, connection);
    const none = 'There is no swarm to pause. Define one with "Swarm: Define a Swarm", or start the demo swarm.';
    const swarms = await chooseSwarms(overview, swarmOf(world, subject), "Pause Scaling", () => true, none);
    if (swarms === null) return;
    const title = `Pause Scaling of ${namesOf(swarms)}`;
    const placeHolder = `For how long?${alreadyHeld(swarms)}`;
    const picked = await vscode.window.showQuickPick(DURATIONS, { title, placeHolder });
    if (picked === undefined) return;
    await setAll(connection, swarms, true, picked.forSeconds);
    tell(swarms, true, picked.forSeconds === null ? "" : ` for ${picked.label}`);
  },
};

export const resumeScaling: Command = {
  id: commandIds.resumeScaling,
  couldNot: "Could not resume the scaling",
  acts: true,
  async run(world, subject) {
    const connection = await connected(world);
    const overview = await overviewNow(world, connection);
    const none = "No swarm was put on hold by an operator.";
    const swarms = await chooseSwarms(overview, swarmOf(world, subject), "Resume Scaling", (one) => one.held, none);
    if (swarms === null) return;
    await setAll(connection, swarms, false, null);
    tell(swarms, false);
  },
};

interface Duration extends vscode.QuickPickItem {
  /** `null`: until somebody resumes it. */
  readonly forSeconds: number | null;
}

const DURATIONS: readonly Duration[] = [
  { label: "15 minutes", forSeconds: 900 },
  { label: "1 hour", forSeconds: 3_600 },
  { label: "Until resumed", forSeconds: null },
];

/** What the new hold takes the place of, or leaves. */
function alreadyHeld(swarms: readonly ManagedSwarmRow[]): string {
  const held = swarms.filter((swarm) => swarm.held);
  const [first] = held;
  if (first === undefined) return "";
  if (swarms.length > 1) return ` ${held.length} of them are on hold; holds that last longer stay.`;
  return ` It is on hold${first.heldUntilMs === undefined ? " until resumed" : untilText(first.heldUntilMs)}; this takes its place.`;
}

function namesOf(swarms: readonly ManagedSwarmRow[]): string {
  const [first] = swarms;
  return swarms.length === 1 && first !== undefined ? inPick(swarmLabel(first)) : `all ${swarms.length} swarms`;
}

async function setAll(
  connection: EngineConnection,
  swarms: readonly ManagedSwarmRow[],
  held: boolean,
  forSeconds: number | null,
): Promise<void> {
  // Who means all of them does not mean to shorten a hold that was made for one.
  const span = forSeconds === null ? {} : { forSeconds, ...(swarms.length > 1 ? { keepLonger: true } : {}) };
  for (const { id: swarmId } of swarms) await connection.call(calls.swarmHold, { swarmId, held, ...span });
}

function tell(swarms: readonly ManagedSwarmRow[], held: boolean, span = ""): void {
  const verb = swarms.length === 1 ? "is" : "are";
  vscode.window.setStatusBarMessage(
    held
      ? `$(debug-pause) ${namesOf(swarms)} ${verb} on hold${span}: no growth, no automatic change`
      : `$(check) ${namesOf(swarms)} ${verb} no longer on hold`,
    8_000,
  );
}

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
  await setAll(connection, [swarm], held, null);
  tell([swarm], held);
}
