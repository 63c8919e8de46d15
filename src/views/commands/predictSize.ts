import type { EngineConnection } from "../../engine/client.ts";
import type { ManagedSwarmRow, OrchestratedSwarmRow } from "../../engine/protocol/model.ts";
import type { PredictiveScale } from "../../engine/protocol/orchestrators.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { plannedText, topologyText } from "../../text/orchestrated.ts";
import { reasonText } from "../../text/reasons.ts";
import { swarmLabel } from "../agents/faces.ts";
import { confirm, notify, withProgress } from "../ask.ts";
import { commandIds } from "../ids.ts";
import { codedOf, isAborted } from "../sessionPort.ts";
import { line } from "../show.ts";
import { type Command, connected, overviewNow } from "./command.ts";
import { outcomeText, withNotes } from "./outcomeTexts.ts";
import { RECORDS_DEADLINE_MS, recordsEffect } from "./scaleRecords.ts";
import { scaleTo } from "./scaleSwarm.ts";
import { chooseAnySwarm } from "./swarmChoice.ts";

const NO_SWARM = 'No swarm is running. Start one first, for example with "Swarm: Start Demo Swarm".';

/** A size from the load to come: by the forecast of a swarm of ours, by the records of one of an orchestrator. Asked before it is made so. */
export const predictSize: Command = {
  id: commandIds.predictSize,
  couldNot: "Could not predict the size",
  acts: true,
  async run(world, subject) {
    const connection = await connected(world);
    const swarm = await chooseAnySwarm(await overviewNow(world, connection), subject, {
      title: "Predict Size",
      fits: ({ target }: ManagedSwarmRow) => target > 0,
      none: NO_SWARM,
    });
    if (swarm === null) return;
    const name = line(swarmLabel(swarm), 80);
    const plan = await orGivenUp(
      asked(connection, swarm.id, `Planning the size of ${name}`, null),
      `The plan for ${name} was cancelled. Nothing was changed.`,
    );
    if (plan === null) return;
    const { from, to, reason } = plan;
    const what = `${name}: ${plannedText(plan)}`;
    if (to === null || to === from) return notify("info", `${what}. ${reasonText(reason)}`);
    if (swarm.kind === "orchestrated") return scaleAsClaimed(connection, swarm, plan, to);
    notify("info", `${what}. ${reasonText(reason)}`);
    await scaleTo(connection, swarm.id, to);
  },
};

/** Asked, made so, and then its topology improved. */
async function scaleAsClaimed(
  connection: EngineConnection,
  swarm: OrchestratedSwarmRow,
  plan: PredictiveScale,
  to: number,
): Promise<void> {
  const name = line(swarmLabel(swarm), 80);
  const detail = [reasonText(plan.reason), ...recordsEffect(to - plan.from), `To undo: scale it back to ${plan.from}.`];
  if (!(await confirm(`Scale ${name}: ${plannedText(plan)}?`, detail, `Scale to ${to}`))) return;
  const done = await orGivenUp(
    asked(connection, swarm.id, `Scaling ${name}: ${plan.from} → ${to}`, to),
    `${name} is not waited for any longer. What was begun goes on; its row and Decisions show it.`,
  );
  if (done === null) return;
  const { outcome, topology } = done;
  if (outcome === null) return notify("info", `${name}: nothing was done. ${reasonText(done.reason)}`);
  const { severity, text } = outcomeText(`${name}: ${done.from} → ${to}`, outcome);
  // What became of it otherwise stands among the notes.
  const refused = topology?.kind === "refused" ? `. Its ${topologyText(topology)}` : "";
  notify(severity, `${withNotes(text, outcome)}${refused}`);
}

/** @param agreed the size to make it, which was agreed to; `null`: only the plan is wanted */
function asked(
  connection: EngineConnection,
  swarmId: string,
  title: string,
  agreed: number | null,
): Thenable<PredictiveScale> {
  const wish = agreed === null ? { apply: false } : { apply: true, expectedTo: agreed };
  return withProgress(title, (signal) =>
    connection.call(calls.predictiveScale, { swarmId, ...wish, deadlineMs: RECORDS_DEADLINE_MS }, signal),
  );
}

/** @returns `null` when it was cancelled: it has been said */
async function orGivenUp<R>(work: Thenable<R>, text: string): Promise<R | null> {
  try {
    return await work;
  } catch (error) {
    if (!isAborted(codedOf(error))) throw error;
    notify("info", text);
    return null;
  }
}
