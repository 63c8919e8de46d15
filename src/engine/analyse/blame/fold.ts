import { type Sliced, STEPS_A_SLICE } from "../../common/slices.ts";
import type { BlameNode } from "../../protocol/blame.ts";
import { Part } from "./tree.ts";

/** Of the largest; each may bring one that stands for what was left out below it. */
export const MOST_BLAME_NODES = 2_000;

/**
 * The tree as a list, the largest first below each. With more than `most` parts the smallest of all are put together, so that a
 * sum is never touched: nothing is larger than what it is part of, so whoever stays has everything above it.
 * @throws RangeError for a limit below 1
 */
export function* foldedNodes(
  tops: readonly Part[],
  most: number = MOST_BLAME_NODES,
): Sliced<{ readonly nodes: readonly BlameNode[]; readonly folded: number }> {
  if (!(most >= 1)) throw new RangeError(`most must be ≥ 1, got ${most}`);
  const limit = yield* limitOf(tops, most);
  yield;
  const nodes: BlameNode[] = [];
  let folded = 0;
  // A part after the one above it; those below in order. An own stack: profiles bring deep ones.
  const open: { readonly part: Part; readonly parent: number | null }[] = [];
  const enter = (parts: Iterable<Part>, parent: number | null): void => {
    const sorted = [...parts].toSorted((a, b) => b.value - a.value || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    const stay = sorted.filter(({ value }) => value > limit);
    const [first, ...left] = sorted.slice(stay.length);
    // One alone with nothing below is shown as it is: folded it would take the same room, and say less.
    if (first !== undefined && left.length === 0 && first.isLeaf) stay.push(first);
    else if (first !== undefined) {
      const count = left.length + 1;
      folded += count;
      const value = left.reduce((sum, one) => sum + one.value, first.value);
      // Below all that stay, as it is no single one.
      const others = new Part("others", "", first.source, { count });
      others.value = value;
      open.push({ part: others, parent });
    }
    for (const part of stay.toReversed()) open.push({ part, parent });
  };
  enter(tops, null);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { kind, name, value, source, facts, below } = next.part;
    const at = nodes.push({ parent: next.parent, kind, name, value, source, ...facts }) - 1;
    enter(below, at);
  }
  return { nodes, folded };
}

/** What the heaviest weighs that may not stay, and all like it; below all when every one may. */
function* limitOf(tops: readonly Part[], most: number): Sliced<number> {
  const values: number[] = [];
  const open = [...tops];
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    values.push(part.value);
    for (const one of part.below) open.push(one);
    if (values.length % STEPS_A_SLICE === 0) yield;
  }
  if (values.length <= most) return Number.NEGATIVE_INFINITY;
  const sorted = Float64Array.from(values).toSorted();
  return sorted[sorted.length - most - 1] as number;
}
