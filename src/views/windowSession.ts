import * as vscode from "vscode";
import { createSession } from "../engine/client.ts";
import { reasonText } from "../text/reasons.ts";
import { loadEngineWords } from "./engineWords.ts";
import { settingNames, settingsSection } from "./ids.ts";
import type { EngineLog } from "./log/engineLog.ts";
import { codedOf } from "./sessionPort.ts";
import { SwitchableSession } from "./switchableSession.ts";

export interface WindowFacts {
  readonly version: string;
  readonly distFolder: string;
}

/**
 * The session of this window. A trusted window is an operator and may start the engine; an untrusted one looks on, and
 * only at an engine that runs already.
 */
export function openWindowSession(
  facts: WindowFacts,
  log: EngineLog,
): { session: SwitchableSession; owned: vscode.Disposable } {
  const make = () => {
    const trusted = vscode.workspace.isTrusted;
    const nodePath = userSetting<string>(settingNames.nodePath) ?? "";
    return createSession({
      role: trusted ? "operator" : "viewer",
      client: { name: vscode.env.appName.slice(0, 100), version: facts.version, kind: "editor" },
      start: trusted,
      distFolder: facts.distFolder,
      ...(nodePath === "" ? {} : { nodePath }),
      onProgress: (step) => log.info(reasonText(step)),
    });
  };
  const first = make();
  const session = new SwitchableSession(first);
  const begin = (one: typeof first): void => {
    // Joining an engine as a viewer starts nothing, so it needs no leave.
    if (vscode.workspace.isTrusted && userSetting<boolean>(settingNames.autoStart) === false) return;
    // Without the words it is better to show codes than nothing.
    void loadEngineWords()
      .catch((error: unknown) => log.warn(reasonText(codedOf(error))))
      .then(() => one.start());
  };
  const replace = (): void => {
    const next = make();
    session.replace(next);
    begin(next);
  };
  begin(first);
  const owned = vscode.Disposable.from(
    session,
    vscode.workspace.onDidGrantWorkspaceTrust(replace),
    vscode.workspace.onDidChangeConfiguration((event) => {
      const nodePath = event.affectsConfiguration(`${settingsSection}.${settingNames.nodePath}`);
      // A running engine keeps its runtime until it is restarted; one that could not start is tried anew at once.
      if (nodePath && session.state.kind !== "connected") replace();
    }),
  );
  return { session, owned };
}

/** The user's own value: a workspace file never decides what runs on this machine. */
function userSetting<T>(name: string): T | undefined {
  return vscode.workspace.getConfiguration(settingsSection).inspect<T>(name)?.globalValue;
}
