import * as vscode from "vscode";
import type { DecisionRow } from "../../engine/protocol/rpc.ts";
import type { DecisionBook } from "./book.ts";
import { loadRows } from "../rows/load.ts";
import { NOT_AT_HAND } from "./explain.ts";

const SCHEME = "swarm-decision";

/** Decisions as documents to read: read-only, with everything that explains them, following the decision while it changes. */
export class Explanations implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #changes = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.#changes.event;
  readonly #book: DecisionBook;
  /** Documents that are open, with the text they show. */
  readonly #shown = new Map<string, string>();
  readonly #owned: { dispose(): void }[];
  /** Loaded with the first document. */
  #explanation: (row: DecisionRow) => string = () => NOT_AT_HAND;

  constructor(book: DecisionBook) {
    this.#book = book;
    this.#owned = [
      this.#changes,
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => void this.#shown.delete(uri.toString())),
      book.on(() => this.#refresh()),
    ];
  }

  async open(row: DecisionRow): Promise<void> {
    // The last part of the path is the title of the editor.
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/Decision ${row.from} → ${row.to}.txt`, query: row.id });
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    this.#explanation = (await loadRows()).explanation;
    const text = this.#textOf(uri);
    this.#shown.set(uri.toString(), text);
    return text;
  }

  dispose(): void {
    for (const one of this.#owned.toReversed()) one.dispose();
  }

  #textOf(uri: vscode.Uri): string {
    const row = this.#book.find(uri.query);
    return row === undefined ? NOT_AT_HAND : this.#explanation(row);
  }

  #refresh(): void {
    for (const [key, before] of this.#shown) {
      const uri = vscode.Uri.parse(key, true);
      const text = this.#textOf(uri);
      // What has slid out of the window stays as it was last read.
      if (text !== before && text !== NOT_AT_HAND) this.#changes.fire(uri);
    }
  }
}
