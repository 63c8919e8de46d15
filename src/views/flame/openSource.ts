import * as vscode from "vscode";
import { line as inLine } from "../show.ts";
import { sourcePlace } from "./source.ts";

interface Place {
  readonly file: string;
  readonly line: number | null;
  readonly column: number | null;
}

/** Opens a frame's source beside the picture, at its line. @returns why not, in words; empty when it is open */
export async function openSource({ file, line, column }: Place): Promise<string> {
  const place = sourcePlace(file);
  const named = inLine(file, 200);
  if (place.kind === "none") return `The source of ${named} cannot be shown: ${place.why}.`;
  const folders = vscode.workspace.workspaceFolders ?? [];
  const candidates =
    place.kind === "absolute"
      ? [vscode.Uri.file(place.path)]
      : folders.map(({ uri }) => vscode.Uri.joinPath(uri, place.path));
  for (const uri of candidates) {
    if (!(await isFile(uri))) continue;
    const at = new vscode.Position(Math.max(0, (line ?? 1) - 1), Math.max(0, (column ?? 1) - 1));
    await vscode.window.showTextDocument(uri, {
      viewColumn: vscode.ViewColumn.Beside,
      selection: new vscode.Range(at, at),
    });
    return "";
  }
  return place.kind === "absolute"
    ? `There is no file ${named} on this machine.`
    : `There is no file ${named} in a folder of the workspace.`;
}

async function isFile(uri: vscode.Uri): Promise<boolean> {
  try {
    return ((await vscode.workspace.fs.stat(uri)).type & vscode.FileType.File) !== 0;
  } catch (error) {
    if (error instanceof vscode.FileSystemError) return false;
    throw error;
  }
}
