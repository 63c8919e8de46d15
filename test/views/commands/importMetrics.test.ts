import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ImportResult, ImportSummary } from "../../../src/engine/protocol/imports.ts";
import { calls } from "../../../src/engine/protocol/rpc.ts";
import { commandIds } from "../../../src/views/ids.ts";
import { Failure } from "../../../src/views/sessionPort.ts";
import { TopicFeed } from "../../../src/views/topicFeed.ts";
import type { CommandWorld } from "../../../src/views/commands/command.ts";
import { type FakeConnection, FakeSession } from "../fakeSession.ts";
import { managed, overview } from "../overviews.ts";
import { type FakeEditor, fakeVscode, freshEditor } from "./fakeEditor.ts";

let editor: FakeEditor = freshEditor();
vi.mock("vscode", () => fakeVscode(() => editor));
const { registerCommands } = await import("../../../src/views/commands/register.ts");

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 5, 8);
const IMPORT_ID = "01936d5a-0000-7000-8000-000000000001";
const RUN_ID = "01936d5a-0000-7000-8000-000000000002";
const column = (name: string) => ({ name, steps: 100, missing: 2, least: 0, greatest: 9.5, problem: null });
const summary: ImportSummary = {
  ...{ format: "table", rows: 100, fromMs: START, lastMs: START + 99 * MINUTE, stepMs: MINUTE, isResampled: false },
  columns: [column("cpu"), column("demand"), { ...column("note"), problem: { code: "csv.notANumber", args: {} } }],
  meant: "demand",
  shiftToNow: { ms: 7 * 1_440 * MINUTE, unit: "week" },
};
const result: ImportResult = {
  ...{ runId: RUN_ID, swarmId: "demo", file: "trace.csv", rows: 100, shift: summary.shiftToNow },
  series: [
    {
      ...{ column: "cpu", metric: "demand", fromMs: START, toMs: START + 100 * MINUTE, stepMs: MINUTE },
      ...{ steps: 100, missing: 2, leftOut: { measured: 0, future: 3, tooOld: 0 } },
    },
  ],
};

let folder: string;
let connection: FakeConnection;
let asked: { method: string; params: unknown }[];
let answers: Record<string, (params: never) => unknown>;
const text = `time,cpu,demand,note\n${"x".repeat(300_000)}`;
const path = () => join(folder, "trace.csv");

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "iv-"));
  writeFileSync(path(), text);
  editor = freshEditor();
  asked = [];
  const session = new FakeSession();
  const feed = new TopicFeed(session, "overview", () => undefined);
  connection = session.connect();
  await feed.settled();
  connection.publish("overview", overview({ swarms: [managed()] }));
  answers = {
    [calls.importBegin.method]: () => ({ importId: IMPORT_ID }),
    [calls.importPiece.method]: () => ({ rows: 1 }),
    [calls.importRead.method]: () => summary,
    [calls.importCommit.method]: () => result,
    [calls.importCancel.method]: () => null,
    [calls.importUndo.method]: () => ({ ...result, importedAtMs: 1 }),
  };
  connection.answer = async (method, params) => {
    asked.push({ method, params });
    const say = answers[method];
    if (say === undefined) throw new Error(`no answer for ${method}`);
    return say(params as never);
  };
  registerCommands({ session, overview: feed, version: "0.1.0" } as unknown as CommandWorld);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const run = (argument?: unknown) => editor.commands.get(commandIds.importMetrics)?.(argument);
const methods = () => asked.map(({ method }) => method.replace("import/", ""));
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe("Import Metrics", () => {
  it("asks for file, column and move, shows what it would do, and offers to undo", async () => {
    editor.openPath = path();
    editor.answers
      .set("Import trace.csv", "cpu")
      .set("When Was It?", "Move it to end now")
      .set("Import 'cpu'", "Import");
    editor.answers.set("Imported 100 steps", "Undo");
    await run();
    await settled();
    expect(methods()).toEqual(["begin", "piece", "piece", "read", "commit", "undo"]);
    expect(asked[0]?.params).toEqual({ swarmId: "demo", file: "trace.csv", columns: "all" });
    const sent = asked.flatMap(({ method, params }) =>
      method === calls.importPiece.method ? [Buffer.from((params as { data: string }).data, "base64").toString()] : [],
    );
    expect(sent.join("")).toBe(text);
    expect(asked[4]?.params).toMatchObject({ columns: [{ column: "cpu", metric: "demand" }], shiftToNow: true });
    expect(asked[5]?.params).toMatchObject({ swarmId: "demo", runId: RUN_ID });
    // The one that is meant first; one that holds no numbers is not offered.
    expect(editor.shown).toContain("pick: Import trace.csv [demand, cpu]");
    const modal = editor.shown.find((line) => line.startsWith("modal"));
    expect(modal).toContain("Import 'cpu' of trace.csv as the past demand of demo?");
  });

  it("asks for nothing that it was told, but for the go-ahead", async () => {
    editor.answers.set("Import 'cpu'", "Import");
    await run({ swarmId: "demo", path: path(), column: "cpu", metric: "cpuCores", shiftToNow: false });
    expect(methods()).toEqual(["begin", "piece", "piece", "read", "commit"]);
    expect(asked[0]?.params).toMatchObject({ columns: ["cpu"] });
    expect(asked[4]?.params).toMatchObject({ columns: [{ column: "cpu", metric: "cpuCores" }], shiftToNow: false });
    expect(editor.shown.filter((line) => line.startsWith("pick"))).toEqual([]);
  });

  it("given up at any question leaves nothing with the engine", async () => {
    await run({ path: path() });
    expect(methods()).toEqual(["begin", "piece", "piece", "read", "cancel"]);
    asked = [];
    await run({ path: path(), column: "cpu", shiftToNow: true });
    expect(methods()).toEqual(["begin", "piece", "piece", "read", "cancel"]);
    asked = [];
    await run();
    expect(methods()).toEqual([]);
  });

  it("refused says why, and lets go of the file there", async () => {
    answers[calls.importPiece.method] = () => {
      throw new Failure({ code: "csv.notATime", args: { line: 3, value: "x" } });
    };
    await run({ path: path(), column: "cpu" });
    expect(methods()).toEqual(["begin", "piece", "cancel"]);
    expect(editor.shown.at(-1)).toContain("Could not import the metrics: Line 3: 'x' is not a time.");
  });

  it("is refused in an untrusted window", async () => {
    editor.trusted = false;
    await run({ path: path() });
    expect(methods()).toEqual([]);
    expect(editor.shown.join()).toContain("Restricted Mode");
  });
});
