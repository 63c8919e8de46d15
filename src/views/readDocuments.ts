import * as vscode from "vscode";
import { loadRows } from "./rows/load.ts";
import { line } from "./show.ts";

const SCHEME = "swarm-document";

/** A part of a line that leads to a place in a source. Line and characters from 0 on, the place from 1 on. */
export interface TextLink {
  readonly at: number;
  readonly from: number;
  readonly to: number;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface ReadDocument {
  readonly text: string;
  readonly links: readonly TextLink[];
}

/** Dumps, and what orchestrators claim, as documents to read, each as it was when it was made. They are kept as long as they are open. */
export class ReadDocuments
  implements vscode.TextDocumentContentProvider, vscode.DocumentLinkProvider, vscode.Disposable
{
  readonly #open = new Map<string, ReadDocument>();
  readonly #owned: vscode.Disposable;
  #count = 0;

  constructor() {
    this.#owned = vscode.Disposable.from(
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
      vscode.languages.registerDocumentLinkProvider({ scheme: SCHEME }, this),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#open.delete(uri.toString())),
    );
  }

  async open(title: string, document: ReadDocument): Promise<void> {
    // The last part of the path is the title of the editor; the query tells two of one title apart.
    const path = `/${line(title, 60).replaceAll("/", "∕").trim()}.txt`;
    const uri = vscode.Uri.from({ scheme: SCHEME, path, query: String(++this.#count) });
    this.#open.set(uri.toString(), document);
    try {
      await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: false });
    } catch (error) {
      this.#open.delete(uri.toString());
      throw error;
    }
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.#open.get(uri.toString())?.text ?? "This was not kept over the reload of the window.\n";
  }

  /** Only what may be a file is one: a name that a process gives is its own word. */
  async provideDocumentLinks({ uri }: vscode.TextDocument): Promise<vscode.DocumentLink[]> {
    const { sourcePlace } = await loadRows();
    const links = this.#open.get(uri.toString())?.links ?? [];
    return links.flatMap(({ at, from, to, file, line: row, column }) => {
      const place = sourcePlace(file);
      if (place.kind !== "absolute") return [];
      const target = vscode.Uri.file(place.path).with({ fragment: `L${row},${column}` });
      return [new vscode.DocumentLink(new vscode.Range(at, from, at, to), target)];
    });
  }

  dispose(): void {
    this.#owned.dispose();
    this.#open.clear();
  }
}
