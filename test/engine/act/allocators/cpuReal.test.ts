import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { getPriority } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { AgentGroups, linuxGroups } from "../../../../src/engine/act/allocators/agentGroup.ts";
import { systemCgroupFiles } from "../../../../src/engine/act/allocators/cgroupFiles.ts";
import { CpuAllocator } from "../../../../src/engine/act/allocators/cpuAllocator.ts";
import { lowestNice, systemNice } from "../../../../src/engine/act/allocators/niceValue.ts";
import { findCommand, runCommand } from "../../../../src/engine/act/allocators/systemCommand.ts";
import { type RealAgent, startAgent, until } from "./realProcesses.ts";
import { log, signal } from "./world.ts";

const system = linuxGroups();
const ionice = findCommand("ionice");
let running: RealAgent[] = [];
afterEach(async () => {
  for (const one of running) await one.end();
  running = [];
});

/** A Node process with its threads, and a child in its group. */
async function agentWithChild(): Promise<{ readonly one: RealAgent; readonly childPid: number }> {
  const script = `const child = require("node:child_process").spawn("sleep", ["300"]);
    child.on("spawn", () => console.log(child.pid)); setInterval(() => {}, 1000);`;
  const one = await startAgent(process.execPath, ["-e", script]);
  running.push(one);
  if (system === null) throw new Error("no /proc");
  const members = () => new AgentGroups(system, { get: () => ({}) as never }).members(one.agent);
  await until("the child is in the group", () => members().length === 2);
  return { one, childPid: members()[1]?.pid ?? 0 };
}

function allocator(agents: readonly RealAgent[]): CpuAllocator {
  const swarms = { get: () => ({ agents: () => agents.map(({ agent }) => agent) }) as never };
  const groups = system === null ? null : new AgentGroups(system, swarms);
  return new CpuAllocator({ groups, nice: systemNice, cgroups: systemCgroupFiles, ionice, run: runCommand, log });
}

/** Field 19 of the stat of a thread: its nice value, as the kernel has it. */
const niceOf = (pid: number, thread: string) =>
  Number(readFileSync(`/proc/${pid}/task/${thread}/stat`, "latin1").split(") ").at(-1)?.split(" ")[16]);
const allNice = (pid: number) => new Set(readdirSync(`/proc/${pid}/task`).map((thread) => niceOf(pid, thread)));

describe.runIf(process.platform === "linux")("the nice value of a real agent", () => {
  test("is set on every thread of every process of its group, and on nothing else", async () => {
    const { one, childPid } = await agentWithChild();
    const own = getPriority(0);
    const outcome = await allocator([one]).apply({ resource: "cpu", swarmId: "s", nice: own + 7 }, signal);
    expect(outcome).toEqual({ kind: "confirmed", notes: [] });
    expect(readdirSync(`/proc/${one.agent.pid}/task`).length).toBeGreaterThan(2);
    expect(allNice(one.agent.pid)).toEqual(new Set([own + 7]));
    expect(allNice(childPid)).toEqual(new Set([own + 7]));
    expect(getPriority(0)).toBe(own);
  });

  test("comes back where the privilege is there, and is said to stay where it is not", async () => {
    const { one } = await agentWithChild();
    const cpu = allocator([one]);
    const before = await cpu.read({ resource: "cpu", swarmId: "s", nice: 0 }, signal);
    if (before.resource !== "cpu" || before.nice === undefined) throw new Error("no nice value was read");
    await cpu.apply({ resource: "cpu", swarmId: "s", nice: before.nice + 5 }, signal);
    const outcome = await cpu.undo(before, signal);
    if (lowestNice() <= before.nice) {
      expect(outcome).toEqual({ kind: "confirmed", notes: [] });
      expect(allNice(one.agent.pid)).toEqual(new Set([before.nice]));
    } else {
      expect(outcome).toMatchObject({ kind: "unconfirmed", reason: { code: "allocation.niceRefused" } });
      expect(allNice(one.agent.pid)).toEqual(new Set([before.nice + 5]));
    }
  });

  test("raising priority without a privilege is refused by the allocator and by the system, and changes nothing", () => {
    const isRoot = process.getuid?.() === 0;
    const fixture = join(import.meta.dirname, "unprivileged.ts");
    // Without CAP_SYS_NICE, or as `nobody`, when we are root: the refusal is the kernel's own.
    const setpriv = isRoot ? findCommand("setpriv") : null;
    const user = isRoot && setpriv === null ? { uid: 65_534, gid: 65_534 } : {};
    const [command, ...args] = [...(setpriv === null ? [] : [setpriv, "--bounding-set=-sys_nice"]), process.execPath];
    const said = execFileSync(command ?? "", [...args, fixture], {
      ...user,
      encoding: "utf8",
      timeout: 30_000,
      cwd: "/",
      stdio: ["ignore", "pipe", "ignore"],
    });
    expect(JSON.parse(said)).toEqual({
      lowest: expect.any(Number),
      raised: { kind: "refused", reason: { code: "allocation.niceRefused", args: expect.anything() } },
      afterRaised: 0,
      lowered: { kind: "confirmed", notes: [] },
      takenBack: { kind: "unconfirmed", reason: { code: "allocation.niceRefused", args: expect.anything() } },
      afterTakenBack: 5,
    });
  });

  test("an agent that ended is told, and its pid is not acted upon", async () => {
    const { one } = await agentWithChild();
    const cpu = allocator([one]);
    await one.end();
    expect(await cpu.apply({ resource: "cpu", swarmId: "s", nice: 9 }, signal)).toMatchObject({
      kind: "confirmed",
      notes: [{ code: "allocation.noAgents" }],
    });
  });

  test("a pid that means another process now is left alone", async () => {
    const { one } = await agentWithChild();
    const stale = { ...one, agent: { ...one.agent, startTime: one.agent.startTime - 1 } };
    const before = allNice(one.agent.pid);
    await allocator([stale]).apply({ resource: "cpu", swarmId: "s", nice: 11 }, signal);
    expect(allNice(one.agent.pid)).toEqual(before);
  });
});

describe.runIf(process.platform === "linux" && ionice !== null)("the I/O level of a real agent", () => {
  test("is set on its whole group by ionice, read again, and undone", async () => {
    const { one, childPid } = await agentWithChild();
    const cpu = allocator([one]);
    const levels = () =>
      [one.agent.pid, childPid].map((pid) =>
        execFileSync(ionice ?? "", ["-p", String(pid)], { encoding: "utf8" }).trim(),
      );
    const before = await cpu.read({ resource: "cpu", swarmId: "s", ioLevel: 6 }, signal);
    expect(before).toEqual({ resource: "cpu", swarmId: "s", ioLevel: null });
    for (const [ioLevel, text] of [
      [6, "best-effort: prio 6"],
      ["idle", "idle"],
    ] as const) {
      const limits = { resource: "cpu", swarmId: "s", ioLevel } as const;
      expect(await cpu.apply(limits, signal)).toEqual({ kind: "confirmed", notes: [] });
      expect(levels()).toEqual([text, text]);
      expect(await cpu.read(limits, signal)).toEqual(limits);
    }
    expect(await cpu.undo(before, signal)).toEqual({ kind: "confirmed", notes: [] });
    expect(await cpu.read(before, signal)).toEqual(before);
  });
});

test("the weight of an agent without a control group of its own is refused, with the reason", async () => {
  const { one } = await agentWithChild();
  expect(allocator([one]).refusal({ resource: "cpu", swarmId: "s", weight: 50 })).toMatchObject({
    code: "allocation.noCgroup",
  });
});

describe("a command of the system", () => {
  test("that hangs is ended when the caller gives up", async () => {
    const sleep = findCommand("sleep");
    if (sleep === null) throw new Error("no sleep");
    const abort = new AbortController();
    const hung = runCommand(sleep, ["300"], abort.signal);
    abort.abort(new Error("given up"));
    await expect(hung).rejects.toThrow("given up");
  });

  test("that fails says what it said, and one that is not there is not found", async () => {
    expect(findCommand("no-such-command")).toBeNull();
    await expect(runCommand("/usr/bin/no-such-command", [], signal)).rejects.toMatchObject({
      code: "allocation.commandFailed",
      args: { reason: "not there" },
    });
    if (ionice === null) return;
    await expect(runCommand(ionice, ["-p", "4194305"], signal)).rejects.toMatchObject({
      code: "allocation.commandFailed",
      args: { reason: expect.stringContaining("No such process") },
    });
  });
});
