import { seriesPatterns } from "../../engine/analyse/patterns/patterns.ts";
import { UTC } from "../../engine/analyse/patterns/calendar.ts";
import { coarsened, DAY_MS, HOUR_MS, MINUTE_MS, newest, trackOf } from "../../engine/analyse/patterns/track.ts";
import type { EngineConnection } from "../../engine/client.ts";
import { parseSeries } from "../../engine/forecast/fromTable.ts";
import {
  DEFAULT_PATTERN_DAYS,
  exitCode,
  patternsFlags,
  type PatternsOutput,
  patternsOutput,
} from "../../engine/protocol/cli.ts";
import { MAX_FINE_WINDOW_MS } from "../../engine/protocol/patterns.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { CliFailure, usageFailure } from "../failure.ts";
import { swarmIdOf } from "../swarmFlag.ts";
import { defineDetailedVerb } from "../verb.ts";
import type { VerbContext } from "../world.ts";
import { type PatternsFound, patternLines } from "./patternLines.ts";

export const patterns = defineDetailedVerb({
  name: "patterns",
  summary: "Show the patterns of a swarm's history, or of a column of a CSV file",
  notes: [
    "Hours and days of a pattern take 7 days of history, weeks 3 weeks, months and quarters two of them: use --days for more",
    "than the last 7 days. A pattern's strength is 0 (noise) to 1 (each cycle is like the others).",
    "Exit code 3: not enough history for any answer. A file needs no engine: --input FILE; its hours are as written.",
  ],
  flags: patternsFlags,
  output: patternsOutput,
  run: async (flags, context): Promise<PatternsFound> => {
    const { days, metric, input, column } = flags;
    if (input !== undefined) {
      const output = await patternsOfFile({ input, column, days }, context);
      return { subject: output.series[0]?.metric ?? "", metric: null, output };
    }
    const connection = await context.connect(!flags["no-start"]);
    const named = flags.demo || flags["swarm-id"] !== undefined;
    const swarmId = named ? swarmIdOf(flags) : await onlySwarm(connection, context);
    const windowMs = (days ?? DEFAULT_PATTERN_DAYS) * DAY_MS;
    const output = await connection.call(calls.patterns, { swarmId, windowMs }, context.interrupt);
    if (metric !== undefined && !output.series.some((one) => one.metric === metric))
      throw usageFailure("patterns.metric", { metric, known: output.series.map((one) => one.metric).join(", ") });
    return { subject: swarmId, metric: metric ?? null, output };
  },
  value: ({ output }) => output,
  render: (found, width) => patternLines(found, width),
  exit: ({ output }) => (output.series.some(({ load }) => load.kind === "known") ? exitCode.ok : exitCode.notReady),
});

/** @throws CliFailure when there is none, or more than one to choose from */
async function onlySwarm(connection: EngineConnection, context: VerbContext): Promise<string> {
  const { swarms } = await connection.call(calls.overview, {}, context.interrupt);
  const managed = swarms.filter(({ kind }) => kind === "managed");
  const ids = (managed.length > 0 ? managed : swarms).map(({ id }) => id);
  const [only] = ids;
  if (only === undefined) throw new CliFailure(exitCode.failure, "patterns.noSwarm", {});
  if (ids.length > 1) throw usageFailure("patterns.whichSwarm", { known: ids.join(", ") });
  return only;
}

interface FileRequest {
  readonly input: string;
  readonly column: string | undefined;
  readonly days: number | undefined;
}

/** @throws CodedError `csv.*`, CliFailure `file.*`, `patterns.noTimes`, `patterns.fewRows` */
async function patternsOfFile({ input, column, days }: FileRequest, context: VerbContext): Promise<PatternsOutput> {
  const table = parseSeries(await context.readFile(input, context.interrupt), column);
  const { values, times } = table;
  const first = times?.[0];
  const last = times?.at(-1);
  if (times === null || first === undefined || last === undefined)
    throw new CliFailure(exitCode.failure, "patterns.noTimes", { path: input });
  if (values.length < 2)
    throw new CliFailure(exitCode.failure, "patterns.fewRows", { path: input, rows: values.length });
  // Over all of the file: its usual step may be a little off, and that would add up.
  const whole = trackOf(values, first, (last - first) / (values.length - 1), 1);
  const wanted = days === undefined ? whole : newest(whole, days * DAY_MS);
  const minutes = coarsened(wanted, MINUTE_MS);
  const found = seriesPatterns(newest(minutes, MAX_FINE_WINDOW_MS), coarsened(wanted, HOUR_MS), UTC);
  return {
    swarmId: null,
    madeAtMs: context.wallMs(),
    windowMs: wanted.values.length * wanted.stepMs,
    timeScale: 1,
    hours: "file",
    series: [{ scope: "file", key: "", metric: table.column, ...found }],
    correlations: [],
  };
}
