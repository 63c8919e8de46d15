import * as vscode from "vscode";
import type { Profile } from "../../profiler/profile.ts";
import { panelTypes } from "../ids.ts";
import { dress } from "../pages/dress.ts";
import { Failure } from "../sessionPort.ts";
import { line } from "../show.ts";
import { FlameChannel } from "./channel.ts";
import { exportProfile } from "./exporting.ts";
import { openSource } from "./openSource.ts";
import type { ReadProfile } from "./read.ts";

/** The engine that runs the editor makes no longer text of a file than this. */
const MOST_BYTES = 500_000_000;

/** Where a page's profiles come from: the first is shown, and compared with the second where there is one. */
type Source =
  | { readonly kind: "held"; readonly profiles: readonly Profile[] }
  | { readonly kind: "files"; readonly files: readonly vscode.Uri[] };

/** The pages "Flame", one for each profile, and the read-only editor of profiles in files. They need no engine. */
export class FlamePanels implements vscode.Disposable {
  readonly #extensionUri: vscode.Uri;
  readonly #read: ReadProfile;
  readonly #open = new Set<vscode.WebviewPanel>();

  constructor(extensionUri: vscode.Uri, read: ReadProfile) {
    this.#extensionUri = extensionUri;
    this.#read = read;
  }

  show(profile: Profile, baseline: Profile | null): void {
    const profiles = baseline === null ? [profile] : [profile, baseline];
    this.#fill(this.#panel(titleOf(profiles.map(({ name }) => name))), { kind: "held", profiles });
  }

  open(file: vscode.Uri, baseline: vscode.Uri | null): void {
    const files = baseline === null ? [file] : [file, baseline];
    this.#fill(this.#panel(titleOf(files.map(nameOf))), { kind: "files", files });
  }

  /** In an editor of the file. */
  edit(file: vscode.Uri, panel: vscode.WebviewPanel): void {
    this.#fill(panel, { kind: "files", files: [file] });
  }

  /** @param remembered what the page kept: the files it showed */
  restore(panel: vscode.WebviewPanel, remembered: unknown): void {
    const kept: unknown =
      typeof remembered === "object" && remembered !== null && "files" in remembered ? remembered.files : null;
    const files = (Array.isArray(kept) ? kept : [])
      .filter((one): one is string => typeof one === "string" && one.length < 10_000)
      .slice(0, 2)
      .map((one) => vscode.Uri.parse(one));
    this.#fill(panel, { kind: "files", files });
  }

  dispose(): void {
    for (const panel of this.#open) panel.dispose();
  }

  #panel(title: string): vscode.WebviewPanel {
    return vscode.window.createWebviewPanel(panelTypes.flame, title, vscode.ViewColumn.Active);
  }

  #fill(panel: vscode.WebviewPanel, source: Source): void {
    const { webview } = panel;
    const bringUp = dress(panel, this.#extensionUri);
    // Nobody waits for a profile whose page is closed.
    const closed = new AbortController();
    const channel = new FlameChannel({
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- the editor's webview, not a window
      post: (message) => webview.postMessage(message),
      load: () => this.#load(source, closed.signal),
      files: source.kind === "files" ? source.files.map(String) : [],
      copy: (text) => vscode.env.clipboard.writeText(text),
      open: openSource,
      export: exportProfile,
    });
    const heard = webview.onDidReceiveMessage((message: unknown) => void channel.receive(message));
    this.#open.add(panel);
    panel.onDidDispose(() => {
      this.#open.delete(panel);
      closed.abort();
      heard.dispose();
      channel.dispose();
    });
    bringUp({
      title: "Flame",
      script: "dist/webview/flame.js",
      styles: ["media/page.css", "media/chart.css", "media/flame.css"],
    });
  }

  async #load(source: Source, signal: AbortSignal): Promise<readonly Profile[]> {
    if (source.kind === "held") return source.profiles;
    if (source.files.length === 0) throw new Failure({ code: "profile.gone", args: {} });
    const profiles: Profile[] = [];
    for (const file of source.files) profiles.push(await this.#readFile(file, signal));
    return profiles;
  }

  async #readFile(file: vscode.Uri, signal: AbortSignal): Promise<Profile> {
    const name = nameOf(file);
    let bytes: Uint8Array;
    try {
      const { size } = await vscode.workspace.fs.stat(file);
      if (size > MOST_BYTES)
        throw new Failure({ code: "profile.tooLarge", args: { file: name, bytes: size, mostBytes: MOST_BYTES } });
      bytes = await vscode.workspace.fs.readFile(file);
    } catch (error) {
      if (error instanceof Failure) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new Failure({ code: "file.unreadable", args: { path: name, reason } });
    }
    return this.#read(bytes, name, signal);
  }
}

function nameOf(file: vscode.Uri): string {
  return file.path.split("/").at(-1) ?? "";
}

function titleOf([name = "", baseline]: readonly string[]): string {
  return baseline === undefined ? `Flame: ${line(name, 60)}` : `Flame: ${line(baseline, 40)} → ${line(name, 40)}`;
}
