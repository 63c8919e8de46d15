import * as vscode from "vscode";
import { type Lane, LANES } from "../../engine/protocol/lanes.ts";
import { LiveRow } from "../tree/diff.ts";
import type { Subject } from "../tree/node.ts";
import { notify } from "../ask.ts";
import { commandIds } from "../ids.ts";
import { reportFailure } from "../failures.ts";
import { addReasons } from "../../text/reasons.ts";
import { codedOf } from "../sessionPort.ts";
import type { Command, CommandWorld } from "./command.ts";

export function registerCommands(world: CommandWorld): vscode.Disposable {
  return vscode.Disposable.from(
    ...Object.values(commandIds).map((id) =>
      vscode.commands.registerCommand(id, async (argument: unknown) => {
        const { allCommands, moreReasons } = await import("./all.ts");
        addReasons(moreReasons);
        const command = allCommands.find((one) => one.id === id);
        if (command !== undefined) await run(command, world, argument);
      }),
    ),
  );
}

/** Every command ends here: done, given up, or with a message. */
async function run(command: Command, world: CommandWorld, argument: unknown): Promise<void> {
  if (command.acts && !vscode.workspace.isTrusted) {
    explainTrust();
    return;
  }
  try {
    await command.run(world, subjectOf(argument), argument);
  } catch (error) {
    reportFailure(command.couldNot, codedOf(error));
  }
}

/** What it was called on: a row, or an object that names one (buttons and key bindings). */
function subjectOf(argument: unknown): Subject | null {
  if (argument instanceof LiveRow) return argument.node.subject;
  if (typeof argument !== "object" || argument === null) return null;
  if ("swarmId" in argument && typeof argument.swarmId === "string")
    return { kind: "swarm", swarmId: argument.swarmId };
  if ("decisionId" in argument && typeof argument.decisionId === "string")
    return { kind: "decision", decisionId: argument.decisionId };
  if ("taskId" in argument && typeof argument.taskId === "string") return { kind: "task", taskId: argument.taskId };
  if ("breakerId" in argument && typeof argument.breakerId === "string")
    return { kind: "breaker", breakerId: argument.breakerId };
  if ("lane" in argument && LANES.some((lane) => lane === argument.lane))
    return { kind: "lane", lane: argument.lane as Lane };
  return null;
}

/** The engine would refuse as well (this window has the viewer's role); here it is said why, and what to do. */
function explainTrust(): void {
  notify(
    "warning",
    "This window is in Restricted Mode: it may look at agents, not start, size or stop them. Trust the workspace to act.",
    [{ title: "Manage Workspace Trust", run: () => vscode.commands.executeCommand("workbench.trust.manage") }],
  );
}
