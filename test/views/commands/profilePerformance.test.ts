import { beforeEach, describe, expect, it, vi } from "vitest";
import type { CallProgress } from "../../../src/engine/protocol/progress.ts";
import type { ProfilePreview, ProfileReport } from "../../../src/engine/protocol/profiling.ts";
import { calls } from "../../../src/engine/protocol/rpc.ts";
import { commandIds } from "../../../src/views/ids.ts";
import { Failure } from "../../../src/views/sessionPort.ts";
import { TopicFeed } from "../../../src/views/topicFeed.ts";
import type { CommandWorld } from "../../../src/views/commands/command.ts";
import { LiveRow } from "../../../src/views/tree/diff.ts";
import type { Subject, TreeNode } from "../../../src/views/tree/node.ts";
import { profileSample } from "../../cli/profileSample.ts";
import { type FakeConnection, FakeSession } from "../fakeSession.ts";
import { managed, observed, overview } from "../overviews.ts";
import { type FakeEditor, fakeVscode, freshEditor } from "./fakeEditor.ts";

let editor: FakeEditor = freshEditor();
vi.mock("vscode", () => fakeVscode(() => editor));
const { registerCommands } = await import("../../../src/views/commands/register.ts");

const seen: ProfilePreview = {
  ...{
    pid: 4121,
    startTime: 77,
    command: "node agent.js --lane standard",
    agentId: "a1",
    swarmId: "demo",
    isNode: true,
  },
  ...{ inspectorRefusal: null, openWork: [{ code: "work.tool", args: { name: "vitest" } }] },
};
const QUESTION = "Open the inspector of process 4121";

let connection: FakeConnection;
let preview: ProfilePreview;
let profile: (signal?: AbortSignal, onProgress?: (progress: CallProgress) => void) => Promise<ProfileReport>;
let reports: ProfileReport[];

beforeEach(async () => {
  editor = freshEditor();
  preview = seen;
  profile = () => Promise.resolve(profileSample());
  reports = [];
  const session = new FakeSession();
  const feed = new TopicFeed(session, "overview", () => undefined);
  connection = session.connect();
  await feed.settled();
  connection.publish("overview", overview({ swarms: [managed(), observed()] }));
  connection.answer = async (method, _params, signal, onProgress) => {
    if (method === calls.profilePreview.method) return preview;
    if (method === calls.profile.method) return profile(signal, onProgress);
    throw new Failure({ code: "method.unknown", args: { method } });
  };
  const pages = { showProfileReport: async (report: ProfileReport) => void reports.push(report) };
  registerCommands({ session, overview: feed, pages, version: "0.1.0" } as unknown as CommandWorld);
});

const run = (argument?: unknown) => editor.commands.get(commandIds.profilePerformance)?.(argument);
const row = (subject: Subject) => new LiveRow({ id: "x", subject, children: [] } as unknown as TreeNode);
const params = (method: string): unknown => connection.calls.find((call) => call.method === method)?.params;
const asked = (): unknown => params(calls.profile.method);
const AGENT = row({ kind: "agent", swarmId: "demo", agentId: "a1" });

describe("Profile Performance", () => {
  it.each([
    [AGENT, { agentId: "a1" }],
    [row({ kind: "swarm", swarmId: "demo" }), { swarmId: "demo" }],
    [row({ kind: "process", pid: 77 }), { pid: 77 }],
    [{ pid: 78 }, { pid: 78 }],
    [{ agentId: "a7" }, { agentId: "a7" }],
    [{ swarmId: "docs" }, { swarmId: "docs" }],
  ])("is of what it was called on (%#)", async (argument, of) => {
    await run(argument);
    expect(params(calls.profilePreview.method)).toEqual(of);
    expect(editor.shown.join()).not.toContain("pick: Profile Performance");
  });

  it("asks for how long and, by name, command and open work, for leave; then makes it and opens the page", async () => {
    editor.answers.set("Profile Process 4121", "60 s");
    editor.answers.set(QUESTION, "Open Inspector");
    await run(AGENT);
    expect(editor.shown).toEqual([
      "pick: Profile Process 4121 [60 s, 10 s, 5 min, Another Time…, Which Parts…]",
      `modal: ${QUESTION} and profile it? [Open Inspector, Profile Without It]`,
      "progress: Profiling process 4121 for 60 s",
    ]);
    const [detail = ""] = editor.details;
    for (const part of ["node agent.js --lane standard", "vitest", "closed again", "Without it: CPU by perf"])
      expect(detail).toContain(part);
    expect(asked()).toEqual({
      ...{ process: { pid: 4121, startTime: 77 }, durationMs: 60_000, consent: true },
      components: ["cpu", "memory", "io", "application"],
    });
    expect(reports).toEqual([profileSample()]);
  });

  it("shows how far it is, and its bar never goes back", async () => {
    profile = async (_signal, onProgress) => {
      const sampling = (elapsedMs: number): CallProgress => ({
        step: { code: "profileProgress.sampling", args: { elapsedMs, durationMs: 10_000 } },
        doneRatio: elapsedMs / 10_000,
      });
      onProgress?.({ step: { code: "profileProgress.opening", args: { pid: 4121 } }, doneRatio: null });
      for (const elapsedMs of [1_000, 4_000, 3_000, 10_000]) onProgress?.(sampling(elapsedMs));
      return profileSample();
    };
    editor.answers.set(QUESTION, "Open Inspector");
    await run({ pid: 4121, durationMs: 10_000 });
    expect(editor.said).toEqual([
      "Opening the inspector of process 4121.",
      ...["1 s of 10 s sampled.", "4 s of 10 s sampled.", "3 s of 10 s sampled.", "10 s of 10 s sampled."],
    ]);
    expect(editor.increments).toEqual([10, 30, 60]);
  });

  it("takes another time, fewer parts and a heap snapshot, and refuses a time that is none", async () => {
    editor.answers.set("Profile Process 4121", "Which Parts…");
    editor.answers.set("Parts of the Profile", "CPU, Heap snapshot");
    editor.answers.set(QUESTION, "Open Inspector");
    // Once the parts are chosen the list comes again; then a time is taken from it.
    const parts = editor.answers.get("Parts of the Profile");
    expect(parts).toBeDefined();
    let lists = 0;
    editor.onPick = (title) => {
      if (title === "Profile Process 4121" && ++lists === 2)
        editor.answers.set("Profile Process 4121", "Another Time…");
    };
    editor.answers.set("Seconds, from", "2.5");
    await run(AGENT);
    expect(asked()).toMatchObject({ durationMs: 2_500, components: ["cpu"], heapSnapshot: true, consent: true });
    expect(editor.details[0]).toContain("it stands still at the end");
    for (const typed of ["0.1", "601", "soon", ""]) {
      connection.calls.length = 0;
      editor.shown.length = 0;
      editor.onPick = () => undefined;
      editor.answers.set("Seconds, from", typed);
      await run(AGENT);
      expect(editor.shown).toContain("invalid: Use a number of seconds from 0.5 to 600.");
      expect(asked()).toBeUndefined();
    }
  });

  it("without leave opens none, and takes no snapshot; a closed question ends it", async () => {
    editor.answers.set(QUESTION, "Profile Without It");
    await run({ pid: 4121, durationMs: 1_000, heapSnapshot: true });
    expect(asked()).toMatchObject({ consent: false });
    expect(asked()).not.toHaveProperty("heapSnapshot");
    connection.calls.length = 0;
    editor.answers.delete(QUESTION);
    await run({ pid: 4121, durationMs: 1_000 });
    expect(asked()).toBeUndefined();
    expect(reports).toHaveLength(1);
  });

  it("where no inspector can be opened says why, and what is told without it", async () => {
    preview = { ...seen, isNode: false, inspectorRefusal: { code: "inspector.notNode", args: { pid: 4121 } } };
    editor.answers.set("without its inspector", "Profile Without It");
    await run({ pid: 4121, durationMs: 1_000 });
    expect(editor.shown[0]).toBe("modal: Profile process 4121 without its inspector? [Profile Without It]");
    expect(editor.details[0]).toContain("does not run Node");
    expect(editor.details[0]).toContain("Told only through it: JavaScript functions by name");
    expect(asked()).toMatchObject({ consent: false });
  });

  it("of reading and writing alone asks nobody: nothing is done to the process", async () => {
    await run({ pid: 4121, durationMs: 1_000, components: ["io"] });
    expect(editor.details).toEqual([]);
    expect(asked()).toMatchObject({ components: ["io"], consent: false });
  });

  it("from the palette asks which agent, the busiest first, or takes a process id", async () => {
    await run();
    expect(editor.shown[0]).toMatch(/^pick: Profile Performance \[.*, Another Process…\]$/);
    expect(connection.calls).toEqual([]);
    editor.answers.set("Profile Performance", "Another Process…");
    editor.answers.set("Process id", "4121");
    await run();
    expect(params(calls.profilePreview.method)).toEqual({ pid: 4121 });
    for (const typed of ["1", "-4", "agent", "99999999999"]) {
      editor.shown.length = 0;
      editor.answers.set("Process id", typed);
      await run();
      expect(editor.shown).toContain("invalid: Use a process id above 1.");
    }
  });

  it("that was cancelled says that nothing is left there", async () => {
    editor.answers.set(QUESTION, "Open Inspector");
    profile = (signal) =>
      new Promise((_, reject) => {
        signal?.addEventListener("abort", () => reject(new Failure({ code: "aborted", args: {} })));
        queueMicrotask(() => editor.cancel());
      });
    await run({ pid: 4121, durationMs: 60_000 });
    expect(editor.shown.at(-1)).toBe("info: The profile of process 4121 was given up; nothing of it is left there.");
    expect(reports).toEqual([]);
  });

  it.each([
    ["rpc.closed", "The engine ended while the process 4121 was profiled."],
    // As an engine answers that is asked to end: nobody has pressed Cancel.
    ["aborted", "The engine ended while the process 4121 was profiled."],
    ["profile.busy", "Another profile is being made."],
    ["profile.changed", "The process 4121 is another one by now"],
    ["profile.noProcess", "There is no process 4121."],
  ])("says %s plainly", async (code, words) => {
    editor.answers.set(QUESTION, "Open Inspector");
    profile = () => Promise.reject(new Failure({ code, args: { pid: 4121 } }));
    await run({ pid: 4121, durationMs: 1_000 });
    expect(editor.shown.at(-1)).toContain(`error: Could not profile the process: ${words}`);
  });

  it("is refused in Restricted Mode without a word to the engine", async () => {
    editor.trusted = false;
    await run(AGENT);
    expect(connection.calls).toEqual([]);
    expect(editor.shown.join()).toContain("Restricted Mode");
  });

  it("makes no link and no icon of what a process calls itself", async () => {
    preview = { ...seen, command: "node [x](command:evil) $(flame)\u202Eq" };
    await run({ pid: 4121, durationMs: 1_000 });
    expect(editor.details[0]).toContain("[x] (command:evil)");
    expect(editor.details[0]).not.toContain("\u202E");
  });
});
