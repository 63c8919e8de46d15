import { setImmediate as immediate } from "node:timers/promises";
import { comparePolicies, NO_FORECASTS, planReplay } from "../../engine/decide/comparePolicies.ts";
import { DEFAULT_REWARD } from "../../engine/decide/dqn/reward.ts";
import { trainPolicy } from "../../engine/decide/dqn/trainPolicy.ts";
import { eventRule, readPieces } from "../../engine/forecast/fromTable.ts";
import { replayFlags, type ReplayOutput, replayOutput } from "../../engine/protocol/cli.ts";
import { scalingPolicy } from "../../engine/protocol/config.ts";
import { TRAINED_SHARE } from "../../engine/protocol/dqn.ts";
import { TRAINED_POLICY, UNTRAINED_POLICIES } from "../../engine/protocol/replay.ts";
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
type ReplayRequest = Parameters<typeof planReplay>[0];
type RollingForecasts = typeof NO_FORECASTS;

export const replay = defineVerb({
  name: "replay",
  summary: "Compare scaling policies on a past load from a CSV file",
  notes: [
    "A simulated swarm meets the load once with each policy: a value ÷ --capacity is how many agents it keeps busy. Without",
    "--capacity a column named 'demand' counts agents; of any other the value that is exceeded 1% of the time keeps 70% of",
    "--max busy. What cannot be served waits, first come first served. Policies see what was measured before each step of 5",
    "seconds at most; the adaptive one is the engine's own scaler, with the forecasts that it would have had. The",
    "clairvoyant one knows the future: no policy that leaves no more unmet has fewer agent-hours.",
    "With dqn, which takes longer and so is compared only when named, a network learns on the first 70% of the file; then",
    "every policy runs over all of it and is scored on the rest. Ctrl-C cancels.",
  ],
  flags: replayFlags,
  output: replayOutput,
  run: async (flags, context): Promise<ReplayOutput> => {
    const read = await readLoad(flags, context);
    const capacity = capacityOf(flags, read.column, read.values);
    const load = read.values.map((value) => value / capacity.unitsPerAgent);
    const request: ReplayRequest = {
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
      network: null,
      seed: SEED,
    };
    const asked = flags.policy.includes(TRAINED_POLICY) ? await trained(request, flags, context) : null;
    const planned = planReplay(asked?.request ?? request);
    const forecasts = asked?.forecasts ?? (await forecastsOf(planned.rolling, context));
    const { policies, basis } = comparePolicies(asked?.request ?? request, planned, forecasts);
    const { steps, missing, stepSeconds, tickSeconds, minAgents, maxAgents, startUpSeconds, fixedAgents } = basis;
    return {
      policies,
      series: {
        column: read.column,
        steps,
        missing,
        stepSeconds,
        stepSource: read.stepSource,
        tickSeconds,
        scoredFrom: basis.scoredFrom ?? 0,
      },
      training: asked?.training ?? null,
      capacity,
      swarm: { minAgents, maxAgents, startUpSeconds, fixedAgents },
      forecasts: basis.forecasts,
    };
  },
  render: (output, width) => replayLines(output, width),
});

/** Only some policies look at forecasts; without those none are made, and no models loaded. */
async function forecastsOf(
  rolling: ReturnType<typeof planReplay>["rolling"],
  context: VerbContext,
): Promise<RollingForecasts> {
  if (rolling === null) return NO_FORECASTS;
  return (await context.loadForecaster()).rolling(rolling, progressOf(context));
}

/**
 * The request with a network that has learned on the first part of its load, the rest to be scored; and the forecasts, from
 * the begin on: what is learned is learned with those of its time.
 * @throws CodedError `training.short`, `aborted`
 */
async function trained(request: ReplayRequest, { episodes, seed }: Flags, context: VerbContext) {
  const replay = { ...request, warmUpRatio: TRAINED_SHARE, seed };
  const planned = planReplay({ ...replay, policies: UNTRAINED_POLICIES });
  const rolling = planned.rolling === null ? null : { ...planned.rolling, fromStep: 0 };
  const forecasts = await forecastsOf(rolling, context);
  const { signal, onProgress } = progressOf(context, "training.progress");
  const { policy, takenAfter } = await trainPolicy(
    { replay, pressure: null, weights: DEFAULT_REWARD, episodes, kept: null },
    planned,
    forecasts,
    { signal, tell: onProgress, pause: immediate },
  );
  return {
    request: { ...replay, network: { policy, pressure: null } },
    forecasts,
    training: { episodes, takenAfter, seed },
  };
}

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
