import * as vscode from "vscode";
import type { Overview } from "../../engine/protocol/rpc.ts";
import { internalCommandIds } from "../ids.ts";
import { LiveTree, type LiveRow } from "./diff.ts";
import { agentsTree } from "./model.ts";
import { Pace } from "./pace.ts";

/** Rows for the editor, made from `agentsTree`. Tells the editor only of rows that look different. */
export class AgentsProvider implements vscode.TreeDataProvider<LiveRow>, vscode.Disposable {
  readonly #changes = new vscode.EventEmitter<LiveRow[] | undefined>();
  readonly onDidChangeTreeData = this.#changes.event;
  readonly #tree = new LiveTree();
  readonly #pace = new Pace();
  readonly #pages = new Map<string, number>();
  #overview: Overview | null = null;

  /** @param overview `null` empties the view, which shows its welcome content then */
  show(overview: Overview | null): void {
    this.#overview = overview;
    const nodes = overview === null ? [] : agentsTree(overview, this.#pages);
    if (!this.#pace.admits(this.#tree.compare(nodes), performance.now())) return;
    const change = this.#tree.update(nodes);
    if (change === "root") this.#changes.fire(undefined);
    else if (change.length > 0) this.#changes.fire([...change]);
  }

  showMore(parentId: string): void {
    this.#pages.set(parentId, (this.#pages.get(parentId) ?? 1) + 1);
    this.show(this.#overview);
  }

  rowOfSwarm(swarmId: string): LiveRow | undefined {
    return this.#tree.row(`swarm/${swarmId}`);
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
    if (subject.kind === "more") {
      item.command = { command: internalCommandIds.showMore, title: face.label, arguments: [subject.parentId] };
    }
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

const folds = {
  none: vscode.TreeItemCollapsibleState.None,
  open: vscode.TreeItemCollapsibleState.Expanded,
  closed: vscode.TreeItemCollapsibleState.Collapsed,
} as const;
