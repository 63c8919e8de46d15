import { describe, expect, test } from "vitest";
import { createRng, normal } from "../../../src/engine/common/rng.ts";
import type { Fitted, History } from "../../../src/engine/forecast/forecaster.ts";
import { lstm } from "../../../src/engine/forecast/lstm.ts";
import { lstmForward, lstmWeights } from "../../../src/engine/forecast/lstmCell.ts";
import { FEATURES, WINDOW, windowAt } from "../../../src/engine/forecast/lstmWindow.ts";
import { type Reference, referenceAt } from "../../../src/engine/forecast/references.ts";
import { historyOf, series, tensorFlow } from "./support.ts";

const SHAPE = { features: 3, units: 4, outputs: 2 };
const STEPS = 5;

/** Weights and inputs at random, so that no gate is shut. */
function atRandom(seed: number): { parts: Float32Array[]; window: Float32Array } {
  const rng = createRng(seed);
  const { features, units, outputs } = SHAPE;
  const some = (count: number, size: number): Float32Array =>
    Float32Array.from({ length: count }, () => size * normal(rng));
  const parts = [
    some(features * 4 * units, 0.5),
    some(units * 4 * units, 0.5),
    some(4 * units, 0.3),
    some(units * outputs, 0.8),
    some(outputs, 0.2),
  ];
  return { parts, window: some(STEPS * features, 1) };
}

async function networkOf(parts: readonly Float32Array[]) {
  const { tf, network } = await tensorFlow();
  const model = network({ steps: STEPS, ...SHAPE, seed: 1 });
  model.setWeights(model.getWeights().map((old, i) => tf.tensor(parts[i] as Float32Array, old.shape)));
  return { tf, model };
}

describe("the network", () => {
  test.each([1, 2, 3])("says without its library what the library says, seed %i", async (seed) => {
    const { parts, window } = atRandom(seed);
    const { tf, model } = await networkOf(parts);
    const said = model.predict(tf.tensor3d(window, [1, STEPS, SHAPE.features])) as ReturnType<typeof tf.tensor>;
    const theirs = said.dataSync();
    const ours = lstmForward(lstmWeights(parts, SHAPE), window);
    expect(ours).toHaveLength(SHAPE.outputs);
    for (const [k, value] of ours.entries()) expect(Math.abs(value - (theirs[k] as number))).toBeLessThan(1e-5);
    model.dispose();
  });

  test("begins by correcting nothing", async () => {
    const { network } = await tensorFlow();
    const model = network({ steps: STEPS, ...SHAPE, seed: 9 });
    const parts = model.getWeights().map((tensor) => tensor.dataSync());
    expect([...lstmForward(lstmWeights(parts, SHAPE), atRandom(4).window)]).toEqual([0, 0]);
    model.dispose();
  });

  test("learns by gradients that are those of its own loss", async () => {
    const { parts, window } = atRandom(5);
    const { tf, model } = await networkOf(parts);
    // Far from what is said on both sides, where the absolute error has a slope.
    const targets = Float32Array.of(6, -6);
    const { grads } = tf.variableGrads(
      () =>
        tf.losses.absoluteDifference(
          tf.tensor2d(targets, [1, SHAPE.outputs]),
          model.apply(tf.tensor3d(window, [1, STEPS, SHAPE.features]), { training: true }) as ReturnType<
            typeof tf.tensor2d
          >,
        ) as ReturnType<typeof tf.scalar>,
    );
    const loss = (changed: readonly Float32Array[]): number => {
      const said = lstmForward(lstmWeights(changed, SHAPE), window);
      return said.reduce((sum, value, k) => sum + Math.abs(value - (targets[k] as number)), 0) / said.length;
    };
    const STEP = 0.01;
    for (const [index, { name }] of model.trainableWeights.entries()) {
      const analytic = (grads[name] as ReturnType<typeof tf.tensor>).dataSync();
      const part = parts[index] as Float32Array;
      expect(analytic).toHaveLength(part.length);
      let difference = 0;
      let size = 0;
      for (let i = 0; i < part.length; i++) {
        const at = (by: number): number => {
          const changed = parts.map((own, other) => (other === index ? own.slice() : own));
          (changed[index] as Float32Array)[i] = (part[i] as number) + by;
          return loss(changed);
        };
        const numeric = (at(STEP) - at(-STEP)) / (2 * STEP);
        difference += ((analytic[i] as number) - numeric) ** 2;
        size += numeric ** 2;
      }
      expect(size).toBeGreaterThan(0);
      expect(Math.sqrt(difference / size), name).toBeLessThan(1e-2);
    }
    model.dispose();
  });

  test.each<[string, readonly ArrayLike<number>[]]>([
    ["too few parts", atRandom(1).parts.slice(0, 4)],
    ["a part of another size", atRandom(1).parts.map((part, i) => (i === 2 ? part.subarray(1) : part))],
    ["a number that is none", atRandom(1).parts.map((part, i) => (i === 0 ? part.map(() => Number.NaN) : part))],
  ])("is not made of %s", (_, parts) => expect(() => lstmWeights(parts, SHAPE)).toThrow(RangeError));
});

describe("a window", () => {
  test("is the same whatever comes after it, and whatever is asked later", () => {
    const calendar = { startMs: 0, stepMs: 3_600_000, dayMs: 86_400_000 };
    const values = series(300, 1, (t, noise) => 5 + Math.sin(t / 3) + noise());
    const whole: History = { values, season: 24, calendar, others: [], spikes: null, filled: null };
    for (const t of [47, 100, 250]) {
      const cut = windowAt({ ...whole, values: values.slice(0, t + 1) }, t);
      expect(cut.window).toHaveLength(WINDOW * FEATURES);
      expect(windowAt({ ...whole, values: values.map((value, at) => (at > t ? 1e9 : value)) }, t)).toEqual(cut);
    }
  });

  test("has no unit: a hundred times the values plus a thousand is the same window", () => {
    const values = series(200, 4, (_, noise) => noise());
    const { window, spread } = windowAt(historyOf(values, 12), 150);
    const other = windowAt(
      historyOf(
        values.map((value) => 100 * value + 1_000),
        12,
      ),
      150,
    );
    for (const [i, value] of other.window.entries()) expect(value).toBeCloseTo(window[i] as number, 4);
    expect(other.spread / spread).toBeCloseTo(100, 6);
  });

  test("stays small and finite when the values do not", () => {
    const values = series(200, 4, (t) => (t % 17 === 0 ? 1e300 : 0));
    expect(windowAt(historyOf(values), 199).window.every((value) => Math.abs(value) <= 6)).toBe(true);
  });
});

/** Mean absolute error over what came after the training, and that of the reference alone. */
function errors(fitted: Fitted, values: Float64Array, from: number, horizon: number): { own: number; simple: number } {
  const reference = fitted.toJSON()["reference"] as Reference;
  const sums = { own: 0, simple: 0 };
  for (let end = from; end + horizon <= values.length; end += 4) {
    const history = historyOf(values.subarray(0, end));
    const points = fitted.predict(history, horizon);
    for (let h = 0; h < horizon; h++) {
      const value = values[end + h] as number;
      sums.own += Math.abs((points[h] as number) - value);
      sums.simple += Math.abs(referenceAt(reference, history, end - 1, h + 1) - value);
    }
  }
  return sums;
}

// A training takes two seconds; on a machine that does other things besides far more.
describe("training", { timeout: 90_000 }, () => {
  const model = lstm(tensorFlow);

  test("lowers the error on what it has not seen, where something can be learned", async () => {
    // Two waves that no season of whole steps holds, and a little noise.
    const values = series(720, 2, (t, noise) => 10 + 3 * Math.sin(t / 2.7) + 2 * Math.sin(t / 7.1) + 0.2 * noise());
    const fitted = await model.fit(historyOf(values.slice(0, 560)), { horizon: 6, seed: 1 });
    const { own, simple } = errors(fitted, values, 560, 6);
    expect(fitted.toJSON()["share"]).toBeGreaterThan(0);
    expect(own).toBeLessThan(0.7 * simple);
  });

  test("stays with its reference on noise, tells how far it is, and leaves no tensors behind", async () => {
    const { tf } = await tensorFlow();
    const before = tf.memory().numTensors;
    const told: number[] = [];
    const values = series(600, 1, (_, noise) => 10 + noise());
    const fitted = await model.fit(historyOf(values.slice(0, 400)), {
      ...{ horizon: 6, seed: 1 },
      onProgress: (ratio) => told.push(ratio),
    });
    const { own, simple } = errors(fitted, values, 400, 6);
    expect(own).toBeLessThan(1.03 * simple);
    expect(told.length).toBeGreaterThan(0);
    expect(told).toEqual(told.toSorted((a, b) => a - b));
    expect(told.at(-1)).toBeLessThanOrEqual(1);
    expect(tf.memory().numTensors).toBe(before);
  });

  test.each(["before it begins", "after an epoch"])("can be given up %s", async (when) => {
    const { tf } = await tensorFlow();
    const before = tf.memory().numTensors;
    const controller = new AbortController();
    if (when === "before it begins") controller.abort();
    const fit = model.fit(historyOf(series(360, 3, (_, noise) => noise())), {
      ...{ horizon: 3, seed: 1, signal: controller.signal },
      onProgress: () => controller.abort(),
    });
    await expect(fit).rejects.toMatchObject({ code: "aborted" });
    expect(tf.memory().numTensors).toBe(before);
  });

  test("needs something to train with, and enough rows", async () => {
    const options = { horizon: 3, seed: 1 };
    await expect(lstm(null).fit(historyOf(new Float64Array(900)), options)).rejects.toThrow("nothing here to train");
    await expect(model.fit(historyOf(new Float64Array(340)), options)).rejects.toThrow("too few");
  });

  test("what was trained elsewhere is continued without the library", () => {
    const rng = createRng(6);
    const some = (count: number): number[] => Array.from({ length: count }, () => 0.2 * normal(rng));
    const kept = {
      ...{ model: "lstm", version: 1, share: 0.5, reference: { kind: "last" }, knots: [1, 3], backend: "wasm" },
      ...{ units: 2, weights: [some(FEATURES * 8), some(16), some(8), some(4), some(2)] },
    };
    const values = series(200, 3, (t, noise) => Math.sin(t / 3) + 0.2 * noise());
    const back = lstm(null).revive(kept);
    const points = back.predict(historyOf(values), 3);
    // Worked by hand: half of the network's correction in spreads, on a straight line between the two leads.
    const { window, spread } = windowAt(historyOf(values), 199);
    const weights = lstmWeights(kept.weights, { features: FEATURES, units: 2, outputs: 2 });
    const [near = 0, far = 0] = lstmForward(weights, window);
    const last = values[199] as number;
    for (const [h, correction] of [near, (near + far) / 2, far].entries())
      expect(points[h]).toBeCloseTo(last + 0.5 * spread * correction, 9);
    expect(back.toJSON()).toMatchObject({ knots: [1, 3], share: 0.5, units: 2 });
    expect(() => back.predict(historyOf(values), 4)).toThrow(RangeError);
    expect(() => back.predict(historyOf(values.subarray(0, 47)), 3)).toThrow(RangeError);
  });
});
