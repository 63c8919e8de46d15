import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Overview } from "../../../src/engine/protocol/rpc.ts";
import type { CommandWorld } from "../../../src/views/commands/command.ts";
import { commandIds } from "../../../src/views/ids.ts";
import { TopicFeed } from "../../../src/views/topicFeed.ts";
import { FakeSession } from "../fakeSession.ts";
import { managed, observed, overview } from "../overviews.ts";
import { type FakeEditor, fakeVscode, freshEditor } from "./fakeEditor.ts";

let editor: FakeEditor = freshEditor();
vi.mock("vscode", () => fakeVscode(() => editor));
const { registerCommands } = await import("../../../src/views/commands/register.ts");

let opened: string[];
let tell: (swarms: Overview["swarms"]) => void;

beforeEach(async () => {
  editor = freshEditor();
  opened = [];
  const session = new FakeSession();
  const feed = new TopicFeed(session, "overview", () => undefined);
  const connection = session.connect();
  await feed.settled();
  tell = (swarms) => connection.publish("overview", overview({ swarms }));
  tell([managed()]);
  const pages = { optimizeAllocation: async (swarmId: string) => void opened.push(swarmId) };
  registerCommands({ session, overview: feed, pages, version: "0.1.0" } as unknown as CommandWorld);
});

const run = (argument?: unknown) => editor.commands.get(commandIds.optimizeAllocation)?.(argument);

describe("Optimize Allocation", () => {
  it("opens the page on the only swarm there is, in Restricted Mode too", async () => {
    editor.trusted = false;
    await run();
    expect(opened).toEqual(["demo"]);
  });

  it("asks which of several swarms, and does nothing when that is given up", async () => {
    tell([managed(), managed({ id: "docs", label: "docs", demo: false })]);
    await run();
    expect(editor.shown.at(-1)).toBe("pick: Optimize Allocation [demo, docs]");
    expect(opened).toEqual([]);
    editor.answers.set("Optimize Allocation", "docs");
    await run();
    expect(opened).toEqual(["docs"]);
  });

  it("is of the swarm it was called on", async () => {
    tell([managed(), managed({ id: "docs", label: "docs" })]);
    await run({ swarmId: "docs" });
    expect(opened).toEqual(["docs"]);
  });

  it("says what to do where there is no swarm", async () => {
    tell([observed()]);
    await run();
    expect(editor.shown.at(-1)).toContain("There is no swarm to find an allocation for. Define one");
    expect(opened).toEqual([]);
  });
});
