import * as vscode from "vscode";
import type { OrchestratedSwarmRow } from "../../engine/protocol/model.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { breakerText } from "../../text/orchestrated.ts";
import { reasonText } from "../../text/reasons.ts";
import { notify } from "../ask.ts";
import { commandIds, settingNames, settingsSection } from "../ids.ts";
import { EDITOR_SOURCE } from "../settings/plan.ts";
import { type Command, type CommandWorld, connected } from "./command.ts";
import { parseJson } from "./jsonText.ts";
import { inPick } from "../show.ts";
import { orchestratedOf, pickOf } from "./swarmChoice.ts";

/** One configuration for breakers, lanes and retries: the setting, or a file that is checked and becomes the setting. */
export const configureFaultTolerance: Command = {
  id: commandIds.configureFaultTolerance,
  couldNot: "Could not configure fault tolerance",
  acts: true,
  async run(world, subject) {
    const swarms = world.overview.latest?.swarms;
    const meant = orchestratedOf(swarms, subject);
    if (meant !== null) return tellBreaker(meant);
    const orchestrated = swarms?.filter((swarm) => swarm.kind === "orchestrated") ?? [];
    const picked = await vscode.window.showQuickPick(
      [
        {
          label: "$(settings-gear) Edit the setting",
          description: "breakers, lanes, retries, with defaults and bounds as you type",
          run: editSetting,
        },
        {
          label: "$(json) Apply a JSON file…",
          description: "checked by the engine; a wrong field is named, and nothing is changed",
          run: () => applyFile(world),
        },
        ...orchestrated.map((swarm) => ({
          ...pickOf(swarm),
          detail: inPick(`Its breaker: ${breakerText(swarm.breaker)}`),
          run: async () => tellBreaker(swarm),
        })),
      ],
      { title: "Configure Fault Tolerance" },
    );
    await picked?.run();
  },
};

/** The one before every call to its orchestrator. */
function tellBreaker({ id, breaker }: OrchestratedSwarmRow): void {
  notify(
    "info",
    `orchestrator:${id}: ${breakerText(breaker)}. ${reasonText({ code: "breaker.ofOrchestrator", args: {} })}`,
  );
}

async function editSetting(): Promise<void> {
  await vscode.commands.executeCommand("workbench.action.openSettingsJson", {
    revealSetting: { key: `${settingsSection}.${settingNames.faultTolerance}`, edit: true },
  });
}

async function applyFile(world: CommandWorld): Promise<void> {
  const filters = { JSON: ["json", "jsonc"] };
  const [file] = (await vscode.window.showOpenDialog({ title: "Fault Tolerance", filters, openLabel: "Apply" })) ?? [];
  if (file === undefined) return;
  const wanted = parseJson(new TextDecoder().decode(await vscode.workspace.fs.readFile(file)), file.fsPath);
  const connection = await connected(world);
  const { revision, values } = await connection.call(calls.configGet, {});
  // The engine says which field is wrong; the setting is written only when there is none.
  const patch = { faultTolerance: wanted as typeof values.faultTolerance };
  await connection.call(calls.configPatch, { source: EDITOR_SOURCE, baseRevision: revision, patch });
  const section = vscode.workspace.getConfiguration(settingsSection);
  await section.update(settingNames.faultTolerance, wanted, vscode.ConfigurationTarget.Global);
  notify("info", "Fault tolerance is configured as the file says. What runs and waits stays.");
}
