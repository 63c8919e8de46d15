import { homedir } from "node:os";
import * as vscode from "vscode";
import type { ProfileFormat } from "../../engine/protocol/profilePage.ts";
import type { ProfileReport } from "../../engine/protocol/profiling.ts";
import { printableJson } from "../../text/printable.ts";
import { profileDocument } from "../../text/profileDocument.ts";
import { profileMarkdown } from "../../text/profileMarkdown.ts";
import { fileNameOf } from "../pages/fileName.ts";
import { Failure } from "../sessionPort.ts";
import { line } from "../show.ts";

interface Export {
  readonly filters: Record<string, string[]>;
  readonly make: (report: ProfileReport) => string;
}

const EXPORTS: Readonly<Record<ProfileFormat, Export>> = {
  // As `profile-performance --json` prints it.
  json: { filters: { JSON: ["json"] }, make: (report) => `${printableJson(report, 2)}\n` },
  md: { filters: { Markdown: ["md"] }, make: (report) => profileMarkdown(profileDocument(report)) },
};

/** Asks where to, and writes it. @returns what to say of it; `null` when the operator gave up @throws Failure `file.unwritable` */
export async function saveProfileReport(report: ProfileReport, format: ProfileFormat): Promise<string | null> {
  const { filters, make } = EXPORTS[format];
  const [first] = vscode.workspace.workspaceFolders ?? [];
  const folder = first?.uri ?? vscode.Uri.file(homedir());
  const name = fileNameOf("profile", `pid ${report.process.pid}`, format, new Date(report.startedAtMs));
  const file = await vscode.window.showSaveDialog({
    title: `Export Profile as ${format === "md" ? "Markdown" : "JSON"}`,
    saveLabel: "Export",
    defaultUri: vscode.Uri.joinPath(folder, name),
    filters,
  });
  if (file === undefined) return null;
  const path = file.scheme === "file" ? file.fsPath : file.toString();
  try {
    await vscode.workspace.fs.writeFile(file, Buffer.from(make(report), "utf8"));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure({ code: "file.unwritable", args: { path, reason } });
  }
  return `Saved to ${line(path, 300)}`;
}
