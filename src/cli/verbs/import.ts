import type { EngineConnection } from "../../engine/client.ts";
import { atOnce } from "../../engine/common/slices.ts";
import { eventRule, readPieces } from "../../engine/forecast/fromTable.ts";
import { tables } from "../../engine/forecast/importPlan.ts";
import { exitCode, importFlags, type ImportOutput, importOutput } from "../../engine/protocol/cli.ts";
import {
  type ImportColumnChoice,
  type ImportedSeries,
  type ImportMetric,
  type ImportShift,
  type ImportSummary,
  type ImportUndoResult,
  MAX_PIECE_BYTES,
} from "../../engine/protocol/imports.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { act } from "../act.ts";
import { CliFailure, reasonOf, usageFailure } from "../failure.ts";
import { swarmIdOf } from "../swarmFlag.ts";
import { defineVerb } from "../verb.ts";
import type { VerbContext } from "../world.ts";
import { importLines } from "./importLines.ts";

const DEADLINE_MS = 600_000;
const CANCEL_DEADLINE_MS = 20_000;
/** How often whoever waits is told how far it is. */
const TELL_MS = 2_000;
/** As the engine keeps history when nothing else is configured; without one a dry run can know no better. */
const HOUR_DAYS = 730;

type Flags = ReturnType<(typeof importFlags)["parse"]>;

export const importMetrics = defineVerb({
  name: "import",
  summary: "Make a CSV file, or a Prometheus answer, the past of a swarm",
  notes: [
    "Times without a zone are UTC; an epoch is in s, ms, µs or ns, told by its size. Irregular steps are resampled to the",
    "median step; gaps over 3 steps stay missing. A log of events becomes a series with --bucket 60s --agg count.",
    "What was measured here is never overwritten: a step at or after the first measured one is left out, and counted.",
    "A file is imported as a whole or not at all; --undo takes the newest import back.",
  ],
  positional: "input",
  flags: importFlags,
  output: importOutput,
  run: async (flags, context): Promise<ImportOutput> => {
    const choices = choicesOf(flags);
    if (flags["dry-run"]) return dryRun(flags, choices, context);
    const connection = await context.connect(!flags["no-start"]);
    if (flags.undo) return undo(connection, swarmIdOf(flags), context);
    return send(connection, flags, choices, context);
  },
  render: (output, width) => importLines(output, width),
});

/** @throws CliFailure `import.columns` */
function choicesOf({ column, metric }: Flags): readonly ImportColumnChoice[] {
  if (column === undefined && metric.length === 1) return metric.map((one) => ({ metric: one }));
  const names = column ?? [];
  if (names.length !== metric.length)
    throw usageFailure("import.columns", { columns: names.length, metrics: metric.length });
  return names.map((name, index) => ({ column: name, metric: metric[index] as ImportMetric }));
}

async function dryRun(
  flags: Flags,
  choices: readonly ImportColumnChoice[],
  context: VerbContext,
): Promise<ImportOutput> {
  const { input = "-", column } = flags;
  const request = { wanted: column ?? "meant", events: eventRule(flags), isLoad: true } as const;
  const table = await readPieces(context.readPieces(input, context.interrupt), request);
  const nowMs = context.wallMs();
  const summary = atOnce(tables.summary(table, nowMs));
  const shift: ImportShift = flags["shift-to-now"] ? summary.shiftToNow : { ms: 0, unit: "none" };
  const bounds = { nowMs, measuredMs: null, hourDays: HOUR_DAYS };
  const series = choices.map((choice) => atOnce(tables.plan(table, choice, shift, bounds)).report);
  const named = flags.demo || flags["swarm-id"] !== undefined;
  return outputOf(
    { swarmId: named ? swarmIdOf(flags) : null, file: nameOf(input), runId: null, shift, series },
    summary,
  );
}

async function undo(connection: EngineConnection, swarmId: string, context: VerbContext): Promise<ImportOutput> {
  const waiting = { code: "waiting.importUndo", args: { swarmId } };
  const params = { swarmId, deadlineMs: DEADLINE_MS };
  const undone = await act(context, connection, calls.importUndo, params, waiting);
  return {
    ...{ swarmId, file: undone.file, done: "undone", runId: undone.runId, rows: null, isResampled: null },
    ...{ shiftSeconds: 0, shiftUnit: "none", columns: null },
    series: undone.series.map((span) => ({ ...spanOf(span), column: null, steps: null, missing: null, leftOut: null })),
  };
}

async function send(
  connection: EngineConnection,
  flags: Flags,
  choices: readonly ImportColumnChoice[],
  context: VerbContext,
): Promise<ImportOutput> {
  const { input = "-", column } = flags;
  const { interrupt } = context;
  const file = nameOf(input);
  const rule = eventRule(flags);
  const begin = { swarmId: swarmIdOf(flags), file, columns: column ?? ("meant" as const) };
  // Opened before the engine is asked for anything: a file that is not there is nobody's business.
  const pieces = bounded(context.readPieces(input, interrupt));
  const first = await pieces.next();
  const { importId } = await connection.call(
    calls.importBegin,
    rule === null ? begin : { ...begin, events: rule },
    interrupt,
  );
  try {
    let bytes = 0;
    let toldMs = context.monotonicMs();
    for (let next = first; next.done !== true; next = await pieces.next()) {
      const data = Buffer.from(next.value).toString("base64");
      const { rows } = await connection.call(calls.importPiece, { importId, data }, interrupt);
      bytes += next.value.length;
      if (context.monotonicMs() - toldMs < TELL_MS) continue;
      toldMs = context.monotonicMs();
      context.tell({ code: "import.progress", args: { bytes, rows } });
    }
    const summary = await connection.call(calls.importRead, { importId, deadlineMs: DEADLINE_MS }, interrupt);
    context.tell({ code: "import.writing", args: {} });
    const wanted = { importId, columns: [...choices], shiftToNow: flags["shift-to-now"], deadlineMs: DEADLINE_MS };
    const result = await connection.call(calls.importCommit, wanted, interrupt);
    return outputOf(result, summary);
  } catch (error) {
    await pieces.return(undefined);
    // Asked until the engine says that nothing is left of it; or that it cannot be known.
    const gone = await connection
      .call(calls.importCancel, { importId, deadlineMs: CANCEL_DEADLINE_MS })
      .then(() => true)
      .catch(() => false);
    const { code: reason } = reasonOf(error);
    if (!interrupt.aborted && !gone && (reason === "rpc.closed" || reason === "rpc.timeout"))
      throw new CliFailure(exitCode.unconfirmed, "waiting.importUnknown", { file }, { cause: error });
    if (!interrupt.aborted) throw error;
    const code = gone ? "waiting.import" : "waiting.importUnknown";
    throw new CliFailure(exitCode.interrupted, code, { file }, { cause: error });
  }
}

/** What a file gives may be larger than what a call takes. */
async function* bounded(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, undefined> {
  for await (const piece of pieces)
    for (let at = 0; at < piece.length; at += MAX_PIECE_BYTES) yield piece.subarray(at, at + MAX_PIECE_BYTES);
}

function outputOf(
  result: {
    readonly swarmId: string | null;
    readonly file: string;
    readonly runId: string | null;
    readonly shift: ImportShift;
    readonly series: readonly ImportedSeries[];
  },
  { rows, isResampled, columns }: ImportSummary,
): ImportOutput {
  const { swarmId, file, runId, shift, series } = result;
  return {
    ...{ swarmId, file, done: runId === null ? "dryRun" : "imported", runId, rows, isResampled },
    ...{ shiftSeconds: shift.ms / 1000, shiftUnit: shift.unit },
    series: series.map(({ column, steps, missing, leftOut, ...span }) => ({
      ...spanOf(span),
      ...{ column, steps, missing, leftOut },
    })),
    columns: columns.map(({ name, missing, least, greatest, problem }) => ({
      ...{ name, missing, least, greatest },
      problem: problem === null ? null : { code: problem.code, args: { ...problem.args } },
    })),
  };
}

function spanOf({ metric, fromMs, toMs, stepMs }: ImportUndoResult["series"][number]) {
  return {
    metric,
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    stepSeconds: stepMs / 1000,
  };
}

/** The engine notes the name of the file, never its folder. */
function nameOf(path: string): string {
  return path === "-" ? "standard input" : (path.split(/[\\/]/).at(-1) ?? path).slice(0, 255) || "unnamed";
}
