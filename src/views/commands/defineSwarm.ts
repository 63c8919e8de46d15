import * as vscode from "vscode";
import { commandIds, settingNames, settingsSection } from "../ids.ts";
import type { Command } from "./command.ts";

/** Opens the user's settings.json at `swarm.swarms`; the manifest's default snippet fills in a first swarm. */
export const defineSwarm: Command = {
  id: commandIds.defineSwarm,
  couldNot: "Could not open the settings",
  acts: false,
  async run() {
    await vscode.commands.executeCommand("workbench.action.openSettingsJson", {
      revealSetting: { key: `${settingsSection}.${settingNames.swarms}`, edit: true },
    });
  },
};
