import { beforeEach, describe, expect, it, vi } from "vitest";
import type { ProfilePreview } from "../../../src/engine/protocol/profiling.ts";
import type { CommandWorld } from "../../../src/views/commands/command.ts";
import { commandIds } from "../../../src/views/ids.ts";
import { stackDocument } from "../../../src/views/stacks/stackDocument.ts";
import { agentSample, observedSample, overviewSample } from "../../cli/samples.ts";
import { stackSample } from "../../cli/profileSample.ts";
import { type FakeEditor, fakeVscode, freshEditor } from "./fakeEditor.ts";

let editor: FakeEditor = freshEditor();
vi.mock("vscode", () => fakeVscode(() => editor));
const { registerCommands } = await import("../../../src/views/commands/register.ts");

const preview: ProfilePreview = {
  ...{ pid: 4121, startTime: 77, command: "node \u202Eagent.js", agentId: "a", swarmId: "found", isNode: true },
  ...{ inspectorRefusal: null, openWork: [{ code: "work.tool", args: { name: "vitest" } }] },
};
let seen: ProfilePreview;
let called: { readonly method: string; readonly params: unknown }[];
let opened: { readonly title: string; readonly text: string }[];

beforeEach(() => {
  editor = freshEditor();
  seen = preview;
  called = [];
  opened = [];
  const swarm = observedSample({ id: "found", agents: [agentSample(4121, { id: "a" })] });
  const connection = {
    call: async ({ method }: { method: string }, params: unknown) => {
      called.push({ method, params });
      return method === "profile/preview" ? seen : stackSample();
    },
  };
  registerCommands({
    session: { state: { kind: "connected" }, connection: async () => connection },
    overview: { latest: overviewSample({ swarms: [swarm] }) },
    readDocuments: { open: async (title: string, { text }: { text: string }) => void opened.push({ title, text }) },
  } as unknown as CommandWorld);
});

const run = (argument?: unknown) => editor.commands.get(commandIds.dumpStacks)?.(argument);
const methods = () => called.map(({ method }) => method);

describe("Dump Stacks", () => {
  it("asks with pid, command and open work, and does nothing at Escape", async () => {
    await run({ pid: 4121 });
    expect(editor.shown).toEqual(["modal: Open the inspector of process 4121? [Open Inspector, Threads Only]"]);
    expect(editor.details[0]).toContain("Command: node agent.js");
    expect(editor.details[0]).toContain("vitest");
    expect(methods()).toEqual(["profile/preview"]);
    expect(opened).toEqual([]);
  });

  it.each([
    ["Open Inspector", true],
    ["Threads Only", false],
  ])("%s goes on with the identity that was agreed to", async (way, consent) => {
    editor.answers.set("Open the inspector", way);
    await run({ pid: 4121 });
    expect(called[1]).toEqual({ method: "profile/stacks", params: { process: { pid: 4121, startTime: 77 }, consent } });
    expect(opened).toEqual([{ title: "Stacks 4121", text: expect.stringContaining("plantedHang") }]);
  });

  it("asks nothing where no inspector can be opened, and tells the threads", async () => {
    seen = { ...preview, inspectorRefusal: { code: "inspector.notNode", args: { pid: 4121 } } };
    await run({ pid: 4121 });
    expect(editor.shown).toEqual(["progress: Looking at process 4121"]);
    expect(called[1]?.params).toMatchObject({ consent: false });
    expect(opened).toHaveLength(1);
  });

  it("lets choose an agent from the palette", async () => {
    await run();
    expect(editor.shown[0]).toMatch(/^pick: Dump Stacks \[.*4121.*\]/);
    expect(called).toEqual([]);
  });

  it("is refused in an untrusted window", async () => {
    editor.trusted = false;
    await run({ pid: 4121 });
    expect(editor.shown[0]).toContain("Restricted Mode");
    expect(called).toEqual([]);
  });
});

describe("the document of a dump", () => {
  it("reads as recorded", async () => {
    const { text } = stackDocument(stackSample(), 0);
    await expect(text.replace(/ at .*/, " at TIME")).toMatchFileSnapshot("../../golden/views/stacks.txt");
  });

  it("links each place where it stands, and nothing that a process says can move it", () => {
    const frames = [
      { name: "a\nb\u202E", file: "/app/x\n.js", line: 3, column: 5 },
      { name: "native", file: null, line: null, column: null },
      { name: "whole", file: "file:///app/y.js", line: null, column: null },
    ];
    const { text, links } = stackDocument({ ...stackSample(), frames }, 0);
    const lines = text.split("\n");
    const linked = links.map(({ at, from, to }) => lines[at]?.slice(from, to));
    expect(linked).toEqual(["/app/x .js:3:5", "file:///app/y.js"]);
    expect(links[0]).toMatchObject({ file: "/app/x\n.js", line: 3, column: 5 });
    expect(links[1]).toMatchObject({ line: 1, column: 1 });
  });

  it("says what did not run, what is not told, and what stays open", () => {
    const report = { ...stackSample(), frames: [], idleMs: 1_500, threads: [], moreThreads: 1 };
    const { text } = stackDocument(
      { ...report, leftOpen: { code: "inspector.leftOpen", args: { pid: 4121, port: 9229 } } },
      0,
    );
    for (const part of ["None ran, and none began within 1.5 s.", "1 more thread not shown.", "port 9229"])
      expect(text).toContain(part);
  });
});
