import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { ManualClock } from "../../src/engine/common/clock.ts";
import { CodedError } from "../../src/engine/common/errors.ts";
import type { ProfiledStacks, ProfilerPort } from "../../src/engine/ports.ts";
import { ProfileFiles } from "../../src/engine/profileFiles.ts";
import { Profiling, type ProfilingParts } from "../../src/engine/profiling.ts";
import { swarmOfProcess } from "../../src/engine/profiledTasks.ts";
import type { ProfileComponent, ProfiledTasks, ProfileReport, WaitCause } from "../../src/engine/protocol/profiling.ts";
import { createProfileHandlers } from "../../src/engine/serve/profileCalls.ts";
import { agentSample, observedSample, overviewSample } from "../cli/samples.ts";

const folder = mkdtempSync(join(tmpdir(), "sw-files-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const warned: string[] = [];
const log = { debug() {}, info() {}, warn: (code: string) => void warned.push(code), error() {} };
const signal = new AbortController().signal;
const OWN_PID = 900;
const kept: ProfiledStacks[] = [];
const SOLO = {
  ...{ enginePid: OWN_PID, swarmOf: () => null, tasksOf: () => null },
  accounts: { keepStacks: (one: ProfiledStacks) => kept.push(one) > 0 },
};

function profiling(more: Partial<ProfilerPort> = {}, of: Partial<ProfilingParts> = {}) {
  const clock = new ManualClock();
  const profiler: ProfilerPort = {
    identify: (pid) => ({ pid, startTime: 100, bootId: "b" }),
    commandOf: (pid) => `program ${pid}`,
    inspectorRefusal: () => null,
    runSession: () => Promise.reject(new CodedError("test.absent")),
    closeLeftOver: () => Promise.resolve(null),
    dumpStacks: () => Promise.reject(new CodedError("test.absent")),
    ...more,
  };
  const files = new ProfileFiles(join(folder, "none"), clock, log);
  return new Profiling({ profiler, files, clock, log, ownPids: new Set([OWN_PID]), ...SOLO, ...of });
}

const asked = { process: { pid: 7, startTime: 100 }, durationMs: 1_000, components: ["cpu" as const], consent: true };

describe("a profile that is asked for", () => {
  test("is refused for another process than the one agreed to, and for our own", async () => {
    const port = profiling();
    await expect(port.run({ ...asked, process: { pid: 7, startTime: 99 } }, signal)).rejects.toMatchObject({
      code: "profile.changed",
    });
    await expect(port.run({ ...asked, process: { pid: OWN_PID, startTime: 100 } }, signal)).rejects.toMatchObject({
      code: "profile.own",
    });
    await expect(port.stacks({ process: { pid: 7, startTime: 1 }, consent: true }, signal)).rejects.toMatchObject({
      code: "profile.changed",
    });
    expect(() => port.preview({ pid: OWN_PID })).toThrow(CodedError);
  });

  test("says how far it is: steps without a length, the sampling with one", async () => {
    const said: unknown[] = [];
    const port = profiling({
      runSession: (_, { onProgress }) => {
        onProgress({ kind: "inspector", step: "signalled" });
        onProgress({ kind: "sampling", elapsedMs: 250, durationMs: 1_000 });
        onProgress({ kind: "sampling", elapsedMs: 1_009, durationMs: 1_000 });
        onProgress({ kind: "finishing" });
        onProgress({ kind: "snapshot" });
        onProgress({ kind: "inspector", step: "closing" });
        return Promise.reject(new CodedError("aborted"));
      },
    });
    const run = port.run(asked, signal, ({ step, doneRatio }) => said.push([step.code, doneRatio]));
    await expect(run).rejects.toMatchObject({ code: "aborted" });
    expect(said).toEqual([
      ["profileProgress.opening", null],
      ["profileProgress.sampling", 0.25],
      ["profileProgress.sampling", 1],
      ["profileProgress.finishing", null],
      ["profileProgress.snapshot", null],
      ["profileProgress.closing", null],
    ]);
  });

  test("is made alone: a second one is refused until the first is over, however that ended", async () => {
    const { promise, reject } = Promise.withResolvers<ProfileReport>();
    const port = profiling({ runSession: () => promise });
    const first = port.run(asked, signal);
    await expect(port.run(asked, signal)).rejects.toMatchObject({ code: "profile.busy" });
    await expect(port.stacks({ process: asked.process, consent: true }, signal)).rejects.toMatchObject({
      code: "profile.busy",
    });
    // Looking at threads from outside gets in nobody's way.
    await expect(port.stacks({ process: asked.process, consent: false }, signal)).rejects.toMatchObject({
      code: "test.absent",
    });
    reject(new CodedError("aborted"));
    await expect(first).rejects.toMatchObject({ code: "aborted" });
    await expect(port.run(asked, signal)).rejects.toMatchObject({ code: "aborted" });
  });

  test("leaves how the main thread's time divides with the accounts, and nothing when it was given up", async () => {
    const stacks = { frames: [], nodeFrame: [], nodeParent: [], selfRatio: [] };
    const report = { startedAtMs: 5_000, durationMs: 900 } as ProfileReport;
    kept.length = 0;
    await profiling({ runSession: async (_, { onStacks }) => (onStacks(stacks), report) }).run(asked, signal);
    expect(kept).toEqual([{ pid: 7, startTime: 100, fromMs: 5_000, toMs: 5_900, stacks }]);
    const givenUp: ProfilerPort["runSession"] = (_, { onStacks }) => {
      onStacks(stacks);
      return Promise.reject(new CodedError("aborted"));
    };
    await expect(profiling({ runSession: givenUp }).run(asked, signal)).rejects.toMatchObject({ code: "aborted" });
    expect(kept).toHaveLength(1);
  });

  test("that a killed engine was making leaves a note, by which the next one closes the inspector", async () => {
    const target = { pid: 7, startTime: 100, bootId: "b" };
    const killed = profiling({
      runSession: (_, { onInspector }) => {
        onInspector(4_711);
        return new Promise(() => undefined);
      },
    });
    void killed.run(asked, signal);
    const closed: unknown[] = [];
    const closeLeftOver = (...of: unknown[]) => {
      closed.push(of);
      return Promise.reject(new CodedError("inspector.lost", { pid: 7 }));
    };
    await profiling({ closeLeftOver }).recover();
    await profiling({ closeLeftOver }).recover();
    expect(closed).toEqual([[target, 4_711]]);
    expect(warned).toContain("inspector.lost");
  });

  test("of an agent names it with its open work, of a swarm its busiest agent, of a pid the agent that it is", async () => {
    const agents = [
      agentSample(7, { id: "lazy", usage: { ...agentSample(7).usage, cpuCores: 0.1 } }),
      agentSample(8, { id: "busy", usage: { ...agentSample(8).usage, cpuCores: 0.9 } }),
    ];
    const swarm = observedSample({ id: "found", agents });
    const { profilePreview } = createProfileHandlers(
      { profiling: profiling(), overview: () => overviewSample({ swarms: [swarm] }) },
      (agentId) => {
        const { pid } = agents.find(({ id }) => id === agentId) ?? expect.fail(agentId);
        const openWork = [{ code: "work.tool", args: { name: "vitest" } }];
        return {
          ...{ agentId, pid, startTime: 100, command: "claude", swarmId: "found", managed: false, openWork },
          processCount: 1,
        };
      },
    );
    const of = (params: Parameters<typeof profilePreview>[0]) => profilePreview(params, {} as never);
    expect(await of({ swarmId: "found" })).toMatchObject({ agentId: "busy", pid: 8, swarmId: "found" });
    expect(await of({ agentId: "lazy" })).toMatchObject({
      pid: 7,
      command: "claude",
      openWork: [{ code: "work.tool" }],
    });
    expect(await of({ pid: 8 })).toMatchObject({ agentId: "busy", command: "claude" });
    expect(await of({ pid: 9 })).toMatchObject({ agentId: null, command: "program 9", openWork: [], isNode: true });
    expect(() => of({ swarmId: "none" })).toThrow(expect.objectContaining({ code: "swarm.unknown" }));
  });
});

describe("a profile of an agent of a swarm", () => {
  const report = {
    ...{ process: { pid: 7, startTime: 100, command: "c" }, startedAtMs: 0, durationMs: 1_000, ended: false },
    ...{ inspected: false, leftOpen: null, cpu: null, memory: null, io: null, application: null, artefacts: [] },
    missing: [{ component: "application" as const, reason: { code: "profile.consent", args: { pid: 7 } } }],
    recommendations: [],
  } satisfies ProfileReport;
  const link = (taskId: string, waitedFor: WaitCause) => ({
    ...{ taskId, label: taskId, lane: "standard" as const, agentId: "a", waitMs: 0, runMs: 1_000, waitedFor },
    inBatch: true,
  });
  const tasks = (links: readonly ReturnType<typeof link>[]): ProfiledTasks => ({
    ...{ swarmId: "s", source: "measured", lanes: [], running: 0, whole: true, batches: 1 },
    path: {
      ...{ tasks: 9, submittedAtMs: 0, makespanMs: 3_000, waitMs: 0, runMs: 3_000, agents: 1, busyMs: 3_000 },
      ...{ linkCount: links.length, links },
    },
  });
  const chain = tasks([link("a", "nothing"), link("b", "agent"), link("c", "agent")]);
  const swarmOf = (pid: number) => (pid === 7 ? { swarmId: "s", processes: () => [] } : null);
  const run = (told: ProfiledTasks | null, components: ProfileComponent[]) =>
    profiling({ runSession: () => Promise.resolve(report) }, { swarmOf, tasksOf: () => told }).run(
      { ...asked, components },
      signal,
    );

  test("tells its tasks without an inspector too, and why the event loop is not told", async () => {
    const { application, missing, recommendations } = await run(chain, ["application"]);
    expect(application).toMatchObject({
      loopDelayP99Ms: null,
      nodeVersion: null,
      runtimeReason: { code: "profile.consent" },
    });
    expect(application?.tasks?.path?.links).toHaveLength(3);
    expect(missing).toEqual([]);
    expect(recommendations).toEqual([
      expect.objectContaining({
        type: "application",
        target: "s",
        suggestion: { code: "profileAdvice.moreAgents", args: {} },
      }),
    ]);
    const alone = tasks([link("a", "nothing"), link("b", "agent"), link("c", "unknown")]);
    expect((await run(alone, ["application"])).recommendations).toEqual([]);
    expect(await run(null, ["application"])).toEqual(report);
    expect(await run(chain, ["cpu"])).toEqual(report);
  });

  test("knows the swarm by the agent, its helpers and its tools", () => {
    const helper = { pid: 71, startTime: 5, name: "h", cpuCores: null, rssBytes: null };
    const swarms = [observedSample({ id: "found", agents: [agentSample(7, { id: "a", helpers: [helper] })] })];
    const of = (pid: number) => swarmOfProcess(() => overviewSample({ swarms }), pid);
    expect(of(7)?.swarmId).toBe("found");
    expect(
      of(71)
        ?.processes()
        .map(({ agentId, pid }) => [agentId, pid]),
    ).toContainEqual(["a", 71]);
    expect(of(72)).toBeNull();
  });

  test("of the engine itself is made from within, with no heap snapshot, and one at a time", async () => {
    const sessions: unknown[] = [];
    const port = profiling({
      runSession: (session) => {
        sessions.push(session);
        return Promise.resolve(report);
      },
    });
    await port.runEngine({ durationMs: 500, components: ["cpu"] }, signal);
    expect(sessions).toEqual([
      expect.objectContaining({ target: expect.objectContaining({ pid: OWN_PID }), own: true, heapSnapshot: false }),
    ]);
  });
});

describe("files of profiles", () => {
  test("are their owner's only, and the newest fifty are kept; what is not ours stays", async () => {
    const place = join(folder, "kept");
    const clock = new ManualClock();
    const save = new ProfileFiles(place, clock, log).saver(7);
    for (let n = 0; n < 53; n++) {
      expect(await save("folded", ["a;b ", `${n}\n`])).toMatchObject({ kind: "folded", bytes: `a;b ${n}\n`.length });
      if (n === 0) writeFileSync(join(place, "mine.txt"), "x");
      clock.advance(1_000);
    }
    const names = readdirSync(place).toSorted();
    expect(names).toHaveLength(51);
    expect(names).toContain("mine.txt");
    expect(statSync(join(place, names[0] as string)).mode & 0o777).toBe(0o600);
    expect(statSync(place).mode & 0o777).toBe(0o700);
  });

  test("that cannot be written are logged, and nothing half-written stays", async () => {
    const place = join(folder, "broken");
    const save = new ProfileFiles(place, new ManualClock(), log).saver(7);
    const broken = (function* () {
      yield "a";
      throw new Error("the process has ended");
    })();
    expect(await save("folded", broken)).toBeNull();
    expect(warned).toContain("profile.notKept");
    expect(readdirSync(place)).toEqual([]);
  });
});
