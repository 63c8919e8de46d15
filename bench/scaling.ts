import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createRng, normal } from "../src/engine/common/rng.ts";
import { type PlannedReplay, planReplay } from "../src/engine/decide/comparePolicies.ts";
import { DQN, dqnPolicy, pressureOf } from "../src/engine/decide/dqn/replayPolicy.ts";
import { DEFAULT_REWARD } from "../src/engine/decide/dqn/reward.ts";
import { revivedPolicy, type TrainedPolicyJson } from "../src/engine/decide/dqn/trainedPolicy.ts";
import { trainPolicy } from "../src/engine/decide/dqn/trainPolicy.ts";
import { POLICIES } from "../src/engine/decide/policies/all.ts";
import type { PolicyKind } from "../src/engine/decide/policies/policy.ts";
import { type ReplayScore, simulate } from "../src/engine/decide/simulator.ts";
import { AUGURS_FILES, loadAugurs } from "../src/engine/forecast/augurs.ts";
import { parseSeries } from "../src/engine/forecast/fromTable.ts";
import { forecasters } from "../src/engine/forecast/models.ts";
import { rollingForecasts } from "../src/engine/forecast/rolling.ts";
import type { ReplayRequest, RollingForecasts } from "../src/engine/ports.ts";
import { type ScalingPolicy, scalingPolicy } from "../src/engine/protocol/config.ts";
import type { Forecast } from "../src/engine/protocol/model.ts";
import { median, report } from "./lib/report.ts";

/**
 * What each policy costs on past loads, all in the same run on the same simulated swarm (2 to 50 agents, 30 s to start; the
 * load that is exceeded a hundredth of the time keeps 70% of 50 busy). The first three tenths of each load are history for
 * everybody and not scored. A peer stands for a family: the HPA with target utilisations from 0.3 to 0.95, so that costs are
 * compared at equal or less unmet demand, and unmet demand at equal or fewer agent-hours; the threshold policy as it is. The
 * network learns on the three tenths that nobody is scored on.
 *
 *     npm run bench scaling [--traces FOLDER]
 */
const bench = "scaling";
const WARM_UP = 0.3;
const STEPS_PER_SECOND_TARGET = 1_000_000;
/** Of a network, as `replay` trains one. */
const EPISODES = 300;
const TARGETS = [0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95];
const DEFAULTS = scalingPolicy.parse({});
const DAY_MS = 86_400_000;

interface Load {
  readonly name: string;
  readonly values: Float64Array;
  readonly stepSeconds: number;
}

const folder = join(import.meta.dirname, "../node_modules/@bsull/augurs");
const read = (name: string): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(join(folder, name)));
const augurs = loadAugurs({ ets: read(AUGURS_FILES.ets), mstl: read(AUGURS_FILES.mstl) });
const models = forecasters({ augurs, tensorFlow: null });

function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

function policy(name: string): PolicyKind {
  const kind = POLICIES.find((one) => one.name === name);
  if (kind === undefined) throw new RangeError(`no policy ${name}`);
  return kind;
}

/**
 * Steps a second of each policy, on a long load that keeps it busy; of the adaptive one also with an hour's forecast that is
 * made anew every five minutes. The fixed policy, which decides nothing, is the peer: so much of a step is the simulator's own.
 */
function speed(): void {
  const rng = createRng(1);
  const mean = (t: number): number => 10 + 8 * Math.sin(t / 700);
  const values = Float64Array.from({ length: 400_000 }, (_, t) => mean(t) + rng());
  const stepSeconds = 5;
  const { replay } = planReplay(requestOf({ name: "", values, stepSeconds }, DEFAULTS));
  const everySteps = 60;
  const forecasts = Array.from({ length: Math.ceil(values.length / everySteps) }, (_, n): Forecast => {
    const madeAtMs = replay.startMs + n * everySteps * stepSeconds * 1_000;
    const points = Array.from({ length: 12 }, (__, ahead) => {
      const value = mean((n + ahead + 1) * everySteps);
      return { atMs: madeAtMs + (ahead + 1) * 300_000, mean: value, lo: value - 1, hi: value + 1 };
    });
    return {
      ...{ swarmId: "", ready: true, reason: null, model: "mstl", baseline: "ets", confidence: 0.95, stepMs: 300_000 },
      ...{ madeAtMs, historyEndMs: madeAtMs, historySteps: 2_880, seasonSteps: 288, points, scores: [] },
    };
  });
  const stepsPerSecond = (kind: PolicyKind, at?: (step: number) => Forecast | null): number => {
    simulate(replay, kind, at);
    const times = [1, 2, 3].map(() => {
      const begun = performance.now();
      simulate(replay, kind, at);
      return performance.now() - begun;
    });
    return (values.length / median(times)) * 1_000;
  };
  const common = { bench, unit: "steps/s", target: STEPS_PER_SECOND_TARGET, better: "higher" } as const;
  // Once for the compiler, which has seen too little of it after the first.
  stepsPerSecond(policy("fixed"));
  const peerValue = stepsPerSecond(policy("fixed"));
  report({ ...common, name: "steps_fixed", value: peerValue });
  for (const kind of POLICIES.filter(({ name }) => name !== "fixed"))
    report({ ...common, name: `steps_${kind.name}`, value: stepsPerSecond(kind), peer: "fixed", peerValue });
  const withForecasts = stepsPerSecond(policy("adaptive"), (step) => forecasts[Math.floor(step / everySteps)] ?? null);
  report({ ...common, name: "steps_adaptive_with_forecasts", value: withForecasts, peer: "fixed", peerValue });
}

function requestOf({ values, stepSeconds }: Load, scaling: ScalingPolicy): ReplayRequest {
  const sorted = values.filter((value) => !Number.isNaN(value)).toSorted();
  const high = sorted[Math.floor(0.99 * sorted.length)] || sorted.at(-1) || 1;
  return {
    load: values.map((value) => (value * 35) / high),
    stepSeconds,
    startMs: 1_700_000_000_000,
    dayMs: DAY_MS,
    season: "detect",
    timeScale: 1,
    minAgents: 2,
    maxAgents: 50,
    scaling,
    startUpSeconds: 30,
    drainSeconds: 0,
    taskSeconds: 30,
    fixedAgents: null,
    network: null,
    warmUpRatio: WARM_UP,
    policies: POLICIES.map(({ name }) => name),
    seed: 1,
  };
}

/** A network that has learned on the history, which is not scored. */
async function trained(
  request: ReplayRequest,
  planned: PlannedReplay,
  forecasts: RollingForecasts,
): Promise<PolicyKind> {
  const { policy: json } = await trainPolicy(
    { replay: request, pressure: null, weights: DEFAULT_REWARD, episodes: EPISODES, kept: null },
    planned,
    forecasts,
    { signal: new AbortController().signal, tell: () => undefined },
  );
  const network = revivedPolicy(JSON.parse(json) as TrainedPolicyJson);
  return dqnPolicy(network.chooser(true), pressureOf(null, planned.replay));
}

/** Scores of the compared policies, and of the HPA at every target. */
async function compare(load: Load): Promise<void> {
  const request = requestOf(load, DEFAULTS);
  const planned = planReplay(request);
  const { replay, rolling } = planned;
  if (rolling === null) throw new Error("the adaptive policy is compared, and has forecasts");
  // From the begin on: what a network learns, it learns with the forecasts of its time.
  const forecasts = await rollingForecasts({ ...rolling, fromStep: 0 }, { models, nowMs: () => performance.now() });
  const network = await trained(request, planned, forecasts);
  const kinds = [...POLICIES, network];
  const run = (name: string, scaling = DEFAULTS): ReplayScore =>
    simulate({ ...replay, scaling }, name === DQN ? network : policy(name), forecasts.at).score;
  const own = run("adaptive");
  const bound = run("clairvoyant");
  const family = TARGETS.map((targetUtilisation) => run("hpa", { ...DEFAULTS, targetUtilisation }));
  const peers: readonly (readonly [string, readonly ReplayScore[]])[] = [
    ["threshold", [run("threshold")]],
    ["hpa at its own target", [run("hpa")]],
    ["hpa at any target", family],
  ];
  const percent = (score: ReplayScore): number => (100 * score.unmet) / score.arrived;
  note(
    `${load.name}: adaptive ${own.agentHours.toFixed(0)} h, unmet ${percent(own).toFixed(3)}%, p95 ${own.waitP95Sec.toFixed(1)} s; ` +
      `hpa ${peers[1]?.[1][0]?.agentHours.toFixed(0)} h, ${percent(run("hpa")).toFixed(3)}%; ` +
      `threshold ${run("threshold").agentHours.toFixed(0)} h, ${percent(run("threshold")).toFixed(3)}%; ` +
      `dqn ${run(DQN).agentHours.toFixed(0)} h, ${percent(run(DQN)).toFixed(3)}%; ` +
      `forecasts ready ${forecasts.ready} of ${forecasts.made}`,
  );
  const { name } = load;
  const common = { bench, better: "lower" } as const;
  for (const kind of kinds) {
    const score = run(kind.name);
    report({ ...common, name: `${name}: agent_hours ${kind.name}`, value: score.agentHours, unit: "agent·h" });
    report({ ...common, name: `${name}: unmet ${kind.name}`, value: percent(score), unit: "%" });
    report({ ...common, name: `${name}: wait_p95 ${kind.name}`, value: score.waitP95Sec, unit: "s" });
  }
  for (const [peer, scores] of peers) {
    const noWorse = scores.filter(({ unmet }) => unmet <= own.unmet).map(({ agentHours }) => agentHours);
    if (noWorse.length > 0)
      report({
        ...common,
        name: `${name}: agent_hours at equal or less unmet`,
        value: own.agentHours,
        unit: "agent·h",
        target: 0.85 * Math.min(...noWorse),
        peer,
        peerValue: Math.min(...noWorse),
      });
    const noDearer = scores.filter(({ agentHours }) => agentHours <= own.agentHours).map(({ unmet }) => unmet);
    if (noDearer.length > 0)
      report({
        ...common,
        name: `${name}: unmet at equal or fewer agent_hours`,
        value: own.unmet,
        unit: "agent·s",
        target: 0.5 * Math.min(...noDearer),
        peer,
        peerValue: Math.min(...noDearer),
      });
  }
  const above = own.agentHours / bound.agentHours;
  report({ ...common, name: `${name}: agent_hours adaptive ÷ clairvoyant bound`, value: above, unit: "ratio" });
}

/** Without traces: seeded loads of the kinds that there are, ten days of five minutes. */
function seeded(): Load[] {
  const steps = 2_880;
  const make = (name: string, value: (t: number, noise: () => number) => number): Load => {
    const rng = createRng(7);
    return {
      name,
      stepSeconds: 300,
      values: Float64Array.from({ length: steps }, (_, t) =>
        Math.max(
          0,
          value(t, () => normal(rng)),
        ),
      ),
    };
  };
  const day = (t: number): number => Math.sin((2 * Math.PI * t) / 288);
  return [
    make("seeded day", (t, noise) => 12 + 9 * day(t) + noise()),
    make("seeded day with a rush", (t, noise) => 6 + 3 * day(t) + (t % 288 > 100 && t % 288 < 112 ? 18 : 0) + noise()),
    make("seeded noise", (_, noise) => 10 + 3 * noise()),
  ];
}

function traces(): Load[] {
  const given = process.argv.indexOf("--traces");
  const from = given >= 0 ? (process.argv[given + 1] ?? "") : join(import.meta.dirname, "../../shared/traces");
  if (!existsSync(from)) return [];
  return readdirSync(from)
    .filter((name) => /^nab_.*\.csv$/.test(name))
    .map((file) => {
      const { values, stepSeconds } = parseSeries(readFileSync(join(from, file), "utf8"));
      return { name: file.slice(4, -4), values, stepSeconds: stepSeconds ?? 300 };
    });
}

speed();
const found = traces();
if (found.length === 0) note("no traces: seeded loads alone");
for (const load of [...seeded(), ...found]) await compare(load);
