import type {
  DocumentAdvice,
  DocumentCpu,
  DocumentMemory,
  MemorySeries,
  ProfileDocument,
} from "../engine/protocol/profilePage.ts";
import type {
  CpuReport,
  MemoryReport,
  MemorySnapshot,
  ProfileAdvice,
  ProfileFrame,
  ProfileReport,
} from "../engine/protocol/profiling.ts";
import { bytesPerSecondText, bytesText, durationText, ratioText } from "./figures.ts";
import { localTime } from "./moment.ts";
import { printable } from "./printable.ts";
import { applicationWords } from "./profileApplication.ts";
import { cpuMethodNote, cpuSummary, groupLines, misnamedWarning } from "./profileCpu.ts";
import { hasSourceFile, placeText, plainFile } from "./profileFrame.ts";
import { blockingLines, ioWords } from "./profileIo.ts";
import { growthText, memoryLines, memorySummary, sitesNote } from "./profileMemory.ts";
import { reasonText } from "./reasons.ts";

const BYTES: Readonly<Record<MemorySeries, keyof MemorySnapshot>> = {
  rss: "rssBytes",
  pss: "pssBytes",
  heapUsed: "heapUsedBytes",
  heapTotal: "heapTotalBytes",
  external: "externalBytes",
  swap: "swapBytes",
};

/** A report in words. */
export function profileDocument(report: ProfileReport): ProfileDocument {
  const { process, startedAtMs, durationMs, ended, inspected, leftOpen, cpu, memory, io, application } = report;
  const until = ended ? ", until it ended by itself" : "";
  const through = !inspected
    ? "No inspector was opened in it."
    : leftOpen === null
      ? "Its inspector was opened, and is closed again."
      : "Its inspector was opened.";
  return {
    title: `pid ${process.pid}`,
    about: [
      printable(process.command),
      `${durationText(durationMs)} from ${localTime(startedAtMs)}${until}. ${through}`,
    ],
    warnings: leftOpen === null ? [] : [reasonText(leftOpen)],
    recommendations: report.recommendations.map((advice) => adviceWords(advice, report)),
    cpu: cpu === null ? null : cpuWords(cpu),
    memory: memory === null ? null : memoryWords(memory),
    io: io === null ? null : { source: "measured", lines: ioWords(io) },
    application: application === null ? null : { source: "measured", lines: applicationWords(application) },
    missing: report.missing.map(({ component, reason }) => ({ component, text: reasonText(reason) })),
    files: report.artefacts.map(({ kind, path, bytes }) => ({ kind, path: printable(path), size: bytesText(bytes) })),
  };
}

/** The function that an advice is about; `null` where it is about something else, or its place is not known. */
export function adviceFrame({ target }: ProfileAdvice, { cpu, memory }: ProfileReport): ProfileFrame | null {
  const frames: readonly ProfileFrame[] = [
    ...(cpu?.hotspots ?? []),
    ...(cpu?.blockingCallers ?? []),
    ...(memory?.leaks ?? []),
  ];
  const named = ({ name, file, line }: ProfileFrame): string => `${name} ${line === null ? file : `${file}:${line}`}`;
  return frames.find((frame) => hasSourceFile(frame) && named(frame) === target) ?? null;
}

function adviceWords(advice: ProfileAdvice, report: ProfileReport): DocumentAdvice {
  const { type, target, suggestion, evidence } = advice;
  return {
    ...{ type, target: printable(plainFile(target)) },
    ...{ suggestion: reasonText(suggestion), evidence: reasonText(evidence) },
    hasSource: adviceFrame(advice, report) !== null,
  };
}

function rowOf(frame: ProfileFrame, figures: readonly string[]) {
  return { figures, name: printable(frame.name), place: placeText(frame), hasSource: hasSourceFile(frame) };
}

function cpuWords(cpu: CpuReport): DocumentCpu {
  const note = cpuMethodNote(cpu);
  return {
    ...{ source: cpu.source, summary: cpuSummary(cpu), warning: misnamedWarning(cpu) },
    notes: [...(note === null ? [] : [note]), ...blockingLines(cpu.blockingCallers), ...groupLines(cpu)],
    rows: cpu.hotspots.map((spot) => rowOf(spot, [ratioText(spot.selfRatio), ratioText(spot.totalRatio)])),
    hasRecording: cpu.flamegraph !== null,
  };
}

function memoryWords(memory: MemoryReport): DocumentMemory {
  const { snapshots, growth, leaks, heapProfile } = memory;
  const series = (Object.keys(BYTES) as MemorySeries[]).map((id) => ({
    id,
    values: snapshots.map((snapshot) => snapshot[BYTES[id]]),
  }));
  return {
    summary: memorySummary(memory),
    growth: [...growth.map(growthText), ...memoryLines(memory)],
    atMs: snapshots.map(({ atMs }) => atMs),
    series: series.filter(({ values }) => values.some((value) => value !== null)),
    suspects: leaks.map((leak) =>
      rowOf(leak, [
        bytesText(leak.grownBytes),
        bytesPerSecondText(leak.bytesPerSecond),
        `${leak.grownLooks} of ${leak.looks}`,
      ]),
    ),
    sitesNote: sitesNote(memory),
    hasRecording: heapProfile !== null,
  };
}
