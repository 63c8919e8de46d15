import * as vscode from "vscode";
import type { ProfileArtefact, ProfileReport } from "../../engine/protocol/profiling.ts";
import { localTime } from "../../text/moment.ts";
import { openSource } from "../flame/openSource.ts";
import { commandIds, panelTypes } from "../ids.ts";
import { dress } from "../pages/dress.ts";
import { Failure } from "../sessionPort.ts";
import { inPick, line } from "../show.ts";
import { ProfileChannel } from "./channel.ts";
import { earlierThan } from "./earlier.ts";
import { saveProfileReport } from "./saving.ts";

/** Opens a recording on the page "Flame", compared with another one where there is any. */
type OpenRecording = (file: vscode.Uri, baseline: vscode.Uri | null) => void;

/** The pages "Profile", one for each report, so that two can stand beside each other. They need no engine. */
export class ProfilePanels implements vscode.Disposable {
  readonly #extensionUri: vscode.Uri;
  readonly #openRecording: OpenRecording;
  readonly #open = new Set<vscode.WebviewPanel>();

  constructor(extensionUri: vscode.Uri, openRecording: OpenRecording) {
    this.#extensionUri = extensionUri;
    this.#openRecording = openRecording;
  }

  show(report: ProfileReport): void {
    const title = `Profile: pid ${report.process.pid}`;
    this.#fill(vscode.window.createWebviewPanel(panelTypes.profile, title, vscode.ViewColumn.Active), report);
  }

  /** @param remembered what the page kept: the report itself */
  async restore(panel: vscode.WebviewPanel, remembered: unknown): Promise<void> {
    const { rememberedReport } = await import("./remembered.ts");
    this.#fill(panel, rememberedReport(remembered));
  }

  dispose(): void {
    for (const panel of this.#open) panel.dispose();
  }

  #fill(panel: vscode.WebviewPanel, report: ProfileReport | null): void {
    const { webview } = panel;
    const bringUp = dress(panel, this.#extensionUri);
    const channel = new ProfileChannel({
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- the editor's webview, not a window
      post: (message) => webview.postMessage(message),
      report,
      source: openSource,
      open: async ({ path }) => this.#openRecording(await existing(path), null),
      compare: (artefact) => this.#compare(artefact),
      reveal,
      save: saveProfileReport,
      again: ({ pid }) => void vscode.commands.executeCommand(commandIds.profilePerformance, { pid }),
    });
    const heard = webview.onDidReceiveMessage((message: unknown) => void channel.receive(message));
    this.#open.add(panel);
    panel.onDidDispose(() => {
      this.#open.delete(panel);
      heard.dispose();
      channel.dispose();
    });
    bringUp({
      title: "Profile",
      script: "dist/webview/profile.js",
      styles: [
        "dist/webview/uPlot.min.css",
        "media/page.css",
        "media/chart.css",
        "media/document.css",
        "media/profile.css",
      ],
    });
  }

  async #compare({ kind, path }: ProfileArtefact): Promise<void> {
    const later = await existing(path);
    const folder = vscode.Uri.joinPath(later, "..");
    const names = (await vscode.workspace.fs.readDirectory(folder)).map(([name]) => name);
    const own = later.path.split("/").at(-1) ?? "";
    const ownPid = /-(\d+)\./.exec(own)?.[1];
    const earlier = earlierThan(own, kind, names).map(({ name, atMs, pid }) => ({
      label: inPick(`pid ${pid}`),
      description: `${localTime(atMs)}${String(pid) === ownPid ? ", the same pid" : ""}`,
      file: vscode.Uri.joinPath(folder, name) as vscode.Uri | null,
    }));
    const picked = await vscode.window.showQuickPick(
      [...earlier, { label: "Another File…", description: "a recording that lies elsewhere", file: null }],
      {
        title: "Compare With an Earlier Recording",
        placeHolder: earlier.length === 0 ? "None was made before this one." : "Which one?",
        matchOnDescription: true,
      },
    );
    if (picked === undefined) return;
    const [chosen] =
      picked.file !== null
        ? [picked.file]
        : ((await vscode.window.showOpenDialog({ title: "Compare With", openLabel: "Compare", defaultUri: folder })) ??
          []);
    if (chosen !== undefined) this.#openRecording(later, chosen);
  }
}

/** Only the newest recordings are kept. @throws Failure `profile.fileGone` */
async function existing(path: string): Promise<vscode.Uri> {
  const file = vscode.Uri.file(path);
  try {
    await vscode.workspace.fs.stat(file);
  } catch {
    throw new Failure({ code: "profile.fileGone", args: { path } });
  }
  return file;
}

/** Where this window can show no folder of the machine, the path goes into the clipboard. */
async function reveal({ path }: ProfileArtefact): Promise<string> {
  const file = await existing(path);
  if (vscode.env.uiKind === vscode.UIKind.Desktop && vscode.env.remoteName === undefined) {
    await vscode.commands.executeCommand("revealFileInOS", file);
    return "";
  }
  await vscode.env.clipboard.writeText(path);
  return `This window shows no folders of that machine. The path is in the clipboard: ${line(path, 300)}`;
}
