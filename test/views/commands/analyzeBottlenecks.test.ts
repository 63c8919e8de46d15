import { beforeEach, describe, expect, it, vi } from "vitest";
import { BOTTLENECK_COMPONENTS } from "../../../src/engine/protocol/bottlenecks.ts";
import type { CommandWorld } from "../../../src/views/commands/command.ts";
import { commandIds } from "../../../src/views/ids.ts";
import { TopicFeed } from "../../../src/views/topicFeed.ts";
import { bottlenecksSample } from "../../cli/bottlenecksSample.ts";
import { type FakeConnection, FakeSession } from "../fakeSession.ts";
import { managed, overview } from "../overviews.ts";
import { type FakeEditor, fakeVscode, freshEditor } from "./fakeEditor.ts";

let editor: FakeEditor = freshEditor();
vi.mock("vscode", () => fakeVscode(() => editor));
const { registerCommands } = await import("../../../src/views/commands/register.ts");

let connection: FakeConnection;

beforeEach(async () => {
  editor = freshEditor();
  const session = new FakeSession();
  const feed = new TopicFeed(session, "overview", () => undefined);
  connection = session.connect();
  await feed.settled();
  connection.publish("overview", overview({ swarms: [managed()] }));
  connection.answer = async () => bottlenecksSample();
  registerCommands({ session, overview: feed, version: "0.1.0" } as unknown as CommandWorld);
});

const run = (argument?: unknown) => editor.commands.get(commandIds.analyzeBottlenecks)?.(argument);

describe("Analyze Bottlenecks", () => {
  it("lists the findings as ranked, and explains the one that is chosen with what to do", async () => {
    editor.answers.set("Bottlenecks", "CPU utilisation");
    await run();
    expect(editor.shown[0]).toMatch(/^pick: Bottlenecks \[Coordination docs utilisation, CPU utilisation, /);
    expect(editor.shown[1]).toMatch(/^info: CPU utilisation, critical: busy \d+% .*\((measured|derived)\).*\. [A-Z].+/);
    expect(editor.shown).toHaveLength(2);
  });

  it("asks for every component, of the swarm it was called on", async () => {
    await run();
    await run({ swarmId: "docs" });
    expect(connection.calls.map(({ params }) => params)).toEqual([
      { components: [...BOTTLENECK_COMPONENTS] },
      { components: [...BOTTLENECK_COMPONENTS], swarmId: "docs" },
    ]);
  });

  it("says nothing more when none is chosen, also in Restricted Mode", async () => {
    editor.trusted = false;
    await run();
    expect(editor.shown).toHaveLength(1);
  });
});
