import { CodedError, type Coded, toCoded } from "../../engine/common/errors.ts";
import type { LeakSuspect, MemoryReport, MemorySnapshot } from "../../engine/protocol/profiling.ts";
import { growthOf, theilSen } from "../growth.ts";
import { isThere, readProc } from "./procTarget.ts";
import type { ProfileSource, SourceContext } from "./source.ts";
import { allocationSites, frameOf, type V8HeapNode } from "./v8Profile.ts";

const LOOK_MS = 5_000;
/** Of a short profile so many looks, so that a pattern can be told at all. */
const LEAST_LOOKS = 12;
const SAMPLING_BYTES = 32_768;
const MOST_SUSPECTS = 10;
/** Less growth than this over the window is no suspect. */
const SUSPECT_BYTES = 256 * 1024;
/** Looks a site must be seen in to be judged. */
const LEAST_SITE_LOOKS = 4;
const FINISH_MS = 20_000;

export interface ProcessMemory {
  readonly rssBytes: number | null;
  readonly pssBytes: number | null;
  readonly swapBytes: number | null;
}

/** Of the whole process as the kernel counts it; without the right for `smaps_rollup` from `status`, which has no PSS. */
export function readMemory(pid: number): ProcessMemory {
  const rollup = readProc(pid, "smaps_rollup");
  const text = rollup ?? readProc(pid, "status") ?? "";
  const bytes = (name: string): number | null => {
    const [, kilobytes] = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text) ?? [];
    return kilobytes === undefined ? null : Number(kilobytes) * 1024;
  };
  return rollup === null
    ? { rssBytes: bytes("VmRSS"), pssBytes: null, swapBytes: bytes("VmSwap") }
    : { rssBytes: bytes("Rss"), pssBytes: bytes("Pss"), swapBytes: bytes("Swap") };
}

interface SitesLook {
  readonly atMs: number;
  readonly sites: ReturnType<typeof allocationSites>;
}

/** Memory of the process, and through an inspector of its heap and of the places that allocate. */
export const memorySource: ProfileSource<"memory", MemoryReport> = {
  component: "memory",
  wantsInspector: true,
  start: async (context) => {
    const { target, inspector, inspectorReason, signal, elapsedMs, durationMs } = context;
    const everyMs = Math.min(LOOK_MS, Math.max(100, durationMs / LEAST_LOOKS));
    const snapshots: MemorySnapshot[] = [];
    const looks: SitesLook[] = [];
    let reason: Coded | null = inspectorReason;
    let raw: { readonly head: V8HeapNode } | null = null;
    if (inspector !== null) {
      try {
        await inspector.call("HeapProfiler.enable", {}, signal);
        await inspector.call("HeapProfiler.startSampling", { samplingInterval: SAMPLING_BYTES }, signal);
      } catch (error) {
        reason = toCoded(error);
      }
    }
    const look = async (): Promise<void> => {
      const heap = await heapOf(context);
      if (!isThere(target)) return;
      const atMs = elapsedMs();
      snapshots.push({ atMs, ...readMemory(target.pid), ...heap });
      if (inspector === null || reason !== null) return;
      try {
        const answer = await inspector.call<{ profile: { head: V8HeapNode } }>(
          "HeapProfiler.getSamplingProfile",
          {},
          signal,
          FINISH_MS,
        );
        raw = answer.profile;
        looks.push({ atMs, sites: allocationSites(answer.profile.head) });
      } catch (error) {
        reason = toCoded(error);
      }
    };
    return {
      everyMs,
      look,
      finish: async () => {
        // The last look may have been a moment ago.
        if (elapsedMs() - (snapshots.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY) > everyMs / 2) await look();
        await inspector?.call("HeapProfiler.stopSampling", {}, signal, FINISH_MS).catch(() => undefined);
        if (snapshots.length === 0) throw new CodedError("profile.ended", { pid: target.pid });
        return {
          snapshots,
          growth: (["rss", "heapUsed"] as const).flatMap((series) => growthIn(series, snapshots)),
          leaks: suspects(looks),
          leaksReason: looks.length > 0 ? null : (reason ?? { code: "profile.noInspector", args: {} }),
          heapProfile: raw === null ? null : await context.save("heapprofile", [JSON.stringify(raw)]),
        };
      },
      // Sampling ends with the connection.
      abandon: () => Promise.resolve(),
    };
  },
};

type HeapFigures = Pick<MemorySnapshot, "heapUsedBytes" | "heapTotalBytes" | "externalBytes">;

async function heapOf({ inspector, signal }: SourceContext): Promise<HeapFigures> {
  const told = (await inspector?.evaluate("process.memoryUsage()", signal).catch(() => null)) as
    | Readonly<Record<string, unknown>>
    | null
    | undefined;
  const bytes = (name: string) => (typeof told?.[name] === "number" ? told[name] : null);
  return { heapUsedBytes: bytes("heapUsed"), heapTotalBytes: bytes("heapTotal"), externalBytes: bytes("external") };
}

function growthIn(series: "rss" | "heapUsed", snapshots: readonly MemorySnapshot[]) {
  const name = series === "rss" ? "rssBytes" : "heapUsedBytes";
  const told = snapshots.filter((snapshot) => snapshot[name] !== null);
  if (told.length === 0) return [];
  return [
    growthOf(
      series,
      told.map(({ atMs }) => atMs),
      told.map((snapshot) => snapshot[name] as number),
    ),
  ];
}

/**
 * Places whose living bytes grew from look to look. The first look is left out: what is allocated once at the start would
 * count as growth.
 */
export function suspects(looks: readonly SitesLook[]): LeakSuspect[] {
  const judged = looks.slice(1);
  if (judged.length < LEAST_SITE_LOOKS) return [];
  const last = judged.at(-1) as SitesLook;
  const times = judged.map(({ atMs }) => atMs);
  return [...last.sites]
    .flatMap(([key, { frame, bytes }]): LeakSuspect[] => {
      const sizes = judged.map(({ sites }) => sites.get(key)?.bytes ?? 0);
      const slope = theilSen(times, sizes);
      const grownLooks = sizes.filter((size, n) => n > 0 && size > (sizes[n - 1] as number)).length;
      const grownBytes = bytes - (sizes[0] as number);
      // Grown in most looks and over the whole: a cache that filled at once has not.
      if (grownBytes < SUSPECT_BYTES || slope.lowPerMs <= 0 || grownLooks * 2 <= sizes.length - 1) return [];
      const rate = slope.perMs * 1000;
      return [{ ...frameOf(frame), bytes, grownBytes, bytesPerSecond: rate, grownLooks, looks: sizes.length - 1 }];
    })
    .toSorted((a, b) => b.grownBytes - a.grownBytes)
    .slice(0, MOST_SUSPECTS);
}
