import * as vscode from "vscode";
import { planOfResources } from "../../engine/protocol/resources.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { orchestratedOf } from "./swarmChoice.ts";
import { confirm, notify, withProgress } from "../ask.ts";
import { commandIds } from "../ids.ts";
import { line } from "../show.ts";
import { applyAllocation, hasSomethingToDo } from "./allocationFlow.ts";
import { previewDetail, problemsText } from "./allocationTexts.ts";
import { allocateRecords } from "./allocateRecords.ts";
import { type Command, connected } from "./command.ts";
import { parseJson } from "./jsonText.ts";
import { chooseResources, nameOf, readResources, type ResourcesText } from "./resourcesChoice.ts";

/** What a resources file asks for: checked as a whole, shown, agreed to, carried out step by step. */
export const allocateResources: Command = {
  id: commandIds.allocateResources,
  couldNot: "Could not allocate resources",
  acts: true,
  async run(world, subject, argument) {
    const uri = uriOf(argument);
    const swarms = world.overview.latest?.swarms;
    const meant = orchestratedOf(swarms, subject);
    const records = swarms?.filter((swarm) => swarm.kind === "orchestrated") ?? [];
    const file =
      meant ??
      (uri === null ? await chooseResources(world, () => connected(world), records) : await readResources(uri));
    if (file === null) return;
    if ("kind" in file) return allocateRecords(await connected(world), file);
    const plan = planOf(file);
    if (plan === null) return;
    const what = line(nameOf(file.uri), 80);
    const connection = await connected(world);
    const preview = await withProgress(`Looking at what ${what} would change`, (signal) =>
      connection.call(calls.allocationPreview, { plan }, signal),
    );
    if (!hasSomethingToDo(what, preview)) return;
    if (!(await confirm(`Allocate resources by ${what}?`, previewDetail(preview), "Allocate"))) return;
    await applyAllocation(world, connection, { what, preview });
  },
};

/** @returns `null` for a file with problems: they have been said @throws Failure `file.notJson` */
function planOf({ uri, text }: ResourcesText) {
  const name = nameOf(uri);
  const read = planOfResources(parseJson(text, name));
  if (read.kind === "plan") return read.plan;
  notify("error", problemsText(name, read.problems), [
    { title: "Open File", run: () => vscode.window.showTextDocument(uri) },
  ]);
  return null;
}

function uriOf(argument: unknown): vscode.Uri | null {
  if (argument instanceof vscode.Uri) return argument;
  if (typeof argument !== "object" || argument === null || !("uri" in argument)) return null;
  return argument.uri instanceof vscode.Uri ? argument.uri : null;
}
