import * as vscode from "vscode";
import { calls } from "../../engine/protocol/rpc.ts";
import type { TaskDetail } from "../../engine/protocol/tasks.ts";
import { reasonText } from "../../text/reasons.ts";
import { loadRows } from "../rows/load.ts";
import { codedOf, type SessionPort } from "../sessionPort.ts";
import { line } from "../show.ts";

const SCHEME = "swarm-task";
const REFRESH_MS = 2_000;
const CALL_MS = 10_000;

/** Tasks as documents to read: what was asked, what came out; followed while the task runs. */
export class TaskOutputs implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #changes = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.#changes.event;
  readonly #session: SessionPort;
  /** Open documents of tasks that are not over. */
  readonly #following = new Map<string, NodeJS.Timeout>();
  readonly #owned: { dispose(): void }[];

  constructor(session: SessionPort) {
    this.#session = session;
    this.#owned = [
      this.#changes,
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#leave(uri.toString())),
    ];
  }

  async open({ id, label }: { readonly id: string; readonly label: string }): Promise<void> {
    // The last part of the path is the title of the editor.
    const title = line(label, 40).replaceAll("/", "∕").trim() || "task";
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${title}.txt`, query: id });
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    let task: TaskDetail;
    let text: string;
    try {
      const { taskDocument } = await loadRows();
      const connection = await this.#session.connection(AbortSignal.timeout(CALL_MS));
      task = await connection.call(calls.task, { taskId: uri.query }, AbortSignal.timeout(CALL_MS));
      text = taskDocument(task, Date.now());
    } catch (error) {
      this.#again(uri);
      return `The task cannot be read now. ${reasonText(codedOf(error))}\n`;
    }
    if (task.state.kind === "waiting" || task.state.kind === "running") this.#again(uri);
    return text;
  }

  dispose(): void {
    for (const key of [...this.#following.keys()]) this.#leave(key);
    for (const one of this.#owned.toReversed()) one.dispose();
  }

  /** Reads once more a little later, as long as the document is open. */
  #again(uri: vscode.Uri): void {
    const key = uri.toString();
    this.#leave(key);
    this.#following.set(
      key,
      setTimeout(() => {
        this.#following.delete(key);
        if (vscode.workspace.textDocuments.some((one) => one.uri.toString() === key)) this.#changes.fire(uri);
      }, REFRESH_MS),
    );
  }

  #leave(key: string): void {
    clearTimeout(this.#following.get(key));
    this.#following.delete(key);
  }
}
