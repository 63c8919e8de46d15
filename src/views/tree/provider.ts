import * as vscode from "vscode";
import { internalCommandIds } from "../ids.ts";
import { type LiveRow, LiveTree } from "./diff.ts";
import type { Subject, TreeNode } from "./node.ts";
import { Pace } from "./pace.ts";

/** Rows of one view for the editor. Tells the editor only of rows that look different. */
export class RowsProvider implements vscode.TreeDataProvider<LiveRow>, vscode.Disposable {
  readonly #changes = new vscode.EventEmitter<LiveRow[] | undefined>();
  readonly onDidChangeTreeData = this.#changes.event;
  readonly #tree = new LiveTree();
  readonly #pace = new Pace();

  /** No rows: the view shows its welcome content. */
  show(nodes: readonly TreeNode[]): void {
    if (!this.#pace.admits(this.#tree.compare(nodes), performance.now())) return;
    const change = this.#tree.update(nodes);
    if (change === "root") this.#changes.fire(undefined);
    else if (change.length > 0) this.#changes.fire([...change]);
  }

  row(id: string): LiveRow | undefined {
    return this.#tree.row(id);
  }

  getTreeItem({ node: { id, face, subject } }: LiveRow): vscode.TreeItem {
    const item = new vscode.TreeItem(face.label, folds[face.fold]);
    item.id = id;
    item.description = face.description;
    item.contextValue = face.context;
    item.accessibilityInformation = { label: face.spoken };
    item.iconPath = new vscode.ThemeIcon(
      face.icon.name,
      face.icon.color === null ? undefined : new vscode.ThemeColor(face.icon.color),
    );
    const command = commandOf(subject);
    if (command !== null) item.command = { ...command, title: face.label };
    return item;
  }

  getChildren(row?: LiveRow): LiveRow[] {
    return [...(row === undefined ? this.#tree.roots : row.children)];
  }

  getParent(row: LiveRow): LiveRow | undefined {
    return this.#tree.parentOf(row);
  }

  /** Called when the pointer rests on a row, so tooltips cost nothing before. */
  resolveTreeItem(item: vscode.TreeItem, row: LiveRow): vscode.TreeItem {
    this.#pace.tooltipAsked(performance.now());
    item.tooltip = row.node.tooltip();
    return item;
  }

  dispose(): void {
    this.#changes.dispose();
  }
}

/** Rows that bring further rows do so when they are chosen. */
function commandOf(subject: Subject): { command: string; arguments: unknown[] } | null {
  switch (subject.kind) {
    case "more":
      return { command: internalCommandIds.showMore, arguments: [subject.parentId] };
    case "older":
      return { command: internalCommandIds.olderDecisions, arguments: [] };
    default:
      return null;
  }
}

const folds = {
  none: vscode.TreeItemCollapsibleState.None,
  open: vscode.TreeItemCollapsibleState.Expanded,
  closed: vscode.TreeItemCollapsibleState.Collapsed,
} as const;
