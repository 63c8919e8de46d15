import { comparePolicies, NO_FORECASTS, planReplay } from "../../engine/decide/comparePolicies.ts";
import { eventRule, readPieces } from "../../engine/forecast/fromTable.ts";
import { replayFlags, type ReplayOutput, replayOutput } from "../../engine/protocol/cli.ts";
import { scalingPolicy } from "../../engine/protocol/config.ts";
import { progressOf } from "../fileSeries.ts";
import { defineVerb } from "../verb.ts";
import type { VerbContext } from "../world.ts";
import { replayLines } from "./replayLines.ts";

/** Fixed, so that the same file gives the same answer. */
const SEED = 1;
const DAY_MS = 86_400_000;
/** Of a file without times, when nobody says. */
const ASSUMED_STEP_SECONDS = 60;
/** What the load that is exceeded a hundredth of the time keeps busy, of the most agents. */
const BUSY_RATIO = 0.7;
const HIGH_QUANTILE = 0.99;

type Flags = ReturnType<typeof replayFlags.parse>;
type Capacity = ReplayOutput["capacity"];

export const replay = defineVerb({
  name: "replay",
  summary: "Compare scaling policies on a past load from a CSV file",
  notes: [
    "A simulated swarm meets the load once with each policy: a value ÷ --capacity is how many agents it keeps busy. Without",
    "--capacity a column named 'demand' counts agents; of any other the value that is exceeded 1% of the time keeps 70% of",
    "--max busy. What cannot be served waits, first come first served. Policies see what was measured before each step of 5",
    "seconds at most; the adaptive one is the engine's own scaler, with the forecasts that it would have had. The",
    "clairvoyant one knows the future: no policy that leaves no more unmet has fewer agent-hours.",
  ],
  flags: replayFlags,
  output: replayOutput,
  run: async (flags, context): Promise<ReplayOutput> => {
    const read = await readLoad(flags, context);
    const capacity = capacityOf(flags, read.column, read.values);
    const load = read.values.map((value) => value / capacity.unitsPerAgent);
    const request: Parameters<typeof planReplay>[0] = {
      load,
      stepSeconds: read.stepSeconds,
      startMs: read.startMs ?? 0,
      dayMs: read.startMs === null ? null : DAY_MS,
      season: "detect",
      timeScale: 1,
      minAgents: flags.min,
      maxAgents: flags.max,
      scaling: scalingPolicy.parse({}),
      startUpSeconds: flags["start-up"],
      drainSeconds: flags.drain,
      taskSeconds: flags.task,
      fixedAgents: flags.fixed ?? null,
      warmUpRatio: 0,
      policies: flags.policy,
      seed: SEED,
    };
    const planned = planReplay(request);
    // Only the adaptive policy looks at forecasts; without it none are made, and no models loaded.
    const forecasts =
      planned.rolling === null
        ? NO_FORECASTS
        : await (await context.loadForecaster()).rolling(planned.rolling, progressOf(context));
    const { policies, basis } = comparePolicies(request, planned, forecasts);
    const { steps, missing, stepSeconds, tickSeconds, minAgents, maxAgents, startUpSeconds, fixedAgents } = basis;
    return {
      policies,
      series: { column: read.column, steps, missing, stepSeconds, stepSource: read.stepSource, tickSeconds },
      capacity,
      swarm: { minAgents, maxAgents, startUpSeconds, fixedAgents },
      forecasts: basis.forecasts,
    };
  },
  render: (output, width) => replayLines(output, width),
});

/** @throws CodedError `csv.*`, `prometheus.*`, CliFailure `file.*` */
async function readLoad(flags: Flags, context: VerbContext) {
  const { column, bucket, agg, step } = flags;
  const table = await readPieces(context.readPieces(flags.input, context.interrupt), {
    wanted: column === undefined ? "meant" : [column],
    events: eventRule({ bucket, agg }),
    isLoad: true,
  });
  const [read] = table.columns;
  const measured = table.stepMs === null ? null : table.stepMs / 1_000;
  return {
    column: read?.name ?? "",
    // An infinite load is no measurement.
    values: (read?.values ?? new Float64Array(0)).map((value) => (Number.isFinite(value) ? value : Number.NaN)),
    startMs: table.times?.[0] ?? null,
    stepSeconds: measured ?? step ?? ASSUMED_STEP_SECONDS,
    stepSource:
      measured !== null ? ("measured" as const) : step !== undefined ? ("given" as const) : ("assumed" as const),
  };
}

function capacityOf({ capacity, max }: Flags, column: string, values: Float64Array): Capacity {
  if (capacity !== undefined) return { unitsPerAgent: capacity, source: "given" };
  if (column.toLowerCase() === "demand") return { unitsPerAgent: 1, source: "agents" };
  const known = values.filter((value) => !Number.isNaN(value)).toSorted();
  const high = known[Math.min(known.length - 1, Math.floor(HIGH_QUANTILE * known.length))] ?? 0;
  // Of a load that is nearly always 0 the highest value; of none at all any capacity is as good.
  const most = high > 0 ? high : (known.at(-1) ?? 0);
  const unitsPerAgent = most / (BUSY_RATIO * max);
  return unitsPerAgent > 0 && Number.isFinite(unitsPerAgent)
    ? { unitsPerAgent, source: "chosen" }
    : { unitsPerAgent: 1, source: "chosen" };
}
