import { homedir } from "node:os";
import * as vscode from "vscode";
import type { Profile } from "../../profiler/profile.ts";
import { fileNameOf } from "../pages/fileName.ts";
import { Failure } from "../sessionPort.ts";
import { line } from "../show.ts";
import { hotListCsv, hotListJson } from "./hotListFile.ts";

/** What a profile can be saved as: one entry more is one format more. */
export interface ProfileExport {
  readonly kind: "csv" | "json" | "png";
  readonly label: string;
  readonly description: string;
  /** @param draw the picture as the page shows it */
  readonly make: (
    profile: Profile,
    baseline: Profile | null,
    draw: () => Promise<Uint8Array>,
  ) => Promise<Uint8Array> | Uint8Array;
}

export const EXPORTS: readonly ProfileExport[] = [
  {
    ...{ kind: "csv", label: "CSV", description: "every function with its own and its total weight" },
    make: (profile, baseline) => Buffer.from(hotListCsv(profile, baseline), "utf8"),
  },
  {
    ...{ kind: "json", label: "JSON", description: "the same, for a program" },
    make: (profile, baseline) => Buffer.from(hotListJson(profile, baseline), "utf8"),
  },
  {
    ...{ kind: "png", label: "PNG", description: "the picture as it is shown now" },
    make: (_profile, _baseline, draw) => draw(),
  },
];

/** Asks as what and where to, and writes it. @returns what to say; `null` when the operator gave up @throws Failure `file.unwritable` */
export async function exportProfile(
  profiles: readonly Profile[],
  draw: () => Promise<Uint8Array>,
): Promise<string | null> {
  const [profile, baseline = null] = profiles;
  if (profile === undefined) return null;
  const picked = await vscode.window.showQuickPick(
    EXPORTS.map((one) => ({ label: one.label, description: one.description, one })),
    { title: "Export Profile", placeHolder: "As what?" },
  );
  if (picked === undefined) return null;
  const { kind, label, make } = picked.one;
  const [first] = vscode.workspace.workspaceFolders ?? [];
  const folder = first?.uri ?? vscode.Uri.file(homedir());
  const file = await vscode.window.showSaveDialog({
    title: `Export Profile as ${label}`,
    saveLabel: "Export",
    defaultUri: vscode.Uri.joinPath(folder, fileNameOf("profile", profile.name, kind, new Date())),
    filters: { [label]: [kind] },
  });
  if (file === undefined) return null;
  const path = file.scheme === "file" ? file.fsPath : file.toString();
  const bytes = await make(profile, baseline, draw);
  try {
    await vscode.workspace.fs.writeFile(file, bytes);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure({ code: "file.unwritable", args: { path, reason } });
  }
  return `Saved to ${line(path, 300)}`;
}
