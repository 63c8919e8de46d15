import { homedir } from "node:os";
import * as vscode from "vscode";
import type { ReportFormat } from "../../engine/protocol/reportPage.ts";
import { fileNameOf } from "../pages/fileName.ts";
import { Failure } from "../sessionPort.ts";
import { line } from "../show.ts";

const FILTERS: Readonly<Record<ReportFormat, Record<string, string[]>>> = {
  html: { "HTML page": ["html"] },
  md: { Markdown: ["md"] },
  json: { JSON: ["json"] },
};

/**
 * Writes a report.
 * @param target `null`: the operator is asked @returns what to say of it; `null` when the operator gave up
 * @throws Failure `file.unwritable`
 */
export async function saveReport(
  content: string,
  format: ReportFormat,
  swarmLabel: string,
  target: vscode.Uri | null,
): Promise<string | null> {
  const file = target ?? (await asked(format, swarmLabel));
  if (file === undefined) return null;
  const path = file.scheme === "file" ? file.fsPath : file.toString();
  try {
    await vscode.workspace.fs.writeFile(file, Buffer.from(content, "utf8"));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure({ code: "file.unwritable", args: { path, reason } });
  }
  return `Saved to ${line(path, 300)}`;
}

/** The dialog itself asks before a file is replaced. */
function asked(format: ReportFormat, swarmLabel: string): Thenable<vscode.Uri | undefined> {
  const [first] = vscode.workspace.workspaceFolders ?? [];
  const folder = first?.uri ?? vscode.Uri.file(homedir());
  return vscode.window.showSaveDialog({
    title: `Export Performance Report as ${format.toUpperCase()}`,
    saveLabel: "Export",
    defaultUri: vscode.Uri.joinPath(folder, fileNameOf("report", swarmLabel, format, new Date())),
    filters: FILTERS[format],
  });
}
