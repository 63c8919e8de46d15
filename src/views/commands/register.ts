import * as vscode from "vscode";
import { LiveRow } from "../tree/diff.ts";
import type { Subject } from "../tree/node.ts";
import { notify } from "../ask.ts";
import { reportFailure } from "../failures.ts";
import { codedOf } from "../sessionPort.ts";
import type { Command, CommandWorld } from "./command.ts";
import { defineSwarm } from "./defineSwarm.ts";
import { collectMetrics, restartEngine, showLog } from "./engineCommands.ts";
import { scaleSwarm, undoLast } from "./scaleSwarm.ts";
import { startDemo, startSwarm } from "./startSwarm.ts";
import { stopAgent } from "./stopAgent.ts";
import { stopSwarm } from "./stopSwarm.ts";

export const allCommands: readonly Command[] = [
  startDemo,
  startSwarm,
  stopSwarm,
  scaleSwarm,
  undoLast,
  stopAgent,
  collectMetrics,
  showLog,
  restartEngine,
  defineSwarm,
];

export function registerCommands(world: CommandWorld): vscode.Disposable {
  return vscode.Disposable.from(
    ...allCommands.map((command) =>
      vscode.commands.registerCommand(command.id, (argument: unknown) => run(command, world, argument)),
    ),
  );
}

/** Every command ends here: done, given up, or with a message. */
async function run(command: Command, world: CommandWorld, argument: unknown): Promise<void> {
  if (command.acts && !vscode.workspace.isTrusted) {
    explainTrust();
    return;
  }
  const subject: Subject | null = argument instanceof LiveRow ? argument.node.subject : null;
  try {
    await command.run(world, subject);
  } catch (error) {
    reportFailure(command.couldNot, codedOf(error));
  }
}

/** The engine would refuse as well (this window has the viewer's role); here it is said why, and what to do. */
function explainTrust(): void {
  notify(
    "warning",
    "This window is in Restricted Mode: it may look at agents, not start, scale or stop them. Trust the workspace to act.",
    [{ title: "Manage Workspace Trust", run: () => vscode.commands.executeCommand("workbench.trust.manage") }],
  );
}
