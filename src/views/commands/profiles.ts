import * as vscode from "vscode";
import { commandIds } from "../ids.ts";
import type { Command } from "./command.ts";

const FILTERS = { Profiles: ["cpuprofile", "heapprofile"], "All files": ["*"] };

/** A profile in a file, on the page "Flame". */
export const openProfile: Command = {
  id: commandIds.openProfile,
  couldNot: "Could not open the profile",
  acts: false,
  async run(world, _subject, argument) {
    const file = fileOf(argument) ?? (await ask("Open Profile", "Open"));
    if (file !== null) await world.pages.openProfile(file);
  },
};

/** What has changed from one profile to another. */
export const compareProfiles: Command = {
  id: commandIds.compareProfiles,
  couldNot: "Could not compare the profiles",
  acts: false,
  async run(world, _subject, argument) {
    const { before, after } = (typeof argument === "object" && argument !== null ? argument : {}) as Readonly<
      Record<"before" | "after", unknown>
    >;
    const baseline = fileOf(before) ?? (await ask("Compare Profiles: the Earlier One", "Compare"));
    if (baseline === null) return;
    const file = fileOf(after) ?? (await ask("Compare Profiles: the Later One", "Compare"));
    if (file !== null) await world.pages.openProfile(file, baseline);
  },
};

/** What a key binding, a menu or another extension may name: a file, or its path. */
function fileOf(argument: unknown): vscode.Uri | null {
  if (argument instanceof vscode.Uri) return argument;
  if (typeof argument === "string") return vscode.Uri.file(argument);
  const path = typeof argument === "object" && argument !== null && "path" in argument ? argument.path : null;
  return typeof path === "string" ? vscode.Uri.file(path) : null;
}

async function ask(title: string, openLabel: string): Promise<vscode.Uri | null> {
  const [file] = (await vscode.window.showOpenDialog({ title, openLabel, filters: FILTERS })) ?? [];
  return file ?? null;
}
