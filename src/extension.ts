import * as vscode from "vscode";

/** Reads settings, connects to the engine and registers views: wiring only. */
export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel("Swarm Engine", { log: true });
  context.subscriptions.push(
    log,
    vscode.commands.registerCommand("swarm.showEngineLog", () => log.show()),
  );
}
