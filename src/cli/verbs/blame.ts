import { gzipSync } from "node:zlib";
import { type BlameReport, MAX_BLAME_RANGE_MS } from "../../engine/protocol/blame.ts";
import { blameFlags, type BlameOutput, blameOutput, exitCode } from "../../engine/protocol/cli.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { blameProfile } from "../../profiler/flame/blame.ts";
import { writerForName, writerOf } from "../../profiler/formats/all.ts";
import { blameEmpty, blameFigure, blameGaps, blameName, blameTitle, MEASURE_MEANINGS } from "../../text/blame.ts";
import { bytesText, countText, ratioText } from "../../text/figures.ts";
import { printable } from "../../text/printable.ts";
import { usageFailure } from "../failure.ts";
import type { Line, Span } from "../lines.ts";
import { swarmIdOf } from "../swarmFlag.ts";
import { type Column, table } from "../table.ts";
import { timeOf } from "../times.ts";
import { defineDetailedVerb } from "../verb.ts";
import type { VerbContext } from "../world.ts";

const DEFAULT_LAST = "1h";
const GZIP = /\.gz$/i;
const MOST_ROWS = 200;

interface Found {
  readonly report: BlameReport;
  readonly file: BlameOutput["file"];
  readonly leastRatio: number;
}

export const blame = defineDetailedVerb({
  name: "blame",
  summary: "Show who used CPU, memory or I/O over a time: swarms, agents, tools, processes, threads, functions",
  notes: [
    "From the accounts that are kept minute by minute. Functions where a profile was made of a process in that time, in its",
    "proportions (derived). What ended threads used is shown as such; what is not known is in no sum, and said. Exit code 3:",
    "nothing was accounted.",
  ],
  flags: blameFlags,
  output: blameOutput,
  run: async (flags, context): Promise<Found> => {
    const { fromMs, toMs } = rangeOf(flags, context.wallMs());
    const isNamed = flags.demo || flags["swarm-id"] !== undefined;
    const asked = { by: flags.by, fromMs, toMs, ...(isNamed ? { swarmId: swarmIdOf(flags) } : {}) };
    const connection = await context.connect(!flags["no-start"]);
    const report = await connection.call(calls.blame, asked, context.interrupt);
    const file = flags.out === undefined ? null : await written(report, flags.out, flags, context);
    return { report, file, leastRatio: flags.least / 100 };
  },
  value: ({ report, file }) => ({ ...report, file }),
  render: (found, width) => blameLines(found, width),
  exit: ({ report }) => (report.total > 0 ? exitCode.ok : exitCode.notReady),
});

/** @throws CliFailure `flag.invalid`, `history.order` */
function rangeOf(
  { last, from, to }: { readonly [K in "last" | "from" | "to"]?: string | undefined },
  nowMs: number,
): { readonly fromMs: number; readonly toMs: number } {
  const begin = last ?? from ?? DEFAULT_LAST;
  const fromMs = timeOf(last === undefined ? "from" : "last", begin, nowMs);
  const toMs = timeOf("to", to ?? "now", nowMs);
  if (fromMs >= toMs) throw usageFailure("history.order", { from: begin, to: to ?? "now" });
  if (toMs - fromMs > MAX_BLAME_RANGE_MS)
    throw usageFailure("flag.invalid", {
      flag: last === undefined ? "from" : "last",
      value: begin,
      problem: "use at most 31 days",
    });
  return { fromMs, toMs };
}

/** @throws CodedError `profile.unit`, `file.exists`, `file.unwritable` */
async function written(
  report: BlameReport,
  out: string,
  flags: { readonly "to-format"?: BlameFormat | undefined; readonly force: boolean },
  context: VerbContext,
): Promise<NonNullable<BlameOutput["file"]>> {
  const asked = flags["to-format"];
  const writer =
    asked === undefined ? (writerForName(out.replace(GZIP, "")) ?? writerOf("speedscope")) : writerOf(asked);
  const name = `${report.by}: ${blameTitle(report)}`;
  const content = writer.write(blameProfile(report, name, (node) => printable(blameName(node))).profile);
  const bytes = GZIP.test(out) ? gzipSync(content) : Buffer.from(content);
  const path = await context.writeFile(out, bytes, flags.force);
  return { path, format: writer.id, bytes: bytes.length };
}
type BlameFormat = NonNullable<BlameOutput["file"]>["format"];

const COLUMNS = (title: string): readonly Column[] => [
  { title: "SHARE", align: "right" },
  { title, align: "right" },
  { title: "SOURCE", align: "left" },
  { title: "WHO", align: "left", elastic: true },
];
const TITLES = { cpu: "CPU", memory: "MEAN", io: "BYTES" } as const;

function blameLines({ report, file, leastRatio }: Found, width: number | null): Line[] {
  const { by, total, nodes, processes } = report;
  const empty = blameEmpty(report);
  const title: Span = { text: blameTitle(report), tone: "strong" };
  const wrote: Line[] =
    file === null
      ? []
      : [[{ text: "written", tone: "good" }, `  ${bytesText(file.bytes)} of ${file.format} to ${file.path}`]];
  if (empty !== null) return [[title], [`  ${empty}`], ...wrote];
  const depth: number[] = [];
  const rows: Span[][] = [];
  let left = 0;
  for (const [at, node] of nodes.entries()) {
    const { parent, value, source } = node;
    depth.push(parent === null ? 0 : (depth[parent] as number) + 1);
    // What is above is never smaller, so no row stands without the one it belongs to.
    if (value < leastRatio * total || rows.length >= MOST_ROWS) left++;
    else
      rows.push([
        ratioText(value / total),
        blameFigure(value, report),
        source === "measured" ? "" : source,
        `${"  ".repeat(depth[at] as number)}${printable(blameName(node))}`,
      ]);
  }
  return [
    [title, `  ${blameFigure(total, report)} by ${countText(processes, "process", "processes")}`],
    [{ text: `  ${MEASURE_MEANINGS[by]}`, tone: "faint" }],
    ...table(COLUMNS(TITLES[by]), rows, width),
    ...(left > 0 ? [[{ text: `${left} smaller ones; all with --least 0 or --json`, tone: "faint" } as const]] : []),
    ...blameGaps(report).map((text): Line => [{ text: `  ${text}`, tone: "warn" }]),
    ...wrote,
  ];
}
