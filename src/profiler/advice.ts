import type { CpuReport, HotSpot, ProfileAdvice, ProfileReport } from "../engine/protocol/profiling.ts";
import { ioAdvice } from "./ioAdvice.ts";
import { placeOf } from "./placeOf.ts";

/** From so large a share of the busy time on, one function is worth a look. */
const HOT_RATIO = 0.2;
const COLLECTOR_RATIO = 0.15;
/** A process that hardly runs has no hot spot that matters. */
const BUSY_RATIO = 0.1;
/** A keystroke waits noticeably from here on (Nielsen, Usability Engineering, 1993: 0.1 s feels instantaneous). */
const LOOP_DELAY_MS = 100;
const SWAP_BYTES = 64 << 20;

type Parts = Pick<ProfileReport, "process" | "cpu" | "memory" | "io" | "application">;

/** What is worth a look, each with the figure it rests on. Derived; nothing is advised about what was not seen. */
export function adviceFor({ process, cpu, memory, io, application }: Parts): ProfileAdvice[] {
  const pid = `pid ${process.pid}`;
  const advice: ProfileAdvice[] = [];
  const busy = cpu !== null && (cpu.busyRatio ?? 1) >= BUSY_RATIO;
  // States of threads are no functions.
  if (busy && cpu.method !== "scheduler")
    for (const spot of cpu.hotspots.filter((one) => one.selfRatio >= HOT_RATIO && !isWaiting(one, cpu)).slice(0, 3))
      advice.push({
        ...{ type: "cpu", target: placeOf(spot), suggestion: { code: "profileAdvice.hot", args: { name: spot.name } } },
        evidence: { code: "profileEvidence.self", args: { ratio: spot.selfRatio, samples: cpu.samples } },
      });
  const collector = busy ? ownCollectorRatio(cpu, memory) : 0;
  if (collector >= COLLECTOR_RATIO)
    advice.push({
      ...{ type: "memory", target: pid, suggestion: { code: "profileAdvice.collector", args: {} } },
      evidence: { code: "profileEvidence.collector", args: { ratio: collector } },
    });
  advice.push(...leakAdvice(memory, pid));
  const swap = memory?.snapshots.at(-1)?.swapBytes ?? 0;
  if (swap >= SWAP_BYTES)
    advice.push({
      ...{ type: "memory", target: pid, suggestion: { code: "profileAdvice.swap", args: {} } },
      evidence: { code: "profileEvidence.swap", args: { bytes: swap } },
    });
  advice.push(...ioAdvice({ process, cpu, io }));
  const delay = application?.loopDelayP99Ms ?? 0;
  if (delay >= LOOP_DELAY_MS)
    advice.push({
      ...{ type: "application", target: pid, suggestion: { code: "profileAdvice.loop", args: {} } },
      evidence: { code: "profileEvidence.loop", args: { ms: delay, ratio: application?.loopBusyRatio ?? null } },
    });
  return advice;
}

/** The collector's share of the busy time without the collections that the profile itself asked for. */
function ownCollectorRatio({ collectorRatio, busyRatio }: NonNullable<Parts["cpu"]>, memory: Parts["memory"]): number {
  const ours = (memory?.collections?.totalMs ?? 0) / Math.max(1, memory?.snapshots.at(-1)?.atMs ?? 1);
  return Math.max(0, (collectorRatio ?? 0) - ours / Math.max(BUSY_RATIO, busyRatio ?? 1));
}

/** By a series that grows like one: best by what is left after collections, and then with the place where one is known. */
function leakAdvice(memory: Parts["memory"], pid: string): ProfileAdvice[] {
  const leaking = memory?.growth.filter(({ pattern }) => pattern === "leak") ?? [];
  const growth = leaking.find(({ series }) => series === "retained") ?? leaking[0];
  if (memory === null || growth === undefined) return [];
  const evidence = {
    code: "profileEvidence.growth",
    args: { series: growth.series, bytes: growth.bytesPerSecond, points: growth.points },
  };
  if (memory.leaks.length === 0)
    return [{ type: "memory", target: pid, suggestion: { code: "profileAdvice.leak", args: {} }, evidence }];
  return memory.leaks.slice(0, 3).map((leak) => ({
    ...{ type: "memory", target: placeOf(leak), evidence },
    suggestion: { code: "profileAdvice.leakSite", args: { name: leak.name, bytes: leak.grownBytes } },
  }));
}

/** V8 counts a thread that stands in a call of the system as running in that call: the one to look at is who called it. */
function isWaiting({ file, selfRatio }: HotSpot, { blockingCallers }: CpuReport): boolean {
  const waited = (blockingCallers ?? []).reduce((sum, { ratio }) => sum + ratio, 0);
  const isNodes = file === null || file.startsWith("node:");
  // What rounding leaves.
  return isNodes && waited > 0 && selfRatio <= waited + 0.01;
}
