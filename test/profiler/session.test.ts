import { afterEach, describe, expect, test } from "vitest";
import { CodedError } from "../../src/engine/common/errors.ts";
import { PROFILE_COMPONENTS, type ProfileReport } from "../../src/engine/protocol/profiling.ts";
import { hotTables } from "../../src/profiler/hotFunctions.ts";
import { SchedulerSampler } from "../../src/profiler/sources/scheduler.ts";
import { readProcessStat } from "../../src/engine/common/processIdentity.ts";
import { runSession, type SessionAsked, type SessionWorld } from "../../src/profiler/session.ts";
import { INSPECTOR_STEPS } from "../../src/profiler/sources/inspector.ts";
import { identify, isThere, listeningPorts } from "../../src/profiler/sources/procTarget.ts";
import { reportsLeak } from "../../bench/lib/leakBench.ts";
import { CONTROLS, LEAK } from "../../bench/lib/memoryWorkers.ts";
import { SwarmMemory } from "../../src/profiler/sources/swarmMemory.ts";
import { endAll, isUntouched, startNode, startSleep, type Target, until } from "./realProcess.ts";

const never = new AbortController().signal;

function world(more: Partial<SessionWorld> = {}): SessionWorld & { readonly saved: Map<string, string> } {
  const saved = new Map<string, string>();
  return {
    saved,
    save: async (kind, pieces) => {
      let text = "";
      for await (const piece of pieces) text += piece;
      saved.set(kind, text);
      return { kind, path: `/p/${kind}`, bytes: text.length };
    },
    wallMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    ...more,
  };
}

function profile(
  target: Target,
  more: Partial<SessionAsked> = {},
  at = world(),
  signal = never,
): Promise<ProfileReport> {
  const asked = { durationMs: 1_500, components: PROFILE_COMPONENTS, consent: true, heapSnapshot: false };
  return runSession({ target: identify(target.pid), command: "planted", ...asked, ...more }, at, signal);
}

describe.runIf(process.platform === "linux")("a profile of a real process", () => {
  afterEach(endAll);

  test("finds a hot function by name and place, with a file for a flame graph", async () => {
    const target = await startNode("hot");
    const at = world();
    // Long enough for what the profiler does at its start to weigh little on a busy machine.
    const { cpu, recommendations, leftOpen, missing } = await profile(target, { durationMs: 5_000 }, at);
    expect(missing).toEqual([]);
    expect(cpu).toMatchObject({ method: "inspector", source: "measured", flamegraph: { kind: "cpuprofile" } });
    expect(cpu?.hotspots[0]).toMatchObject({ name: "plantedHot", line: 3, file: expect.stringContaining("hot-") });
    expect(cpu?.hotspots[0]?.selfRatio).toBeGreaterThan(0.5);
    expect(cpu?.samples).toBeGreaterThan(20);
    expect(recommendations[0]).toMatchObject({ type: "cpu", target: expect.stringMatching(/^plantedHot .*:3$/) });
    const file = JSON.parse(at.saved.get("cpuprofile") ?? "") as { nodes: { callFrame: { functionName: string } }[] };
    expect(file.nodes.map(({ callFrame }) => callFrame.functionName)).toContain("plantedHot");
    expect(leftOpen).toBeNull();
    expect(isUntouched(target)).toBe(true);
  });

  test("tells how much is named after the caller, where V8 inlined the hot function into it", async () => {
    const target = await startNode("inlined");
    const { cpu } = await profile(target, { components: ["cpu"] });
    const own = cpu?.hotspots.find(({ name }) => name === "plantedHot")?.selfRatio ?? 0;
    expect(own + (cpu?.misnamedRatio ?? 0)).toBeGreaterThan(0.5);
  });

  // Again where the machine is so busy that there were too few looks: then nothing is told.
  test("names a leak beside fifty times as much garbage", { timeout: 90_000, retry: 2 }, async () => {
    const leak = await profile(await startNode(LEAK), { durationMs: 20_000, components: ["memory"] });
    const { memory, recommendations } = leak;
    const seen = JSON.stringify([memory?.growth, memory?.leaksReason, memory?.collections]);
    expect(
      memory?.leaks.map(({ name }) => name),
      seen,
    ).toEqual(["plantedLeak"]);
    expect(memory?.leaks[0]).toMatchObject({ line: expect.any(Number), file: expect.stringContaining(".mjs") });
    // 1 MB/s, by its samples: of 100 of them give or take three standard errors, and the time of the looks.
    expect((memory?.leaks[0]?.bytesPerSecond ?? 0) / 1e6).toBeGreaterThan(0.5);
    expect((memory?.leaks[0]?.bytesPerSecond ?? 0) / 1e6).toBeLessThan(1.5);
    expect(memory?.growth.find(({ series }) => series === "retained")?.pattern).toBe("leak");
    const [most] = memory?.allocation?.sites ?? [];
    expect(most).toMatchObject({ name: "garbage" });
    expect((memory?.allocation?.allocatedBytesPerSecond ?? 0) / 1e6).toBeGreaterThan(20);
    expect(memory?.collections?.count).toBeGreaterThanOrEqual(8);
    expect(memory?.heapProfile).toMatchObject({ kind: "heapprofile" });
    const site = { type: "memory", target: expect.stringMatching(/^plantedLeak .*:\d+$/) };
    expect(recommendations).toContainEqual(expect.objectContaining(site));
  });

  test("calls nothing a leak that only looks like one", { timeout: 90_000 }, async () => {
    const names = ["cleared 5 MB/s at 20 MB", "oldest replaced 1 MB/s, 80 MB, full"];
    const controls = await Promise.all(
      names.map(async (name) => {
        const script = CONTROLS.find((one) => one.name === name)?.script ?? expect.fail(name);
        return profile(await startNode(script), { durationMs: 20_000, components: ["memory"] });
      }),
    );
    for (const report of controls) expect(reportsLeak(report), JSON.stringify(report.memory?.growth)).toBe(false);
  });

  test(
    "of this very process is made from within: no port, no signal, and nothing is left",
    { timeout: 30_000 },
    async () => {
      const target = identify(process.pid);
      const ports = listeningPorts(process.pid).length;
      let opened = 0;
      const at = world({ onInspector: (port) => void (port !== null && opened++) });
      // It calls itself: V8 does not inline such a one as a whole, so it keeps its name.
      const plantedOwn = (depth: number): number => {
        if (depth > 0) return plantedOwn(depth - 1);
        let sum = 0;
        for (const until = performance.now() + 20; performance.now() < until;) sum += Math.sqrt(sum + 1);
        return sum;
      };
      const busy = setInterval(() => plantedOwn(3), 25);
      try {
        const asked = { command: "own", durationMs: 1_000, consent: true, heapSnapshot: false, own: true } as const;
        const report = await runSession({ target, components: PROFILE_COMPONENTS, ...asked }, at, never);
        expect(report).toMatchObject({ missing: [], inspected: true, leftOpen: null });
        expect(report.cpu?.method).toBe("inspector");
        expect(report.cpu?.hotspots.map(({ name }) => name)).toContain("plantedOwn");
        expect(report.memory?.collections?.count).toBeGreaterThan(0);
        expect(report.application).toMatchObject({ nodeVersion: process.version, runtimeReason: null });
        expect([opened, listeningPorts(process.pid).length]).toEqual([0, ports]);
      } finally {
        clearInterval(busy);
      }
    },
  );

  test("of an agent tells the memory of all processes of its swarm, those that ended left out", async () => {
    const [one, two] = [await startNode("idle"), startSleep()];
    const processes = [one, two].map(({ pid }) => ({ agentId: "a", pid, startTime: identify(pid).startTime }));
    const gone = { agentId: "b", pid: one.pid, startTime: 1 };
    const swarm = { swarmId: "s", processes: () => [...processes, gone] };
    const memory = new SwarmMemory(swarm, () => performance.now());
    expect(memory.report()).toBeNull();
    await memory.round(0, never);
    const report = memory.report();
    expect(report).toMatchObject({ swarmId: "s", agentCount: 1, agents: [{ agentId: "a", processes: 2 }] });
    const [round] = report?.rounds ?? [];
    expect(round).toMatchObject({ processes: 2, leftOut: 0 });
    expect(round?.rssBytes).toBeGreaterThan(20e6);
    expect(round?.pssBytes).toBeLessThanOrEqual(round?.rssBytes ?? 0);
    expect(report?.cpuMsPerRound).toBeGreaterThanOrEqual(0);
    const { memory: told } = await profile(one, { components: ["memory"], consent: false, swarm });
    // Shorter than one round: its sum would leave some out.
    expect(told?.swarm).toBeNull();
  });

  test("calls nothing a leak that rises for a few seconds, and says that it was too short", async () => {
    const target = await startNode("leak");
    const { memory, recommendations } = await profile(target, { durationMs: 3_000, components: ["memory"] });
    expect(memory?.leaks).toEqual([]);
    expect(memory?.leaksReason?.code).toMatch(/^profile\.leak(?:Short|Looks)$/);
    expect(memory?.growth.filter(({ pattern }) => pattern === "leak")).toEqual([]);
    expect(recommendations).toEqual([]);
    expect(memory?.allocation?.sites[0]).toMatchObject({ name: expect.stringMatching(/^(?:plantedLeak|forgotten)$/) });
  });

  test("finds a loop that writes small pieces, without any inspector", async () => {
    const target = await startNode("disk");
    const report = await profile(target, { components: ["io"], consent: false });
    expect(report).toMatchObject({ inspected: false, cpu: null, missing: [] });
    expect(report.io?.writeCallsPerSecond).toBeGreaterThan(5_000);
    expect(report.recommendations).toContainEqual(
      expect.objectContaining({ type: "io", suggestion: { code: "profileAdvice.smallCalls", args: {} } }),
    );
    expect(report.io?.links.map(({ name }) => name)).toContain("lo");
  });

  test("finds an event loop that is blocked, and leaves nothing of its own there", async () => {
    const target = await startNode("blocking");
    const { application, recommendations } = await profile(target, { components: ["application"] });
    expect(application?.loopDelayP99Ms).toBeGreaterThan(100);
    expect(application?.loopBusyRatio).toBeGreaterThan(0.5);
    expect(application).toMatchObject({ nodeVersion: process.version });
    expect(recommendations).toContainEqual(
      expect.objectContaining({ type: "application", suggestion: { code: "profileAdvice.loop", args: {} } }),
    );
    expect(isUntouched(target)).toBe(true);
  });

  test("of one that hangs tells its hot function, and that no timer came", async () => {
    const target = await startNode("hung");
    const { cpu, application } = await profile(target, { components: ["cpu", "application"] });
    expect(cpu?.hotspots[0]).toMatchObject({ name: "plantedHang" });
    expect(application).toMatchObject({ loopDelayP99Ms: null });
    expect(isUntouched(target)).toBe(true);
  });

  test("of one that is not Node tells what the kernel tells, and names why there is no more", async () => {
    const report = await profile(startSleep(), { durationMs: 600 });
    expect(report.missing).toEqual([
      { component: "application", reason: expect.objectContaining({ code: "inspector.notNode" }) },
    ]);
    expect(report.cpu?.method).not.toBe("inspector");
    expect(report.memory).toMatchObject({ leaks: [], leaksReason: { code: "inspector.notNode" } });
    expect(report.memory?.snapshots[0]?.rssBytes).toBeGreaterThan(0);
    expect(report.io).toMatchObject({ writeBytesPerSecond: 0 });
  });

  test("without consent opens nothing, and says so", async () => {
    const target = await startNode("hot");
    const report = await profile(target, { consent: false, durationMs: 600 });
    expect(report).toMatchObject({ inspected: false, cpu: { methodReason: { code: "profile.consent" } } });
    expect(report.cpu?.hotspots.length).toBeGreaterThan(0);
    expect(report.missing.map(({ reason }) => reason.code)).toEqual(["profile.consent"]);
    expect(isUntouched(target)).toBe(true);
  });

  test("from outside sees the states of threads: one that runs, and none of one that sleeps", async () => {
    const hung = await startNode("hung");
    const sampler = new SchedulerSampler(hung.pid, "hung");
    let look = 0;
    await until("the main thread was seen running", () => {
      sampler.look(look++ * 20);
      return look > 10;
    });
    const [first] = hotTables(sampler.profile(0), 1).hotspots;
    expect(first?.name).toBe("running");
    const asleep = startSleep();
    await until("it sleeps", () => readProcessStat(asleep.pid)?.state === "S");
    const quiet = new SchedulerSampler(asleep.pid, "sleep");
    for (let n = 0; n < 3; n++) quiet.look(n * 20);
    expect(hotTables(quiet.profile(0), 1).hotspots).toEqual([]);
    expect(quiet.samples).toBe(2);
  });

  test("that is given up ends at once, and leaves the process as it was", async () => {
    const target = await startNode("hot");
    const abort = new AbortController();
    const onProgress: SessionWorld["onProgress"] = ({ kind }) => kind === "sampling" && abort.abort();
    const began = performance.now();
    await expect(profile(target, { durationMs: 600_000 }, world({ onProgress }), abort.signal)).rejects.toMatchObject({
      code: "aborted",
    });
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(isUntouched(target)).toBe(true);
  });

  test("keeps a heap snapshot when one is wanted", async () => {
    const target = await startNode("idle");
    const at = world();
    const { artefacts } = await profile(target, { components: ["memory"], durationMs: 500, heapSnapshot: true }, at);
    expect(artefacts.map(({ kind }) => kind)).toContain("heapsnapshot");
    expect(JSON.parse(at.saved.get("heapsnapshot") ?? "")).toHaveProperty("snapshot.meta");
  });

  test("of a pid without a process is refused", () => {
    expect(() => identify(2 ** 22 + 7)).toThrow(CodedError);
  });

  /** The connection that a session opens, which ends the target right before the nth message. */
  const NativeSocket = globalThis.WebSocket;
  function endAtMessage(count: number, end: () => void): void {
    let sent = 0;
    globalThis.WebSocket = class extends NativeSocket {
      override send(data: string): void {
        if (++sent === count) end();
        super.send(data);
      }
    };
  }

  const points = [
    ...INSPECTOR_STEPS.map((step) => ({ step, message: 0 })),
    ...Array.from({ length: 18 }, (_, n) => ({ step: null, message: n + 1 })),
  ];

  test(`whose process ends at one of ${points.length} points is a report or a reason, within 2 s`, async () => {
    const taken: number[] = [];
    for (const { step, message } of points) {
      const name = step ?? `message ${message}`;
      const target = await startNode("hot");
      const identity = identify(target.pid);
      let endedAt = Number.NaN;
      const end = () => {
        endedAt = performance.now();
        target.child.kill("SIGKILL");
      };
      if (step === null) endAtMessage(message, end);
      const onProgress: SessionWorld["onProgress"] = (at) => at.kind === "inspector" && at.step === step && end();
      try {
        const report = await profile(target, { durationMs: 300 }, world({ onProgress }));
        for (const { reason } of report.missing) expect(reason.code, name).toMatch(/^(?:profile|inspector)\./);
        expect(report.leftOpen, name).toBeNull();
      } catch (error) {
        expect(error, name).toBeInstanceOf(CodedError);
      } finally {
        globalThis.WebSocket = NativeSocket;
      }
      taken.push(performance.now() - endedAt);
      endAll();
      await until(`it is gone (${name})`, () => !isThere(identity));
    }
    expect(
      taken.every((ms) => ms < 2_000),
      taken.map(Math.round).join(" "),
    ).toBe(true);
  }, 60_000);
});
