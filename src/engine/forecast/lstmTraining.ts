import { CodedError } from "../common/errors.ts";
import { createRng, type Rng } from "../common/rng.ts";
import type { History } from "./forecaster.ts";
import { lstmForward, type LstmWeights, lstmWeights } from "./lstmCell.ts";
import { FEATURES, limited, WINDOW, windowAt } from "./lstmWindow.ts";
import { type Reference, referenceAt } from "./references.ts";
import type { TensorFlow } from "./tensorFlow.ts";

const UNITS = 32;
const BATCH = 128;
/** Rows of one epoch: drawn anew for each, so that a long history costs no more than a short one. */
const EPOCH_ROWS = 768;
const EPOCHS = 8;
/** Epochs without a better result on the rows held out. */
const PATIENCE = 2;
const LEARNING_RATE = 0.005;
const HELD_OUT = 0.15;
const MAX_HELD_OUT = 400;
/** Shares of the correction that are tried on the rows held out; none of it where nothing was learned. */
const SHARES = [0, 0.25, 0.5, 0.75, 1];

/** Training rows by number: computed when they are drawn, since a long history has more of them than are ever used. */
export class TrainingRows {
  readonly count: number;
  readonly outputs: number;
  readonly #history: History;
  readonly #reference: Reference;
  readonly #knots: readonly number[];
  readonly #steps: Int32Array;

  /** @param steps after which the values at all knots may be learned */
  constructor(history: History, reference: Reference, knots: readonly number[], steps: Int32Array) {
    this.#history = history;
    this.#reference = reference;
    this.#knots = knots;
    this.#steps = steps;
    this.count = steps.length;
    this.outputs = knots.length;
  }

  batch(rows: readonly number[]): { inputs: Float32Array; targets: Float32Array } {
    const inputs = new Float32Array(rows.length * WINDOW * FEATURES);
    const targets = new Float32Array(rows.length * this.outputs);
    for (const [i, row] of rows.entries()) {
      const t = this.#steps[row] as number;
      const { window, spread } = windowAt(this.#history, t);
      inputs.set(window, i * WINDOW * FEATURES);
      for (const [k, lead] of this.#knots.entries()) {
        const missed =
          (this.#history.values[t + lead] as number) - referenceAt(this.#reference, this.#history, t, lead);
        targets[i * this.outputs + k] = limited(missed / spread);
      }
    }
    return { inputs, targets };
  }
}

interface TrainOptions {
  readonly seed: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((doneRatio: number) => void) | undefined;
}

/** @throws CodedError `aborted` */
export async function train(
  { tf, network: newNetwork }: TensorFlow,
  rows: TrainingRows,
  { seed, signal, onProgress }: TrainOptions,
): Promise<{ weights: LstmWeights; share: number }> {
  const rng = createRng(seed);
  const heldOut = Math.min(MAX_HELD_OUT, Math.floor(rows.count * HELD_OUT));
  const learned = rows.count - heldOut;
  const check = rows.batch(Array.from({ length: heldOut }, (_, i) => learned + i));
  const { outputs } = rows;
  const network = newNetwork({ steps: WINDOW, features: FEATURES, units: UNITS, outputs, seed });
  const optimizer = tf.train.adam(LEARNING_RATE);
  const weightsNow = (): LstmWeights =>
    lstmWeights(
      network.getWeights().map((tensor) => tensor.dataSync()),
      { features: FEATURES, units: UNITS, outputs },
    );
  try {
    // 1. Before the first epoch the network corrects nothing: what is not better than that is not kept.
    let best = { weights: weightsNow(), share: 0, error: meanAbsolute(check.targets) };
    for (let epoch = 0, since = 0; epoch < EPOCHS && since < PATIENCE; epoch++, since++) {
      // 2. An epoch of rows drawn without repetition.
      const drawn = sample(rng, learned, EPOCH_ROWS);
      for (let at = 0; at < drawn.length; at += BATCH) {
        if (signal?.aborted === true) throw new CodedError("aborted", {});
        const part = drawn.slice(at, at + BATCH);
        const { inputs, targets } = rows.batch(part);
        tf.tidy(() => {
          const x = tf.tensor3d(inputs, [part.length, WINDOW, FEATURES]);
          const y = tf.tensor2d(targets, [part.length, outputs]);
          optimizer.minimize(
            () =>
              tf.losses.absoluteDifference(y, network.apply(x, { training: true }) as typeof y) as ReturnType<
                typeof tf.scalar
              >,
          );
        });
        // So that a cancel and the messages of the channel get through.
        await tf.nextFrame();
      }
      // 3. Which epoch, and how much of its correction, does best on rows that it has not seen.
      const weights = weightsNow();
      const said = predictAll(weights, check.inputs);
      for (const share of SHARES) {
        const error = meanAbsolute(check.targets, said, share);
        if (error < best.error) {
          best = { weights, share, error };
          since = -1;
        }
      }
      onProgress?.((epoch + 1) / EPOCHS);
    }
    return best;
  } finally {
    optimizer.dispose();
    network.dispose();
  }
}

function predictAll(weights: LstmWeights, inputs: Float32Array): Float64Array {
  const size = WINDOW * FEATURES;
  const count = inputs.length / size;
  const out = new Float64Array(count * weights.outputs);
  for (let i = 0; i < count; i++)
    out.set(lstmForward(weights, inputs.subarray(i * size, (i + 1) * size)), i * weights.outputs);
  return out;
}

function meanAbsolute(targets: Float32Array, said?: Float64Array, share = 0): number {
  let sum = 0;
  for (let i = 0; i < targets.length; i++) sum += Math.abs((targets[i] as number) - share * (said?.[i] ?? 0));
  return sum / targets.length;
}

/** Up to `most` different numbers below `count`, by the first steps of a Fisher-Yates shuffle. */
function sample(rng: Rng, count: number, most: number): number[] {
  const order = Int32Array.from({ length: count }, (_, i) => i);
  const wanted = Math.min(count, most);
  for (let i = 0; i < wanted; i++) {
    const pick = i + Math.floor(rng() * (count - i));
    const other = order[pick] as number;
    order[pick] = order[i] as number;
    order[i] = other;
  }
  return [...order.subarray(0, wanted)];
}
