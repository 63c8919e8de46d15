import { beforeEach, describe, expect, it, vi } from "vitest";
import type { CommandWorld } from "../../../src/views/commands/command.ts";
import { commandIds } from "../../../src/views/ids.ts";
import { type FakeEditor, fakeVscode, freshEditor } from "./fakeEditor.ts";

let editor: FakeEditor = freshEditor();
vi.mock("vscode", () => fakeVscode(() => editor));
const { registerCommands } = await import("../../../src/views/commands/register.ts");

let opened: (string | null)[];

beforeEach(() => {
  editor = freshEditor();
  opened = [];
  const pages = { openBlame: async (swarmId: string | null) => void opened.push(swarmId) };
  registerCommands({ pages } as unknown as CommandWorld);
});

describe("Blame Flame", () => {
  it("opens the page on all swarms from the palette, and on the one that a row or an argument names", async () => {
    const run = (argument?: unknown) => editor.commands.get(commandIds.blameFlame)?.(argument);
    await run();
    await run({ swarmId: "claude:/srv/api" });
    await run({ swarmId: 3 });
    expect(opened).toEqual([null, "claude:/srv/api", null]);
  });
});
