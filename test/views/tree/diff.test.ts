import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type LiveRow, LiveTree } from "../../../src/views/tree/diff.ts";
import type { TreeNode } from "../../../src/views/tree/node.ts";

function node(id: string, description: string, children: readonly TreeNode[] = []): TreeNode {
  return {
    id,
    subject: { kind: "group" },
    face: {
      label: id,
      description,
      icon: { name: "gear", color: null },
      context: "group",
      spoken: id,
      fold: children.length > 0 ? "open" : "none",
    },
    tooltip: () => "",
    children,
  };
}

const names = (change: "root" | readonly LiveRow[]): string | string[] =>
  change === "root" ? change : change.map(({ id }) => id);

describe("the live tree", () => {
  it("reports nothing when nothing looks different", () => {
    const tree = new LiveTree();
    expect(tree.update([node("a", "1", [node("a/x", "1")])])).toBe("root");
    expect(tree.update([node("a", "1", [node("a/x", "1")])])).toEqual([]);
  });

  it("reports only the row whose figures changed", () => {
    const tree = new LiveTree();
    tree.update([node("a", "1", [node("a/x", "1"), node("a/y", "1")]), node("b", "1")]);
    expect(names(tree.update([node("a", "1", [node("a/x", "1"), node("a/y", "2")]), node("b", "1")]))).toEqual(["a/y"]);
  });

  it("reports a parent once, not its children as well", () => {
    const tree = new LiveTree();
    tree.update([node("a", "1", [node("a/x", "1")])]);
    expect(names(tree.update([node("a", "2", [node("a/x", "2")])]))).toEqual(["a"]);
  });

  it("reports the parent when a child comes, goes or changes places", () => {
    const tree = new LiveTree();
    tree.update([node("a", "1", [node("a/x", "1")])]);
    expect(names(tree.update([node("a", "1", [node("a/x", "1"), node("a/y", "1")])]))).toEqual(["a"]);
    expect(names(tree.update([node("a", "1", [node("a/y", "1"), node("a/x", "1")])]))).toEqual(["a"]);
    expect(names(tree.update([node("a", "1", [node("a/y", "1")])]))).toEqual(["a"]);
  });

  it("keeps one object for a row as long as its id lives", () => {
    const tree = new LiveTree();
    tree.update([node("a", "1", [node("a/x", "1")])]);
    const before = tree.row("a/x");
    tree.update([node("a", "1", [node("a/x", "2")]), node("b", "1")]);
    expect(tree.row("a/x")).toBe(before);
    expect(before?.node.face.description).toBe("2");
    tree.update([]);
    expect(tree.row("a/x")).toBeUndefined();
  });

  it("tells figures from rows that come, go or offer something else", () => {
    const tree = new LiveTree();
    const before = [node("a", "1", [node("a/x", "1")])];
    tree.update(before);
    expect(tree.compare(before)).toBe("nothing");
    expect(tree.compare([node("a", "1", [node("a/x", "2")])])).toBe("figures");
    expect(tree.compare([node("a", "2", [node("a/x", "1"), node("a/y", "1")])])).toBe("shape");
    expect(tree.compare([])).toBe("shape");
    const [first] = before;
    expect(tree.compare(first === undefined ? [] : [{ ...first, face: { ...first.face, context: "other" } }])).toBe(
      "shape",
    );
  });

  it("shows after any series of updates what it was given last", () => {
    const leaf = fc.tuple(fc.constantFrom("p", "q", "r", "s"), fc.constantFrom("1", "2"));
    const state = fc.uniqueArray(
      fc.tuple(
        fc.constantFrom("a", "b", "c"),
        fc.constantFrom("1", "2"),
        fc.uniqueArray(leaf, { selector: ([id]) => id }),
      ),
      { selector: ([id]) => id },
    );
    fc.assert(
      fc.property(fc.array(state, { minLength: 1, maxLength: 6 }), (states) => {
        const tree = new LiveTree();
        for (const one of states) {
          const nodes = one.map(([id, text, kids]) =>
            node(
              id,
              text,
              kids.map(([kid, kidText]) => node(`${id}/${kid}`, kidText)),
            ),
          );
          tree.update(nodes);
          expect(tree.roots.map((row) => row.node)).toEqual(nodes);
          for (const [at, row] of tree.roots.entries()) {
            expect(row.children.map((child) => child.node)).toEqual(nodes[at]?.children);
            for (const child of row.children) expect(tree.parentOf(child)).toBe(row);
          }
        }
      }),
    );
  });
});
