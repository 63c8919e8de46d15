import * as vscode from "vscode";
import { agentTools, mcpProviderId, settingNames, settingsSection } from "../ids.ts";
import type { SessionPort } from "../sessionPort.ts";

export interface AgentToolsWorld {
  readonly session: SessionPort;
  readonly version: string;
  /** Where this installation's command lies. */
  readonly distFolder: string;
}

/**
 * Tells the editor of the agents' door and of a few tools for its own language models. An editor that lacks one of both goes
 * without; the tools themselves are loaded when one is first asked for.
 */
export function registerAgentTools(world: AgentToolsWorld): vscode.Disposable {
  // Older editors, and some that are built on this one, have no such thing, whatever the types say.
  const lm = vscode.lm as Partial<typeof vscode.lm> | undefined;
  return vscode.Disposable.from(
    ...(lm?.registerMcpServerDefinitionProvider === undefined
      ? []
      : [registerDoor(lm.registerMcpServerDefinitionProvider, world)]),
    ...(lm?.registerTool === undefined ? [] : Object.keys(agentTools).map((name) => registerTool(name, world.session))),
  );
}

function registerTool(name: string, session: SessionPort): vscode.Disposable {
  return vscode.lm.registerTool<unknown>(name, {
    prepareInvocation: async ({ input }, token) => (await import("./all.ts")).prepare(name, input, session, token),
    invoke: async ({ input }, token) => (await import("./all.ts")).invoke(name, input, session, token),
  });
}

/** The same server as for agents outside, run by the editor's own Node; in trusted windows only, for it may start an engine. */
function registerDoor(
  register: typeof vscode.lm.registerMcpServerDefinitionProvider,
  { version, distFolder }: AgentToolsWorld,
): vscode.Disposable {
  const changed = new vscode.EventEmitter<void>();
  const provider: vscode.McpServerDefinitionProvider = {
    onDidChangeMcpServerDefinitions: changed.event,
    provideMcpServerDefinitions: () =>
      vscode.workspace.isTrusted
        ? [
            new vscode.McpStdioServerDefinition(
              "Swarm Resource Allocator",
              nodePath() || process.execPath,
              [vscode.Uri.joinPath(vscode.Uri.file(distFolder), "cli.js").fsPath, "mcp"],
              { ELECTRON_RUN_AS_NODE: "1" },
              version,
            ),
          ]
        : [],
  };
  return vscode.Disposable.from(
    changed,
    register(mcpProviderId, provider),
    vscode.workspace.onDidGrantWorkspaceTrust(() => changed.fire()),
  );
}

/** The user's own: a workspace file never decides what runs on this machine. */
function nodePath(): string {
  return vscode.workspace.getConfiguration(settingsSection).inspect<string>(settingNames.nodePath)?.globalValue ?? "";
}
