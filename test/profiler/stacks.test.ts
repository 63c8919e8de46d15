import { afterEach, describe, expect, test } from "vitest";
import type { StackReport } from "../../src/engine/protocol/profiling.ts";
import { readProcessStat } from "../../src/engine/common/processIdentity.ts";
import { identify } from "../../src/profiler/sources/procTarget.ts";
import { dumpStacks } from "../../src/profiler/stacks.ts";
import { endAll, isUntouched, startNode, startProgram, startSleep, type Target, until } from "./realProcess.ts";

const signal = new AbortController().signal;

function stacksOf({ pid }: Target, consent = true, ports: (number | null)[] = []): Promise<StackReport> {
  return dumpStacks({ target: identify(pid), command: "target", consent }, signal, (port) => void ports.push(port));
}

const stateOf = ({ pid }: Target) => readProcessStat(pid)?.state;
const reasonOf = (report: StackReport) => report.untold.find(({ part }) => part === "javascript")?.reason.code;

/** Looks again while a process has not come so far yet, as after its start on a crowded machine. */
async function seenAs(target: Target, code: string): Promise<StackReport> {
  let report = await stacksOf(target, false);
  for (let n = 0; n < 50 && report.verdict.code !== code; n++) report = await stacksOf(target, false);
  return report;
}

describe.runIf(process.platform === "linux")("the stacks of a real process", () => {
  afterEach(endAll);

  test("show where JavaScript hangs, with what it uses, and leave it as it was", async () => {
    const hung = await startNode("hung");
    const ports: (number | null)[] = [];
    const report = await stacksOf(hung, true, ports);
    expect(report.frames[0]).toMatchObject({ name: "plantedHang", line: 2, file: expect.stringContaining("hung-") });
    expect(report).toMatchObject({ idleMs: null, leftOpen: null, moreThreads: 0 });
    expect(report.verdict).toMatchObject({ code: "hang.loop", args: { name: "plantedHang" } });
    expect(report.verdict.args["place"]).toMatch(/hung-\d+\.mjs:2$/);
    const [main, ...others] = report.threads;
    expect(main).toMatchObject({ tid: hung.pid, state: "running" });
    // On a crowded machine it stands in line for the rest.
    const wanted = (main?.cpuRatio ?? 0) + (main?.cpuWaitRatio ?? 0);
    expect(wanted).toBeGreaterThan(0.5);
    expect(wanted).toBeLessThanOrEqual(1);
    expect(others.length).toBeGreaterThan(2);
    expect(others.some(({ systemCall }) => systemCall?.name === "futex")).toBe(true);
    expect(ports).toEqual([expect.any(Number), null]);
    expect(isUntouched(hung)).toBe(true);
  });

  test("say that an idle one waits for events and runs no JavaScript", async () => {
    const idle = await startNode("idle");
    await seenAs(idle, "hang.idle");
    const report = await stacksOf(idle);
    expect(report).toMatchObject({ frames: [], idleMs: 1_500, leftOpen: null, verdict: { code: "hang.idle" } });
    expect(report.threads[0]?.systemCall?.name).toMatch(/^epoll_p?wait/);
    expect(isUntouched(idle)).toBe(true);
  });

  test("without consent open nothing, and tell the threads", async () => {
    const hung = await startNode("hung");
    const ports: (number | null)[] = [];
    const report = await stacksOf(hung, false, ports);
    expect(report).toMatchObject({ frames: [], idleMs: null, verdict: { code: "hang.runs" } });
    expect(reasonOf(report)).toBe("stacks.consent");
    expect(ports).toEqual([]);
    expect(isUntouched(hung)).toBe(true);
  });

  test("of what is no Node are its threads; no signal reaches it", async () => {
    const sleep = startSleep();
    await until("it sleeps", () => stateOf(sleep) === "S");
    const asleep = await stacksOf(sleep);
    expect(asleep).toMatchObject({ verdict: { code: "hang.sleep" }, threads: [{ name: "sleep", state: "sleeping" }] });
    expect(reasonOf(asleep)).toBe("inspector.notNode");
    const cat = startProgram("cat");
    await until("it reads", () => stateOf(cat) === "S");
    const reading = await stacksOf(cat);
    expect(reading.verdict.code).toBe("hang.data");
    expect(reading.threads[0]).toMatchObject({ systemCall: { name: "read" } });
    expect(reading.threads[0]?.waitsOn).toMatch(/^(?:pipe|socket):/);
    const shell = startProgram("sh", "-c", "sleep 60; true");
    await until("it waits", () => stateOf(shell) === "S");
    expect((await stacksOf(shell)).verdict.code).toBe("hang.child");
    for (const { child } of [sleep, cat, shell]) expect(child.exitCode ?? child.signalCode).toBeNull();
  });

  test("of one that is stopped say so, and it stays stopped", async () => {
    const target = await startNode("hung");
    process.kill(target.pid, "SIGSTOP");
    await until("it is stopped", () => stateOf(target) === "T");
    const report = await stacksOf(target);
    expect(report.verdict.code).toBe("hang.stopped");
    expect(reasonOf(report)).toBe("inspector.stopped");
    expect(stateOf(target)).toBe("T");
    process.kill(target.pid, "SIGCONT");
  });

  test("name the thread that works beside an idle event loop", async () => {
    const target = await startNode("worker");
    const report = await seenAs(target, "hang.thread");
    expect(report.verdict).toMatchObject({ code: "hang.thread" });
    expect(report.verdict.args["tid"]).not.toBe(target.pid);
    expect(report.verdict.args["main"]).toMatch(/epoll/);
  });

  test("of Node that reads outside JavaScript say from what; a signal would break that off, so none is sent", async () => {
    const target = await startNode("reading");
    await until("it reads", () => stateOf(target) === "S");
    const report = await stacksOf(target);
    expect(report.untold.find(({ part }) => part === "javascript")?.reason).toMatchObject({
      ...{ code: "inspector.inCall", args: { call: "read" } },
    });
    expect(report.verdict).toMatchObject({
      ...{ code: "hang.data", args: { file: expect.stringMatching(/^(?:pipe|socket):/) } },
    });
    expect(target.child.exitCode).toBeNull();
    expect(isUntouched(target)).toBe(true);
  });

  test("of Node whose event loop does not answer tell that, and its threads", { timeout: 20_000 }, async () => {
    const target = await startNode("deaf");
    const report = await stacksOf(target);
    expect(reasonOf(report)).toBe("inspector.notOpened");
    expect(report.verdict.code).toBe("hang.deaf");
    expect(target.child.exitCode).toBeNull();
  });

  test("are refused for a process that is another one by now, and given up when nobody waits", async () => {
    const target = await startNode("idle");
    const other = { ...identify(target.pid), startTime: 1 };
    const asked = { target: other, command: "other", consent: true };
    await expect(dumpStacks(asked, signal)).rejects.toMatchObject({ code: "profile.changed" });
    const given = AbortSignal.abort();
    const mine = { ...asked, target: identify(target.pid) };
    await expect(dumpStacks(mine, given)).rejects.toMatchObject({ code: "aborted" });
    expect(isUntouched(target)).toBe(true);
  });
});
