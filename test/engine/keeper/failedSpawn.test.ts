import { mkdtempSync, rmSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Agents } from "../../../src/engine/keeper/agents.ts";

const ROUNDS = process.env["SWARM_RELIABILITY_LONG"] === "1" ? 1_000 : 100;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "swf-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test(`a failed spawn that is signalled, before and after it has failed, sends no signal at all (${ROUNDS} rounds)`, async () => {
  const sent: [number, string][] = [];
  const agents = new Agents(folder, {
    kill: (pid, signal) => sent.push([pid, signal]),
    emit: () => {},
    onSpooled: () => {},
  });
  for (let round = 0; round < ROUNDS; round++) {
    const spawnId = `test.${round}`;
    const base = { op: "spawn", id: 1, epoch: 1, spawnId, args: [] as string[], env: {}, spoolBytes: 4096 } as const;
    // Two ways to fail: reported later by the loop, and thrown at once.
    const request =
      round % 2 === 0
        ? { ...base, command: "/no/such/program", cwd: folder }
        : { ...base, command: "a\0b", cwd: folder };
    const spawning = agents.handle(request);
    const early = await agents.handle({ op: "signal", id: 2, epoch: 1, spawnId, signal: "SIGKILL" });
    expect(early).toMatchObject({ ok: false, error: "gone" });
    expect(await spawning).toMatchObject({ ok: false, error: "spawn-failed" });
    const late = await agents.handle({ op: "signal", id: 3, epoch: 1, spawnId, signal: "SIGTERM" });
    expect(late).toMatchObject({ ok: false, error: "gone" });
    agents.signalAll("SIGKILL", () => {});
    agents.closeAllStdin();
    expect(await agents.handle({ op: "forget", id: 4, epoch: 1, spawnId })).toEqual({ id: 4, ok: true });
  }
  expect(sent).toEqual([]);
  expect(agents.aliveCount).toBe(0);
  expect(readdirSync(folder)).toEqual([]);
});

test("an id that is in use is refused, also while its spawn is under way", async () => {
  const agents = new Agents(folder, { kill: () => {}, emit: () => {}, onSpooled: () => {} });
  const request = {
    op: "spawn",
    id: 1,
    epoch: 1,
    spawnId: "test.a",
    command: "/none",
    args: [] as string[],
    env: {},
    cwd: folder,
    spoolBytes: 4096,
  } as const;
  const [first, second] = await Promise.all([agents.handle(request), agents.handle({ ...request, id: 2 })]);
  expect([first.error, second.error]).toEqual(["spawn-failed", "exists"]);
  expect(await agents.handle({ op: "list", id: 3 })).toMatchObject({
    processes: [{ spawnId: "test.a", pid: null, startTime: null, exit: { error: "ENOENT /none" } }],
  });
});

test("an id nobody has spawned is not found", async () => {
  const agents = new Agents(folder, { kill: () => {}, emit: () => {}, onSpooled: () => {} });
  expect(await agents.handle({ op: "closeStdin", id: 1, epoch: 1, spawnId: "test.b" })).toMatchObject({
    ok: false,
    error: "not-found",
  });
});
