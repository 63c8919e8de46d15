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

let compared: { readonly swarmId: string; readonly wish: object }[];
let tell: (swarms: Overview["swarms"]) => void;

beforeEach(async () => {
  editor = freshEditor();
  compared = [];
  const session = new FakeSession();
  const feed = new TopicFeed(session, "overview", () => undefined);
  const connection = session.connect();
  await feed.settled();
  tell = (swarms) => connection.publish("overview", overview({ swarms }));
  tell([managed()]);
  const pages = {
    comparePolicies: async (swarmId: string, wish: object) => void compared.push({ swarmId, wish }),
  };
  registerCommands({ session, overview: feed, pages, version: "0.1.0" } as unknown as CommandWorld);
});

const run = (argument?: unknown) => editor.commands.get(commandIds.comparePolicies)?.(argument);

describe("Compare Policies", () => {
  it("opens the page on the only swarm there is, and lets the page choose the rest", async () => {
    await run();
    expect(compared).toEqual([{ swarmId: "demo", wish: {} }]);
  });

  it("asks which of several swarms, and does nothing when that is given up", async () => {
    tell([managed(), managed({ id: "docs", label: "docs", demo: false })]);
    await run();
    expect(editor.shown.at(-1)).toBe("pick: Compare Policies [demo, docs]");
    expect(compared).toEqual([]);
    editor.answers.set("Compare Policies", "docs");
    await run();
    expect(compared).toEqual([{ swarmId: "docs", wish: {} }]);
  });

  it("is of the swarm it was called on, with what a key binding names of days and policies", async () => {
    tell([managed(), managed({ id: "docs", label: "docs" })]);
    await run({ swarmId: "docs", days: 30, policies: ["hpa", "magic", "fixed"] });
    await run({ swarmId: "docs", days: 2, policies: "hpa" });
    expect(compared).toEqual([
      { swarmId: "docs", wish: { days: 30, policies: ["fixed", "hpa"] } },
      { swarmId: "docs", wish: {} },
    ]);
  });

  it("only looks: it may be run in Restricted Mode", async () => {
    editor.trusted = false;
    await run();
    expect(compared).toHaveLength(1);
  });

  it("says what to do where there is no swarm", async () => {
    tell([observed()]);
    await run();
    expect(editor.shown.at(-1)).toContain("There is no swarm to compare policies for. Define one");
    expect(compared).toEqual([]);
  });
});
