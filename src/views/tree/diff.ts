import type { Face, TreeNode } from "./node.ts";

/**
 * The live rows of the tree. A row is one object as long as its id lives, because the editor finds rows by object; its
 * node is swapped for the newer one.
 */
export class LiveRow {
  readonly id: string;
  node: TreeNode;
  children: readonly LiveRow[];

  constructor(node: TreeNode) {
    this.id = node.id;
    this.node = node;
    this.children = [];
  }
}

export class LiveTree {
  #rows = new Map<string, LiveRow>();
  #roots: readonly LiveRow[] = [];
  #parents = new Map<string, LiveRow>();

  get roots(): readonly LiveRow[] {
    return this.#roots;
  }

  row(id: string): LiveRow | undefined {
    return this.#rows.get(id);
  }

  parentOf(row: LiveRow): LiveRow | undefined {
    return this.#parents.get(row.id);
  }

  /** What the next state would change: nothing, only how rows look, or which rows there are and what they offer. */
  compare(nodes: readonly TreeNode[]): "nothing" | "figures" | "shape" {
    return compareRows(nodes, this.#roots);
  }

  /**
   * Takes the next state of the tree over.
   * @returns the rows that look different now, each only once and none below another that is already listed; `root`
   *   when swarms came, went or changed places
   */
  update(nodes: readonly TreeNode[]): "root" | readonly LiveRow[] {
    const rows = new Map<string, LiveRow>();
    const parents = new Map<string, LiveRow>();
    const changed: LiveRow[] = [];
    const roots = nodes.map((node) => this.#adopt(node, null, rows, parents, changed, false));
    const moved = !sameRows(roots, this.#roots);
    this.#rows = rows;
    this.#parents = parents;
    this.#roots = roots;
    return moved ? "root" : changed;
  }

  /** @param covered an ancestor is reported already, and the editor refreshes everything below it */
  #adopt(
    node: TreeNode,
    parent: LiveRow | null,
    rows: Map<string, LiveRow>,
    parents: Map<string, LiveRow>,
    changed: LiveRow[],
    covered: boolean,
  ): LiveRow {
    const known = this.#rows.get(node.id);
    const row = known ?? new LiveRow(node);
    // New rows are covered too: their parent's list of rows has changed.
    const rearranged = known === undefined || !sameIds(node.children, known.children);
    const report = !covered && known !== undefined && (rearranged || !sameFace(node.face, known.node.face));
    if (report) changed.push(row);
    row.node = node;
    rows.set(row.id, row);
    if (parent !== null) parents.set(row.id, parent);
    const below = covered || rearranged || report;
    row.children = node.children.map((child) => this.#adopt(child, row, rows, parents, changed, below));
    return row;
  }
}

function sameRows(a: readonly LiveRow[], b: readonly LiveRow[]): boolean {
  return a.length === b.length && a.every((row, index) => row === b[index]);
}

function sameIds(nodes: readonly TreeNode[], rows: readonly LiveRow[]): boolean {
  return nodes.length === rows.length && nodes.every((node, index) => node.id === rows[index]?.id);
}

function compareRows(nodes: readonly TreeNode[], rows: readonly LiveRow[]): "nothing" | "figures" | "shape" {
  if (!sameIds(nodes, rows)) return "shape";
  let result: "nothing" | "figures" = "nothing";
  for (const [index, node] of nodes.entries()) {
    const row = rows[index];
    if (row === undefined) return "shape";
    const { face } = row.node;
    if (node.face.label !== face.label || node.face.context !== face.context || node.face.fold !== face.fold)
      return "shape";
    const below = compareRows(node.children, row.children);
    if (below === "shape") return "shape";
    if (below === "figures" || !sameFace(node.face, face)) result = "figures";
  }
  return result;
}

function sameFace(a: Face, b: Face): boolean {
  return (
    a.label === b.label &&
    a.description === b.description &&
    a.context === b.context &&
    a.fold === b.fold &&
    a.spoken === b.spoken &&
    a.icon.name === b.icon.name &&
    a.icon.color === b.icon.color
  );
}
