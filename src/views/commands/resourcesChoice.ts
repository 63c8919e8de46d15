import * as vscode from "vscode";
import type { EngineConnection } from "../../engine/client.ts";
import type { OrchestratedSwarmRow } from "../../engine/protocol/model.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { notify } from "../ask.ts";
import { commandIds } from "../ids.ts";
import { inPick } from "../show.ts";
import { type CommandWorld, overviewNow } from "./command.ts";
import { pickOf } from "./swarmChoice.ts";
import { presentResources } from "./presentResources.ts";

/** A resources file as it stands: what an editor shows of it counts before what is on disk. */
export interface ResourcesText {
  readonly uri: vscode.Uri;
  readonly text: string;
}

/** Far above any resources file: that of 100 swarms with every key has 40 kB. */
const MOST_BYTES = 1 << 20;
const JSON_LANGUAGES: ReadonlySet<string> = new Set(["json", "jsonc"]);

/**
 * The file that is meant: one that is opened, the one in the editor, or none yet, for which an example is made.
 * @param records swarms of orchestrators, which a file cannot name: each is given by itself
 * @returns `null` when the operator gave up, or has a new file to write first
 */
export async function chooseResources(
  world: CommandWorld,
  connect: () => Promise<EngineConnection>,
  records: readonly OrchestratedSwarmRow[],
): Promise<ResourcesText | OrchestratedSwarmRow | null> {
  const document = activeJson();
  const inEditor = {
    label: "The file in the editor",
    description: document === null ? "" : inPick(nameOf(document.uri)),
    choose: async () => document && { uri: document.uri, text: document.getText() },
  };
  const picked = await vscode.window.showQuickPick(
    [
      ...(document === null ? [] : [inEditor]),
      { label: "Open a resources file…", description: "JSON, checked first", choose: openFile },
      {
        label: "New resources file",
        description: "what the swarms have now, to be changed",
        choose: async () => newFile(world, await connect()),
      },
      ...records.map((swarm) => ({ ...pickOf(swarm), choose: async () => swarm })),
    ],
    { title: "Allocate Resources", placeHolder: "What are the swarms to be given?" },
  );
  return picked === undefined ? null : picked.choose();
}

/** @returns `null` for a file that is too large to be one: it has been said */
export async function readResources(uri: vscode.Uri): Promise<ResourcesText | null> {
  const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
  if (open !== undefined) return { uri, text: open.getText() };
  const { size } = await vscode.workspace.fs.stat(uri);
  if (size > MOST_BYTES) {
    notify("error", `${nameOf(uri)} is larger than 1 MB: that is no resources file. Nothing was done.`);
    return null;
  }
  return { uri, text: new TextDecoder().decode(await vscode.workspace.fs.readFile(uri)) };
}

/** The name without its folder. */
export function nameOf(uri: vscode.Uri): string {
  return uri.path.split("/").at(-1) || "the file";
}

function activeJson(): vscode.TextDocument | null {
  const document = vscode.window.activeTextEditor?.document;
  return document !== undefined && JSON_LANGUAGES.has(document.languageId) ? document : null;
}

async function openFile(): Promise<ResourcesText | null> {
  const filters = { JSON: ["json", "jsonc"], "All files": ["*"] };
  const [file] =
    (await vscode.window.showOpenDialog({ title: "Allocate Resources", openLabel: "Check", filters })) ?? [];
  return file === undefined ? null : readResources(file);
}

async function newFile(world: CommandWorld, connection: EngineConnection): Promise<null> {
  const { lanes } = await connection.call(calls.guard, {});
  const content = presentResources(await overviewNow(world, connection), lanes);
  const document = await vscode.workspace.openTextDocument({ language: "json", content });
  await vscode.window.showTextDocument(document);
  notify(
    "info",
    "This is what the swarms have now. Change what is to be otherwise, then allocate it; nothing is done before you agree.",
    [
      {
        title: "Allocate Resources…",
        run: () => vscode.commands.executeCommand(commandIds.allocateResources, document.uri),
      },
    ],
  );
  return null;
}
