import { beforeEach, describe, expect, it, vi } from "vitest";
import type { LeaseRow } from "../../../src/engine/protocol/leases.ts";
import { calls } from "../../../src/engine/protocol/rpc.ts";
import type { CommandWorld } from "../../../src/views/commands/command.ts";
import { Failure } from "../../../src/views/sessionPort.ts";
import { type FakeConnection, FakeSession } from "../fakeSession.ts";
import { type FakeEditor, fakeVscode, freshEditor } from "./fakeEditor.ts";

let editor: FakeEditor = freshEditor();
vi.mock("vscode", () => fakeVscode(() => editor));
const { takeLeaseBack } = await import("../../../src/views/commands/leases.ts");

const lease: LeaseRow = {
  ...{ id: "l1", lane: "standard", units: 2, memoryBytes: 1e9, swarmId: null, by: "claude [x](command:y) 7" },
  ...{ holder: { pid: 7, startTime: 1 }, sinceMs: 0, untilMs: 60_000 },
};
let connection: FakeConnection;
let world: CommandWorld;
let leases: readonly LeaseRow[];

beforeEach(() => {
  editor = freshEditor();
  leases = [lease];
  const session = new FakeSession();
  connection = session.connect();
  connection.answer = (method) => {
    if (method === calls.guard.method) return Promise.resolve({ wallMs: 0, lanes: [{ leases }, {}], breakers: [] });
    if (method === calls.capacityRelease.method) return Promise.resolve({});
    return Promise.reject(new Failure({ code: "rpc.closed", args: {} }));
  };
  world = { session } as unknown as CommandWorld;
});

const released = () => connection.calls.filter(({ method }) => method === calls.capacityRelease.method);

describe("Take Lease Back", () => {
  it("names whose it is and what is lost before it does, and then does it", async () => {
    editor.answers.set("Take the lease of", "Take Back");
    await takeLeaseBack.run(world, { kind: "lease", leaseId: "l1" }, undefined);
    expect(editor.shown).toEqual([
      "modal: Take the lease of claude [x] (command:y) 7 back? [Take Back]",
      "status: $(check) Lease of claude [x](command:y) 7 taken back",
    ]);
    expect(editor.details[0]).toContain("2 places · 1.0 GB · for 60 s more, in the lane standard.");
    expect(released()).toEqual([{ method: "capacity/release", params: { leaseId: "l1" } }]);
  });

  it("does nothing without an answer, for one that is over, and where there is none", async () => {
    await takeLeaseBack.run(world, { kind: "lease", leaseId: "l1" }, undefined);
    await takeLeaseBack.run(world, { kind: "lease", leaseId: "gone" }, undefined);
    leases = [];
    await takeLeaseBack.run(world, null, undefined);
    expect(editor.shown.slice(1)).toEqual(["info: That lease is over.", "info: No capacity is leased."]);
    expect(released()).toEqual([]);
  });
});
