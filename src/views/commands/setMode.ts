import * as vscode from "vscode";
import type { ManagedSwarmRow, SwarmMode } from "../../engine/protocol/model.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { swarmLabel } from "../agents/faces.ts";
import { commandIds, settingNames, settingsSection } from "../ids.ts";
import { EDITOR_SOURCE } from "../settings/plan.ts";
import { inPick } from "../show.ts";
import { type Command, connected, overviewNow } from "./command.ts";
import { autoQuestion, modeChoices, type ModeChoice, withMode } from "./modeTexts.ts";
import { chooseSwarm } from "./swarmChoice.ts";

export const setMode: Command = {
  id: commandIds.setMode,
  couldNot: "Could not set the mode",
  acts: true,
  async run(world, subject) {
    const connection = await connected(world);
    const swarm = await chooseSwarm(
      await overviewNow(world, connection),
      subject,
      "Set Mode",
      () => true,
      'No swarm has a mode yet: agents that somebody else started are only observed. Define one with "Swarm: Define a Swarm".',
    );
    const mode = swarm === null ? null : await askMode(swarm);
    if (swarm === null || mode === null || mode === swarm.mode) return;
    const { sources } = await connection.call(calls.configGet, {});
    await connection.call(calls.swarmMode, { swarmId: swarm.id, mode });
    // Where the user's settings are the source of the swarms, they say the same from now on.
    if (!swarm.demo && sources.swarms === EDITOR_SOURCE) await writeSetting(swarm.id, mode);
    const held = swarm.held && mode === "auto" ? ", and on hold until you resume it" : "";
    vscode.window.setStatusBarMessage(`$(check) ${inPick(swarmLabel(swarm))} is in mode ${mode}${held}`, 8_000);
  },
};

async function askMode(swarm: ManagedSwarmRow): Promise<SwarmMode | null> {
  const name = swarmLabel(swarm);
  const chosen = await pick(modeChoices(swarm.mode), `Mode of ${name}`, "What may be done without you?");
  // The demo's agents are part of the product: letting it go costs nobody anything.
  if (chosen !== "auto" || swarm.demo || swarm.mode === "auto") return chosen;
  const { title, keep, switchTo } = autoQuestion(swarm);
  return pick([keep, switchTo], title, "This is asked once, now; afterwards the scaler does not ask.");
}

async function pick(choices: readonly ModeChoice[], title: string, placeHolder: string): Promise<SwarmMode | null> {
  const picked = await vscode.window.showQuickPick([...choices], { title: inPick(title), placeHolder });
  return picked?.mode ?? null;
}

async function writeSetting(swarmId: string, mode: SwarmMode): Promise<void> {
  const section = vscode.workspace.getConfiguration(settingsSection);
  const changed = withMode(section.inspect(settingNames.swarms)?.globalValue, swarmId, mode);
  if (changed !== null) await section.update(settingNames.swarms, changed, vscode.ConfigurationTarget.Global);
}
