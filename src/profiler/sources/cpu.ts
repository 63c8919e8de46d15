import { type Coded, CodedError, toCoded } from "../../engine/common/errors.ts";
import { readEnvironmentVariable } from "../../engine/common/processIdentity.ts";
import type { CpuReport } from "../../engine/protocol/profiling.ts";
import { blockingCallers } from "../blockingCalls.ts";
import { writerOf } from "../formats/all.ts";
import { hotTables, selfRatioOf } from "../hotFunctions.ts";
import { nodeWeights, type Profile } from "../profile.ts";
import { LATENCY_SCRIPT_URL } from "./latencyScript.ts";
import { PerfSampler } from "./perf.ts";
import { SchedulerSampler } from "./scheduler.ts";
import type { ProfileSource, RunningSource, SourceContext, TargetInspector } from "./source.ts";
import { COLLECTOR, cpuProfileOf, misnamedRatioOf, PROGRAM, type V8CpuProfile } from "./v8Profile.ts";

/** Between two samples of V8; finer ones slow the process down. */
export const SAMPLING_MS = 10;
const SCHEDULER_MS = 20;
const FINISH_MS = 20_000;
const MOST_HOTSPOTS = 20;
const MOST_CALLERS = 10;

/** Where processor time goes: by V8's own profiler, else by the kernel's, else by what is seen of its threads. */
export const cpuSource: ProfileSource<"cpu", CpuReport> = {
  component: "cpu",
  wantsInspector: true,
  start: async (context) => {
    const { inspector, inspectorReason } = context;
    let reason = inspectorReason;
    if (inspector !== null) {
      try {
        return await byInspector(inspector, context);
      } catch (error) {
        if (isOver(error)) throw error;
        reason = toCoded(error);
      }
    }
    try {
      return await byPerf(context, reason);
    } catch (error) {
      if (isOver(error)) throw error;
      return byScheduler(context, reason === null || reason.code === "inspector.notNode" ? toCoded(error) : reason);
    }
  },
};

/** What is no function, and what we put into the process ourselves. */
function isNoneOfIts(name: string, file: string | null): boolean {
  return name === COLLECTOR || name === PROGRAM || file === LATENCY_SCRIPT_URL;
}

function isOver(error: unknown): boolean {
  return error instanceof CodedError && (error.code === "aborted" || error.code === "profile.ended");
}

async function byInspector(inspector: TargetInspector, context: SourceContext): Promise<RunningSource<CpuReport>> {
  const { signal, command, startedAtMs, save } = context;
  await inspector.call("Profiler.enable", {}, signal);
  await inspector.call("Profiler.setSamplingInterval", { interval: SAMPLING_MS * 1000 }, signal);
  await inspector.call("Profiler.start", {}, signal);
  await compileAnew(inspector, context);
  return {
    ...NO_LOOKS,
    finish: async () => {
      const { profile: raw } = await inspector.call<{ profile: V8CpuProfile }>("Profiler.stop", {}, signal, FINISH_MS);
      const profile = cpuProfileOf(raw, command, startedAtMs);
      context.onMainProfile(profile);
      return {
        ...{ method: "inspector", methodReason: null, source: "measured", intervalMs: SAMPLING_MS },
        samples: profile.sampleNode.length,
        ...hotTables(profile, MOST_HOTSPOTS, isNoneOfIts),
        busyRatio: busyRatioOf(profile),
        collectorRatio: selfRatioOf(profile, COLLECTOR),
        misnamedRatio: misnamedRatioOf(raw),
        blockingCallers: blockingCallers(profile, MOST_CALLERS, [LATENCY_SCRIPT_URL]),
        flamegraph: await save("cpuprofile", [JSON.stringify(raw)]),
      };
    },
    // The profiler stops with the connection.
    abandon: () => Promise.resolve(),
  };
}

/**
 * Makes V8 compile anew what it has compiled so far. Code from before the profiler began does not tell which functions were
 * inlined in it, and a loop that was compiled on its stack has no name at all, so the caller would be blamed: measured, 85% of a
 * hung function's time were its caller's, and 98% of one that loops. Precise counting throws all compiled code away once (4 to 8 ms
 * here); the process is slower for some moments. One that counts its own coverage is left alone: the count would end.
 */
async function compileAnew(inspector: TargetInspector, { target, signal }: SourceContext): Promise<void> {
  if (readEnvironmentVariable(target.pid, "NODE_V8_COVERAGE") !== null) return;
  await inspector.call("Profiler.startPreciseCoverage", { callCount: true, detailed: false }, signal);
  await inspector.call("Profiler.stopPreciseCoverage", {}, signal);
}

async function byPerf(context: SourceContext, reason: Coded | null): Promise<RunningSource<CpuReport>> {
  const { target, signal, command, startedAtMs, durationMs } = context;
  const sampler = await PerfSampler.start(target.pid, durationMs, signal);
  return {
    ...NO_LOOKS,
    finish: async () => {
      const { profile, samples } = await sampler.finish(command, startedAtMs, signal);
      const told = { method: "perf", methodReason: reason, source: "measured" } as const;
      // Only what ran was sampled: how much of the time that was is not told by it.
      return outside(context, profile, { ...told, samples, intervalMs: PerfSampler.intervalMs, busyRatio: null });
    },
    abandon: () => sampler.abandon(),
  };
}

function byScheduler(context: SourceContext, reason: Coded | null): RunningSource<CpuReport> {
  const { target, command, startedAtMs, elapsedMs } = context;
  const sampler = new SchedulerSampler(target.pid, command);
  sampler.look(elapsedMs());
  return {
    everyMs: SCHEDULER_MS,
    look: () => {
      sampler.look(elapsedMs());
      return Promise.resolve();
    },
    finish: () => {
      const profile = sampler.profile(startedAtMs);
      const told = { method: "scheduler", methodReason: reason, source: "derived" } as const;
      const figures = { samples: sampler.samples, intervalMs: SCHEDULER_MS, busyRatio: busyRatioOf(profile) };
      return outside(context, profile, { ...told, ...figures });
    },
    abandon: () => Promise.resolve(),
  };
}

type Outside = Pick<CpuReport, "method" | "methodReason" | "source" | "samples" | "intervalMs" | "busyRatio">;

async function outside({ save }: SourceContext, profile: Profile, told: Outside): Promise<CpuReport> {
  const folded = String(writerOf("folded").write(profile));
  return {
    ...told,
    ...hotTables(profile, MOST_HOTSPOTS),
    collectorRatio: null,
    misnamedRatio: null,
    blockingCallers: null,
    flamegraph: folded === "" ? null : await save("folded", [folded]),
  };
}

const NO_LOOKS = { everyMs: null, look: () => Promise.resolve() } as const;

/** Share of the sampled time in which something ran. */
function busyRatioOf(profile: Profile): number | null {
  const sum = profile.sampleWeight.reduce((total, weight) => total + weight, 0);
  return sum === 0 ? null : nodeWeights(profile).all / sum;
}
