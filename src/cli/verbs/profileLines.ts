import type { ProfilePerformanceOutput } from "../../engine/protocol/cli.ts";
import type { CpuMethod, GrowthPattern, ProfileFrame } from "../../engine/protocol/profiling.ts";
import { blockingLines, ioLines, ioTitle } from "../../text/profileIo.ts";
import { bytesPerSecondText, bytesText, countText, durationText, numberText, ratioText } from "../../text/figures.ts";
import { printable } from "../../text/printable.ts";
import { reasonText } from "../../text/reasons.ts";
import type { Line } from "../lines.ts";
import { type Column, table } from "../table.ts";

const HOT_COLUMNS: readonly Column[] = [
  { title: "SELF", align: "right" },
  { title: "TOTAL", align: "right" },
  { title: "FUNCTION", align: "left" },
];
const MOST_ROWS = 10;
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

/** A profile for people: each component in some lines, what is missing, and what to do at the end. */
export function profileLines(output: ProfilePerformanceOutput, width: number | null): Line[] {
  const { process, durationMs, ended, leftOpen, missing, recommendations, artefacts } = output;
  return [
    [{ text: `pid ${process.pid}`, tone: "strong" }, `  ${printable(process.command)}`],
    [`${durationText(durationMs)}${ended ? ", until it ended" : ""}`],
    ...(leftOpen === null ? [] : [[{ text: reasonText(leftOpen), tone: "warn" as const }]]),
    ...cpuLines(output.cpu, width),
    ...memoryLines(output.memory),
    ...ioPart(output.io),
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

/** `  file:line`, or nothing. */
export function framePlace({ file, line }: ProfileFrame): string {
  if (file === null) return "";
  return `  ${printable(file)}${line === null ? "" : `:${line}`}`;
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
    ...blockingLines(cpu.blockingCallers).map((line): Line => [`  ${line}`]),
  ];
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
        one.pattern === "leak" && one.falls === 0 ? "; no collection was seen, so a part may be garbage" : "";
      return [
        `  ${one.series === "rss" ? "RSS" : "heap"}: ${PATTERNS[one.pattern]}${rate}${sure} (derived, ${countText(one.points, "look")})${open}`,
      ];
    }),
    ...memory.leaks
      .slice(0, 5)
      .map((leak): Line => [
        `  grows: ${printable(leak.name)}${framePlace(leak)}  ${bytesText(leak.grownBytes)} more, in ${leak.grownLooks} of ${leak.looks} looks`,
      ]),
    ...(memory.leaksReason === null
      ? []
      : [[{ text: `  allocation sites: ${reasonText(memory.leaksReason)}`, tone: "faint" as const }]]),
  ];
}

/** Nothing is certain: what rounds to all is told as more than 99%. */
function sureText(confidence: number): string {
  return confidence > 0.99 ? "over 99%" : ratioText(confidence);
}

function ioPart(io: ProfilePerformanceOutput["io"]): Line[] {
  if (io === null) return [];
  return [[], title("I/O", `  ${ioTitle(io)}`), ...ioLines(io).map((line): Line => [`  ${line}`])];
}

function applicationLines(application: ProfilePerformanceOutput["application"]): Line[] {
  if (application === null) return [];
  const { loopDelayP50Ms, loopDelayP99Ms, loopDelayMaxMs, loopBusyRatio, nodeVersion, resources } = application;
  const delay =
    loopDelayP99Ms === null
      ? "event loop: no timer came"
      : `event loop late by ${numberText(loopDelayP50Ms)} ms (median), ${numberText(loopDelayP99Ms)} ms (99%), ${numberText(loopDelayMaxMs)} ms (most)`;
  return [
    [],
    title("Application", `  Node ${printable(nodeVersion)} · ${delay} · loop busy ${ratioText(loopBusyRatio)}`),
    ...(resources.length === 0
      ? []
      : [[`  keeps open: ${resources.map(({ name, count }) => `${count} ${printable(name)}`).join(", ")}`]]),
  ];
}
