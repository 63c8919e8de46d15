import { afterEach, describe, expect, test } from "vitest";
import { CodedError } from "../../src/engine/common/errors.ts";
import { PROFILE_COMPONENTS, type ProfileReport } from "../../src/engine/protocol/profiling.ts";
import { hotTables } from "../../src/profiler/hotFunctions.ts";
import { SchedulerSampler } from "../../src/profiler/sources/scheduler.ts";
import { readProcessStat } from "../../src/engine/common/processIdentity.ts";
import { runSession, type SessionAsked, type SessionWorld } from "../../src/profiler/session.ts";
import { INSPECTOR_STEPS } from "../../src/profiler/sources/inspector.ts";
import { identify, isThere } from "../../src/profiler/sources/procTarget.ts";
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
    const { cpu, recommendations, leftOpen, missing } = await profile(target, {}, at);
    expect(missing).toEqual([]);
    expect(cpu).toMatchObject({ method: "inspector", source: "measured", flamegraph: { kind: "cpuprofile" } });
    expect(cpu?.hotspots[0]).toMatchObject({ name: "plantedHot", line: 3, file: expect.stringContaining("hot-") });
    // Most of it on a quiet machine; on a busy one the profiler's own work takes a share.
    expect(cpu?.hotspots[0]?.selfRatio).toBeGreaterThan(0.25);
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

  test("finds a leak by the place that allocates it, and not what is forgotten again", async () => {
    const target = await startNode("leak");
    const { memory, recommendations } = await profile(target, { durationMs: 3_000, components: ["memory"] });
    expect(memory?.leaks[0]).toMatchObject({ name: "plantedLeak", line: 3 });
    expect(memory?.leaks.map(({ name }) => name)).not.toContain("forgotten");
    expect(memory?.snapshots.length).toBeGreaterThanOrEqual(8);
    expect(memory?.snapshots.at(-1)?.heapUsedBytes).toBeGreaterThan(1e6);
    expect(memory?.heapProfile).toMatchObject({ kind: "heapprofile" });
    // Its RSS grows by about 6 MB a second.
    expect(memory?.growth.find(({ series }) => series === "rss")?.bytesPerSecond).toBeGreaterThan(1e6);
    const site = { type: "memory", target: expect.stringMatching(/^plantedLeak .*:3$/) };
    expect(recommendations).toContainEqual(expect.objectContaining(site));
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
