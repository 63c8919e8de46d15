import { vi } from "vitest";
import type { LiveRow } from "../../src/views/tree/diff.ts";

/** What of the editor a tree view needs, without one: `vi.mock("vscode", async () => (await import("…")).fakeVscode())`. */

export interface FakeTreeView {
  visible: boolean;
  message?: string;
  description?: string;
  /** As when the operator opens or closes it. */
  see(visible: boolean): void;
  /** Of the rows at the top. */
  labels(): readonly string[];
}

/** The view that was made last. */
export const made: { view: FakeTreeView | null } = { view: null };

export function fakeVscode() {
  const nothing = (): { dispose(): void } => ({ dispose: () => undefined });
  class EventEmitter {
    readonly event = nothing;
    fire = vi.fn();
    dispose = vi.fn();
  }
  return {
    EventEmitter,
    TreeItemCollapsibleState: {},
    workspace: { isTrusted: true, onDidGrantWorkspaceTrust: nothing },
    window: {
      createTreeView: (_id: string, options: { treeDataProvider: { getChildren(): LiveRow[] } }) => {
        let told: () => void = () => undefined;
        const view: FakeTreeView = {
          visible: false,
          see: (visible) => {
            view.visible = visible;
            told();
          },
          labels: () => options.treeDataProvider.getChildren().map(({ node }) => node.face.label),
        };
        made.view = view;
        return Object.assign(view, {
          dispose: () => undefined,
          onDidChangeVisibility: (listener: () => void) => {
            told = listener;
            return nothing();
          },
        });
      },
    },
  };
}
