import { createReadStream } from "node:fs";
import * as vscode from "vscode";
import { MAX_PIECE_BYTES } from "../../engine/protocol/imports.ts";

/** The name without its folder: all that the engine is told. */
export function fileName(file: vscode.Uri): string {
  return (file.path.split("/").at(-1) ?? "").slice(0, 255) || "unnamed";
}

/** A file piece by piece. One that lies on no disk of this machine comes as a whole from whoever has it. */
export async function* piecesOf(file: vscode.Uri): AsyncGenerator<Uint8Array> {
  if (file.scheme === "file") {
    for await (const piece of createReadStream(file.fsPath, { highWaterMark: MAX_PIECE_BYTES })) yield piece as Buffer;
    return;
  }
  const bytes = await vscode.workspace.fs.readFile(file);
  for (let at = 0; at < bytes.length; at += MAX_PIECE_BYTES) yield bytes.subarray(at, at + MAX_PIECE_BYTES);
}
