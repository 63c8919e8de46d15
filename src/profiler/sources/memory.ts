import { CodedError, type Coded, toCoded } from "../../engine/common/errors.ts";
import type { Growth, MemoryReport, MemorySnapshot } from "../../engine/protocol/profiling.ts";
import { growthOf } from "../growth.ts";
import { allocationOf, leaksIn, tooLittle } from "../leaks.ts";
import { HeapSampling } from "./heapSampling.ts";
import { isNode, isThere, readProc } from "./procTarget.ts";
import type { ProfileSource, SourceContext } from "./source.ts";

const LOOK_MS = 5_000;
/** Of a short profile so many looks, so that a pattern can be told at all. */
const LEAST_LOOKS = 12;

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

/** Memory of the process, and through an inspector of its heap and of the places that allocate. */
export const memorySource: ProfileSource<"memory", MemoryReport> = {
  component: "memory",
  wantsInspector: true,
  start: async (context) => {
    const { target, inspector, inspectorReason, signal, elapsedMs, durationMs } = context;
    const everyMs = Math.min(LOOK_MS, Math.max(100, durationMs / LEAST_LOOKS));
    const hasCollector = isNode(target.pid);
    const snapshots: MemorySnapshot[] = [];
    let reason: Coded | null = inspectorReason;
    let sampling: HeapSampling | null = null;
    if (inspector !== null) {
      try {
        sampling = await HeapSampling.start(inspector, signal, elapsedMs, target.pid);
      } catch (error) {
        reason = toCoded(error);
      }
    }
    const look = async (isLast: boolean): Promise<void> => {
      const heap = await heapOf(context);
      if (!isThere(target)) return;
      const atMs = elapsedMs();
      const memory = readMemory(target.pid);
      let retainedBytes: number | null = null;
      // Nothing was sampled yet at the first one.
      if (sampling !== null && reason === null && snapshots.length > 0 && (isLast || sampling.isDue)) {
        try {
          retainedBytes = await sampling.look();
        } catch (error) {
          reason = toCoded(error);
        }
      }
      snapshots.push({ atMs, ...memory, ...heap, retainedBytes });
    };
    return {
      everyMs,
      look: () => look(false),
      finish: async () => {
        // The last look may have been a moment ago.
        if (elapsedMs() - (snapshots.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY) > everyMs / 2) await look(true);
        await sampling?.end();
        if (snapshots.length === 0) throw new CodedError("profile.ended", { pid: target.pid });
        const growth = (["rss", "heapUsed", "retained"] as const).flatMap((series) => growthIn(series, snapshots));
        const retained = growth.find(({ series }) => series === "retained") ?? null;
        const { everything = null, looks = [], raw = null, samplingBytes = 0 } = sampling ?? {};
        return {
          snapshots,
          growth: judged(growth, retained, hasCollector),
          leaks: leaksIn(looks, retained, samplingBytes),
          leaksReason:
            looks.length > 0 ? tooLittle(looks, retained) : (reason ?? { code: "profile.noInspector", args: {} }),
          allocation: everything === null ? null : allocationOf(everything.sites, everything, looks),
          ...{ collections: sampling?.collections ?? null, swarm: null },
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

const COLUMNS = { rss: "rssBytes", heapUsed: "heapUsedBytes", retained: "retainedBytes" } as const;

function growthIn(series: Growth["series"], snapshots: readonly MemorySnapshot[]): Growth[] {
  const name = COLUMNS[series];
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
 * What rises with garbage in it is no leak while what is free of garbage is none, or is not known: the RSS of a Node process whose
 * inspector was lost rose for a minute, and it leaked nothing (seen on a busy machine).
 */
function judged(growth: readonly Growth[], retained: Growth | null, hasCollector: boolean): Growth[] {
  if (retained?.pattern === "leak" || (retained === null && !hasCollector)) return [...growth];
  return growth.map((one) => (one.pattern === "leak" ? { ...one, pattern: "unknown" } : one));
}
