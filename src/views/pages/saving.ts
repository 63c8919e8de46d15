import { homedir } from "node:os";
import * as vscode from "vscode";
import type { SaveContent } from "../../engine/protocol/forecastPage.ts";
import { line } from "../show.ts";
import { fileNameOf } from "./fileName.ts";

/** Writes what a page made. */
export class Saving {
  readonly #title: string;
  readonly #stem: string;

  /** @param title of the dialog, without the kind @param stem what the file's name begins with */
  constructor(title: string, stem: string) {
    this.#title = title;
    this.#stem = stem;
  }

  /** Where the operator wants it. @returns what to say of it; `null` when the operator gave up */
  async ask(content: SaveContent, swarmLabel: string): Promise<string | null> {
    if (content.kind === "nothing") return null;
    const { kind } = content;
    const target = await vscode.window.showSaveDialog({
      title: `${this.#title} as ${kind.toUpperCase()}`,
      saveLabel: "Export",
      defaultUri: vscode.Uri.joinPath(folder(), fileNameOf(this.#stem, swarmLabel, kind, new Date())),
      filters: kind === "csv" ? { "Comma-separated values": ["csv"] } : { "PNG picture": ["png"] },
    });
    return target === undefined ? null : this.write(content, target);
  }

  /** @throws what the file system says */
  async write(content: SaveContent, target: vscode.Uri): Promise<string | null> {
    if (content.kind === "nothing") return null;
    const bytes = content.kind === "csv" ? Buffer.from(content.text, "utf8") : Buffer.from(content.data, "base64");
    await vscode.workspace.fs.writeFile(target, bytes);
    return `Saved to ${line(target.scheme === "file" ? target.fsPath : target.toString(), 300)}`;
  }
}

function folder(): vscode.Uri {
  const [first] = vscode.workspace.workspaceFolders ?? [];
  return first?.uri ?? vscode.Uri.file(homedir());
}
