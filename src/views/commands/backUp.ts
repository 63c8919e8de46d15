import { homedir } from "node:os";
import * as vscode from "vscode";
import { calls } from "../../engine/protocol/rpc.ts";
import { notify, withProgress } from "../ask.ts";
import { commandIds } from "../ids.ts";
import { codedOf, isAborted } from "../sessionPort.ts";
import { line } from "../show.ts";
import { backupName, backupText } from "./backUpTexts.ts";
import { type Command, connected } from "./command.ts";

/** A copy of the engine's data in a file that does not exist yet, on the machine of the engine. */
export const backUp: Command = {
  id: commandIds.backUp,
  couldNot: "Could not back up the data",
  acts: true,
  async run(world) {
    const connection = await connected(world);
    const target = await vscode.window.showSaveDialog({
      title: "Back Up Swarm Data",
      saveLabel: "Back Up",
      defaultUri: vscode.Uri.joinPath(vscode.Uri.file(homedir()), backupName(new Date())),
      filters: { "SQLite database": ["db"] },
    });
    if (target === undefined) return;
    if (target.scheme !== "file") {
      notify("warning", "The engine writes the backup itself: choose a folder on the machine it runs on.");
      return;
    }
    const path = target.fsPath;
    try {
      const result = await withProgress(`Backing up to ${line(path, 200)}`, (signal) =>
        connection.call(calls.backup, { path }, signal),
      );
      notify("info", backupText(result), [
        { title: "Copy Path", run: () => vscode.env.clipboard.writeText(result.path) },
      ]);
    } catch (error) {
      if (!isAborted(codedOf(error))) throw error;
      notify("info", `Stopped waiting for the backup. The engine may still finish ${line(path, 300)}.`);
    }
  },
};
