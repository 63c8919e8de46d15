import * as vscode from "vscode";
import { calls } from "../../engine/protocol/rpc.ts";
import { notify, withProgress } from "../ask.ts";
import { commandIds, settingNames, settingsSection } from "../ids.ts";
import { codedOf, isAborted } from "../sessionPort.ts";
import { type Command, type CommandWorld, connected } from "./command.ts";
import { diagnosticsText, type EditorFacts } from "./diagnosticsText.ts";

/** Looks only, and opens what it found as a document that is nowhere saved: the operator reads it, then shares it or not. */
export const collectDiagnostics: Command = {
  id: commandIds.collectDiagnostics,
  couldNot: "Could not collect diagnostics",
  acts: false,
  async run(world) {
    const engine = await engineAnswer(world);
    const content = diagnosticsText(editorFacts(world.version), world.session.state, engine);
    const document = await vscode.workspace.openTextDocument({ language: "json", content });
    await vscode.window.showTextDocument(document, { preview: false });
    notify("info", "Nothing has been sent. Read the diagnostics, and save or copy them to share them.");
  },
};

/** An engine that cannot be reached is what most reports are about: the rest is collected all the same. */
async function engineAnswer(world: CommandWorld): Promise<Parameters<typeof diagnosticsText>[2]> {
  try {
    const connection = await connected(world);
    const diagnostics = await withProgress("Collecting diagnostics", (signal) =>
      connection.call(calls.diagnostics, {}, signal),
    );
    return { kind: "answer", diagnostics };
  } catch (error) {
    const reason = codedOf(error);
    if (isAborted(reason)) throw error;
    return { kind: "none", reason };
  }
}

function editorFacts(extensionVersion: string): EditorFacts {
  const setting = (name: string): unknown =>
    vscode.workspace.getConfiguration(settingsSection).inspect(name)?.globalValue;
  const count = (name: string): number => {
    const value = setting(name);
    return Array.isArray(value) ? value.length : 0;
  };
  const nodePath = setting(settingNames.nodePath);
  return {
    editor: vscode.env.appName,
    editorVersion: vscode.version,
    extensionVersion,
    remote: vscode.env.remoteName ?? null,
    host: vscode.env.appHost,
    uiKind: vscode.env.uiKind === vscode.UIKind.Web ? "web" : "desktop",
    trusted: vscode.workspace.isTrusted,
    node: process.versions.node,
    platform: process.platform,
    arch: process.arch,
    settings: {
      autoStart: setting(settingNames.autoStart) !== false,
      keepRunning: setting(settingNames.keepRunning) === true,
      nodePath: typeof nodePath === "string" && nodePath !== "",
      swarms: count(settingNames.swarms),
      recognitionRules: count(settingNames.recognitionRules),
    },
  };
}
