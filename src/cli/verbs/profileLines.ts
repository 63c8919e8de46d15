import type { ProfilePerformanceOutput } from "../../engine/protocol/cli.ts";
import type { CpuMethod, GrowthPattern, GrowthSeries, ProfileFrame, Shares } from "../../engine/protocol/profiling.ts";
import { bytesPerSecondText, bytesText, countText, durationText, numberText, ratioText } from "../../text/figures.ts";
import { resourcesText, runtimeText, taskLines } from "../../text/profileApplication.ts";
import { packageText, scriptText } from "../../text/profileCpu.ts";
import { allocationLines, collectionsText, framePlace, swarmMemoryLines } from "../../text/profileMemory.ts";
import { printable } from "../../text/printable.ts";
import { reasonText } from "../../text/reasons.ts";
import type { Line } from "../lines.ts";
import { type Column, table } from "../table.ts";

const SHARE_COLUMNS: readonly Column[] = [
  { title: "SELF", align: "right" },
  { title: "TOTAL", align: "right" },
];
const HOT_COLUMNS: readonly Column[] = [
  { title: "SAMPLES", align: "right" },
  ...SHARE_COLUMNS,
  { title: "FUNCTION", align: "left" },
];
const MOST_ROWS = 10;
const MOST_GROUPS = 5;
/** Less than this changes no order of the functions. */
const LEAST_MISNAMED = 0.01;

const METHODS: Readonly<Record<CpuMethod, string>> = {
  inspector: "V8's profiler",
  perf: "perf",
  scheduler: "states of its threads",
};

const PATTERNS: Readonly<Record<GrowthPattern, string>> = {
  steady: "steady",
  sawtooth: "rises and falls, no leak seen",
  step: "rose in a step",
  leak: "grows like a leak",
  unknown: "too short to tell",
};

const SERIES: Readonly<Record<GrowthSeries, string>> = {
  rss: "RSS",
  heapUsed: "heap",
  retained: "heap after collections",
};

/** A profile for people: each component in some lines, what is missing, and what to do at the end. */
export function profileLines(output: ProfilePerformanceOutput, width: number | null): Line[] {
  const { process, durationMs, ended, leftOpen, missing, recommendations, artefacts } = output;
  return [
    [{ text: `pid ${process.pid}`, tone: "strong" }, `  ${printable(process.command)}`],
    [`${durationText(durationMs)}${ended ? ", until it ended" : ""}`],
    ...(leftOpen === null ? [] : [[{ text: reasonText(leftOpen), tone: "warn" as const }]]),
    ...cpuLines(output.cpu, width),
    ...memoryLines(output.memory),
    ...ioLines(output.io),
    ...applicationLines(output.application),
    ...(missing.length === 0 ? [] : [[]]),
    ...missing.map(({ component, reason }): Line => [{ text: `${component}: `, tone: "faint" }, reasonText(reason)]),
    ...(recommendations.length === 0 ? [] : [[], title("What to do")]),
    ...recommendations.map(({ target, suggestion, evidence }): Line => [
      `  ${printable(target)}: ${reasonText(suggestion)} `,
      { text: `(${reasonText(evidence)})`, tone: "faint" },
    ]),
    ...(artefacts.length === 0 ? [] : [[]]),
    ...artefacts.map(({ path, bytes }): Line => [{ text: `${path}  ${bytesText(bytes)}`, tone: "faint" }]),
  ];
}

function title(text: string, more = ""): Line {
  return [{ text, tone: "strong" }, more];
}

function cpuLines(cpu: ProfilePerformanceOutput["cpu"], width: number | null): Line[] {
  if (cpu === null) return [];
  const busy = cpu.busyRatio === null ? "" : ` · busy ${ratioText(cpu.busyRatio)}`;
  const collector = cpu.collectorRatio === null ? "" : ` · collector ${ratioText(cpu.collectorRatio)} of that`;
  const rows = cpu.hotspots
    .slice(0, MOST_ROWS)
    .map((spot) => [
      String(spot.samples),
      ratioText(spot.selfRatio),
      ratioText(spot.totalRatio),
      `${printable(spot.name)}${framePlace(spot)}`,
    ]);
  return [
    [],
    title("CPU", `  ${countText(cpu.samples, "sample")} by ${METHODS[cpu.method]} (${cpu.source})${busy}${collector}`),
    ...(cpu.methodReason === null ? [] : [[{ text: reasonText(cpu.methodReason), tone: "faint" as const }]]),
    ...misnamedLines(cpu.misnamedRatio),
    ...(rows.length === 0 ? [["  Nothing ran."]] : table(HOT_COLUMNS, rows, width)),
    ...leftOutLine(rows.length, cpu.counts.functions),
    ...shareTable("FILE", cpu.scripts, scriptText, width),
    ...shareTable("PACKAGE", cpu.packages, packageText, width),
  ];
}

function leftOutLine(shown: number, all: number): Line[] {
  return shown < all ? [[{ text: `The first ${shown} of ${countText(all, "function")}.`, tone: "faint" }]] : [];
}

/** Of one row alone the table of functions has said it all. */
function shareTable<T extends Shares>(
  name: string,
  spots: readonly T[],
  textOf: (spot: T) => string,
  width: number | null,
): Line[] {
  if (spots.length < 2) return [];
  const rows = spots
    .slice(0, MOST_GROUPS)
    .map((spot) => [ratioText(spot.selfRatio), ratioText(spot.totalRatio), textOf(spot)]);
  return [[], ...table([...SHARE_COLUMNS, { title: name, align: "left", elastic: true }], rows, width)];
}

/** Whoever acts on a name must know that it may be another's. */
function misnamedLines(ratio: number | null): Line[] {
  if (ratio === null || ratio < LEAST_MISNAMED) return [];
  const share = ratioText(ratio);
  return [[{ text: `At least ${share} ran in functions that V8 inlined and names after their caller.`, tone: "warn" }]];
}

function memoryLines(memory: ProfilePerformanceOutput["memory"]): Line[] {
  if (memory === null) return [];
  const last = memory.snapshots.at(-1);
  const heap = last?.heapUsedBytes == null ? "" : ` · heap ${bytesText(last.heapUsedBytes)}`;
  const pss = last?.pssBytes == null ? "" : ` · PSS ${bytesText(last.pssBytes)}`;
  return [
    [],
    title("Memory", `  RSS ${bytesText(last?.rssBytes ?? null)}${pss}${heap}`),
    ...memory.growth.map((one): Line => {
      const rate = one.bytesPerSecond === null ? "" : `, ${bytesPerSecondText(one.bytesPerSecond)}`;
      const sure =
        one.confidence === null || one.pattern === "steady"
          ? ""
          : `, a trend with ${sureText(one.confidence)} confidence`;
      const open =
        one.pattern === "leak" && one.series !== "retained" && one.falls === 0
          ? "; no collection was seen, so a part may be garbage"
          : "";
      const pattern =
        one.pattern === "unknown" && one.bytesPerSecond !== null ? "rises, no leak shown" : PATTERNS[one.pattern];
      return [`  ${SERIES[one.series]}: ${pattern}${rate}${sure} (derived, ${countText(one.points, "look")})${open}`];
    }),
    ...memory.leaks
      .slice(0, 5)
      .map((leak): Line => [
        `  leaks: ${printable(leak.name)}${framePlace(leak)}  ${bytesText(leak.grownBytes)} more, in ${leak.grownLooks} of ${leak.looks} looks${calledBy(leak.callers)}`,
      ]),
    ...(memory.allocation === null ? [] : allocationLines(memory.allocation).map((text): Line => [`  ${text}`])),
    ...(memory.collections === null || memory.collections.count === 0
      ? []
      : [[{ text: `  ${collectionsText(memory.collections)}`, tone: "faint" as const }]]),
    ...(memory.swarm === null ? [] : swarmMemoryLines(memory.swarm).map((text): Line => [`  ${text}`])),
    ...(memory.leaksReason === null
      ? []
      : [[{ text: `  no leak can be told: ${reasonText(memory.leaksReason)}`, tone: "faint" as const }]]),
  ];
}

/** Who calls what allocates: of a small helper that is what tells most. */
function calledBy(callers: readonly ProfileFrame[]): string {
  return callers.length === 0
    ? ""
    : `, called by ${callers
        .slice(0, 3)
        .map(({ name }) => printable(name))
        .join(" ← ")}`;
}

/** Nothing is certain: what rounds to all is told as more than 99%. */
function sureText(confidence: number): string {
  return confidence > 0.99 ? "over 99%" : ratioText(confidence);
}

function ioLines(io: ProfilePerformanceOutput["io"]): Line[] {
  if (io === null) return [];
  const rate = bytesPerSecondText;
  const busy = io.disks.filter(({ utilisationRatio }) => utilisationRatio > 0);
  return [
    [],
    title("I/O", `  disk: reads ${rate(io.readBytesPerSecond)}, writes ${rate(io.writeBytesPerSecond)}`),
    [
      `  calls: reads ${numberText(io.readCallsPerSecond)}/s of ${rate(io.readCallBytesPerSecond)}, writes ${numberText(io.writeCallsPerSecond)}/s of ${rate(io.writeCallBytesPerSecond)}`,
    ],
    ...busy.map((disk): Line => {
      const wait = disk.awaitMs === null ? "" : `, a request takes ${numberText(disk.awaitMs)} ms`;
      return [`  machine's ${disk.name}: busy ${ratioText(disk.utilisationRatio)}${wait}`];
    }),
  ];
}

function applicationLines(application: ProfilePerformanceOutput["application"]): Line[] {
  if (application === null) return [];
  const { runtimeReason, tasks } = application;
  const runtime = runtimeText(application);
  const resources = resourcesText(application);
  return [
    [],
    title("Application", runtime === null ? "" : `  ${runtime}`),
    ...(resources === null ? [] : [[`  ${resources}`]]),
    ...(runtimeReason === null
      ? []
      : [[{ text: `  event loop: ${reasonText(runtimeReason)}`, tone: "faint" as const }]]),
    ...(tasks === null ? [] : taskLines(tasks).map((text): Line => [`  ${text}`])),
  ];
}
