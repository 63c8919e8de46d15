import { join } from "node:path";
import type * as tfc from "@tensorflow/tfjs-core";
import { createRng, normal } from "../src/engine/common/rng.ts";
import { NO_FORECASTS, planReplay } from "../src/engine/decide/comparePolicies.ts";
import { ACTIONS, ALL_ACTIONS } from "../src/engine/decide/dqn/actions.ts";
import { DEFAULT_LEARNER, Learner } from "../src/engine/decide/dqn/learner.ts";
import { INPUTS } from "../src/engine/decide/dqn/observation.ts";
import { DEFAULT_REWARD } from "../src/engine/decide/dqn/reward.ts";
import { trainPolicy } from "../src/engine/decide/dqn/trainPolicy.ts";
import { loadTensorFlow } from "../src/engine/forecast/tensorFlow.ts";
import type { ReplayRequest } from "../src/engine/ports.ts";
import { scalingPolicy } from "../src/engine/protocol/config.ts";
import { DEFAULT_EPISODES, TRAINED_SHARE } from "../src/engine/protocol/dqn.ts";
import { UNTRAINED_POLICIES } from "../src/engine/protocol/replay.ts";
import { median, report } from "./lib/report.ts";

/**
 * The deep Q-network: one step of gradient with own arrays beside TensorFlow.js on its wasm and cpu back ends (the same
 * double DQN step: batch 32 of 10-64-64-5, Huber, Adam), which is why the arrays are our own; a whole training of 1,000
 * episodes of 288 decisions on a seeded week, and what it was worth on the part it has not seen.
 *
 *     npm run -s bench dqn
 */
const bench = "dqn";
const ROUNDS = 7;
const { tf } = await loadTensorFlow({
  wasmFolder: join(import.meta.dirname, "../node_modules/@tensorflow/tfjs-backend-wasm/dist/"),
  native: null,
});
const { batch: BATCH, hidden, discount, learningRate } = DEFAULT_LEARNER;

function timed(steps: number, once: () => void): number {
  for (let n = 0; n < steps; n++) once();
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const began = performance.now();
    for (let n = 0; n < steps; n++) once();
    rounds.push((performance.now() - began) / steps);
  }
  return median(rounds);
}

function filledLearner(): Learner {
  const learner = new Learner(INPUTS, ACTIONS.length, 1);
  const rng = createRng(2);
  const seen = (): Float64Array => new Float64Array(INPUTS).map(() => rng());
  for (let n = 0; n < 5_000; n++) learner.memory.add(seen(), n % ACTIONS.length, -rng(), seen(), ALL_ACTIONS, false);
  return learner;
}

/** The same step in TensorFlow.js, its data already in its own tensors. */
function theirStep(): () => void {
  const shapes = [INPUTS, ...hidden, ACTIONS.length];
  const variables = () =>
    shapes.slice(1).flatMap((outputs, l) => {
      const inputs = shapes[l] as number;
      return [
        tf.variable(tf.randomNormal([inputs, outputs], 0, Math.sqrt(2 / inputs))),
        tf.variable(tf.zeros([outputs])),
      ];
    });
  const own = variables();
  const older = variables();
  const forward = (from: tfc.Tensor, layers: readonly tfc.Variable[]): tfc.Tensor => {
    let value = from;
    for (let l = 0; l < layers.length; l += 2) {
      value = tf.add(tf.matMul(value, layers[l] as tfc.Tensor), layers[l + 1] as tfc.Tensor);
      if (l + 2 < layers.length) value = tf.relu(value);
    }
    return value;
  };
  const optimizer = tf.train.adam(learningRate);
  const inputs = tf.randomUniform([BATCH, INPUTS]);
  const next = tf.randomUniform([BATCH, INPUTS]);
  const taken = tf.oneHot(
    tf.tensor1d(
      Array.from({ length: BATCH }, (_, n) => n % ACTIONS.length),
      "int32",
    ),
    ACTIONS.length,
  );
  const rewards = tf.randomUniform([BATCH], -1, 0);
  return () =>
    tf.tidy(() => {
      const best = tf.oneHot(tf.argMax(forward(next, own), 1) as tfc.Tensor1D, ACTIONS.length);
      const target = tf.add(rewards, tf.mul(discount, tf.sum(tf.mul(forward(next, older), best), 1)));
      optimizer.minimize(
        () => {
          const error = tf.sub(tf.sum(tf.mul(forward(inputs, own), taken), 1), target);
          const size = tf.abs(error);
          const near = tf.minimum(size, 1);
          // Huber: near²/2 + (size − near).
          return tf.mean(tf.add(tf.mul(0.5, tf.square(near)), tf.sub(size, near))) as tfc.Scalar;
        },
        false,
        own,
      );
    });
}

async function stepFigures(): Promise<void> {
  const learner = filledLearner();
  const ours = timed(500, () => void learner.learn());
  for (const backend of ["wasm", "cpu"]) {
    await tf.setBackend(backend);
    const theirs = timed(40, theirStep());
    const name = `gradient_step_${backend}_peer`;
    report({ bench, name, value: ours, unit: "ms", better: "lower", peer: `tfjs ${backend}`, peerValue: theirs });
  }
}

/** A week of days with a morning rush, noise and rare bursts, seeded. */
function week(): Float64Array {
  const rng = createRng(7);
  let burst = 0;
  return Float64Array.from({ length: 7 * 1_440 }, (_, minute) => {
    const hour = (minute % 1_440) / 60;
    const day = 9 * Math.max(0, Math.sin(((hour - 7) / 12) * Math.PI)) + (hour > 9 && hour < 9.5 ? 12 : 0);
    if (rng() < 0.002) burst = 10;
    burst *= 0.9;
    return Math.max(0, 3 + day + burst + normal(rng));
  });
}

async function trainingFigures(): Promise<void> {
  const request: ReplayRequest = {
    load: week(),
    ...{ stepSeconds: 60, startMs: 0, dayMs: 86_400_000, season: 1_440, timeScale: 1, minAgents: 2, maxAgents: 30 },
    ...{ scaling: scalingPolicy.parse({}), startUpSeconds: 20, drainSeconds: 0, taskSeconds: 30, fixedAgents: null },
    ...{ warmUpRatio: TRAINED_SHARE, policies: UNTRAINED_POLICIES, network: null, seed: 1 },
  };
  const planned = planReplay(request);
  const asked = { replay: request, pressure: null, weights: DEFAULT_REWARD, episodes: DEFAULT_EPISODES, kept: null };
  const began = performance.now();
  const cpu = process.cpuUsage();
  const { evaluation } = await trainPolicy(asked, planned, NO_FORECASTS, { tell: () => undefined });
  const seconds = (performance.now() - began) / 1_000;
  const cpuSeconds = process.cpuUsage(cpu).user / 1e6;
  report({ bench, name: "episodes_1000", value: seconds, unit: "s", target: 180, better: "lower" });
  report({ bench, name: "episodes_1000_cpu", value: cpuSeconds, unit: "s", better: "lower" });
  const cost = (name: string) => evaluation.policies.find((row) => row.name === name)?.costAgentHours ?? Number.NaN;
  const peer = { peer: "adaptive", peerValue: cost("adaptive") };
  report({ bench, name: "held_out_cost", value: cost("dqn"), unit: "agent-hours", better: "lower", ...peer });
}

await stepFigures();
await trainingFigures();
