import { homedir } from "node:os";
import * as vscode from "vscode";
import type { Profile } from "../../profiler/profile.ts";
import { WRITABLE_PROFILE_FORMATS, type WritableProfileFormatId } from "../../engine/protocol/profiles.ts";
import { writerOf } from "../../profiler/formats/all.ts";
import { lostBy } from "../../profiler/formats/lost.ts";
import { FORMAT_TEXTS, LOST_TEXTS } from "../../text/profileFormats.ts";
import { type FileKind, fileNameOf } from "../pages/fileName.ts";
import { Failure } from "../sessionPort.ts";
import { line } from "../show.ts";
import { hotListCsv, hotListJson } from "./hotListFile.ts";

/** What a profile can be saved as: one entry more is one format more. */
export interface ProfileExport {
  /** The end of its files. */
  readonly kind: FileKind;
  readonly label: string;
  readonly description: string;
  /** What of this profile it cannot hold, in words. */
  readonly lost: readonly string[];
  /** @param draw the picture as the page shows it */
  readonly make: (
    profile: Profile,
    baseline: Profile | null,
    draw: () => Promise<Uint8Array>,
  ) => Promise<Uint8Array> | Uint8Array;
}

const PAGE: readonly ProfileExport[] = [
  {
    ...{ kind: "csv", label: "CSV", description: "every function with its own and its total weight", lost: [] },
    make: (profile, baseline) => Buffer.from(hotListCsv(profile, baseline), "utf8"),
  },
  {
    ...{ kind: "json", label: "JSON", description: "the same, for a program", lost: [] },
    make: (profile, baseline) => Buffer.from(hotListJson(profile, baseline), "utf8"),
  },
  {
    ...{ kind: "png", label: "PNG", description: "the picture as it is shown now", lost: [] },
    make: (_profile, _baseline, draw) => draw(),
  },
];

const ENDS: Readonly<Record<WritableProfileFormatId, FileKind>> = {
  ...{ cpuprofile: "cpuprofile", speedscope: "speedscope.json", pprof: "pprof", folded: "folded" },
};

/** Every way for this profile: what the page shows, and the profile itself in each format that can hold its weights. */
export function exportsFor(profile: Profile, baseline: Profile | null): readonly ProfileExport[] {
  const whole = WRITABLE_PROFILE_FORMATS.map((id) => writerOf(id))
    .filter(({ units }) => units.includes(profile.unit))
    .map((writer): ProfileExport => {
      const { label, reads } = FORMAT_TEXTS[writer.id];
      const lost = lostBy(writer, profile).map((part) => LOST_TEXTS[part]);
      const which = baseline === null ? "the profile" : "the later profile";
      const without = lost.length === 0 ? "" : `; not kept: ${lost.join(", ")}`;
      return {
        ...{ kind: ENDS[writer.id], label, description: `${which} ${reads}${without}`, lost },
        make: () => {
          const content = writer.write(profile);
          return typeof content === "string" ? Buffer.from(content, "utf8") : content;
        },
      };
    });
  return [...PAGE, ...whole];
}

/**
 * Asks as what and where to, and writes it. @returns what to say; `null` when the operator gave up
 * @throws Failure `file.unwritable`; CodedError `profile.*` for a profile that is too large for the format
 */
export async function exportProfile(
  profiles: readonly Profile[],
  draw: () => Promise<Uint8Array>,
): Promise<string | null> {
  const [profile, baseline = null] = profiles;
  if (profile === undefined) return null;
  const picked = await vscode.window.showQuickPick(
    exportsFor(profile, baseline).map((one) => ({ label: one.label, description: one.description, one })),
    { title: "Export Profile", placeHolder: "As what?" },
  );
  if (picked === undefined) return null;
  const { kind, label, lost, make } = picked.one;
  const [first] = vscode.workspace.workspaceFolders ?? [];
  const folder = first?.uri ?? vscode.Uri.file(homedir());
  const file = await vscode.window.showSaveDialog({
    title: `Export Profile as ${label}`,
    saveLabel: "Export",
    defaultUri: vscode.Uri.joinPath(folder, fileNameOf("profile", profile.name, kind, new Date())),
    // The editor takes the last end of a name for its kind.
    filters: { [label]: [kind.slice(kind.lastIndexOf(".") + 1)] },
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
  return `Saved to ${line(path, 300)}${lost.length === 0 ? "" : `. Not kept: ${lost.join(", ")}`}`;
}
