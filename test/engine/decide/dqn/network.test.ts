import { join } from "node:path";
import type * as tfc from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { createRng, normal, type Rng } from "../../../../src/engine/common/rng.ts";
import { loadTensorFlow } from "../../../../src/engine/forecast/tensorFlow.ts";
import { initialNetwork, Network, parameterCount, Pass } from "../../../../src/engine/decide/dqn/network.ts";

const SIZES = [10, 64, 64, 5];
const BATCH = 8;

function randomNetwork(sizes: readonly number[], rng: Rng): Network {
  return new Network(
    sizes,
    new Float64Array(parameterCount(sizes)).map(() => normal(rng) / 3),
  );
}

function filled(pass: Pass, rng: Rng): Pass {
  for (let i = 0; i < pass.input.length; i++) pass.input[i] = 2 * rng() - 1;
  return pass;
}

/** A loss of all outputs with known gradient: Σ wᵢ·yᵢ + ½yᵢ². */
function lossOf(output: Float64Array, weights: Float64Array): number {
  return output.reduce((sum, y, i) => sum + (weights[i] as number) * y + (y * y) / 2, 0);
}

describe("the network", () => {
  test.each([[[3, 4, 2]], [[10, 7, 6, 5]], [[2, 9]], [[5, 8, 8, 8, 1]]])(
    "has the gradients that central differences show: %j",
    (sizes) => {
      const rng = createRng(sizes.length * 31 + (sizes[0] as number));
      const network = randomNetwork(sizes, rng);
      const pass = filled(new Pass(sizes, BATCH), rng);
      const weights = new Float64Array(pass.output.length).map(() => normal(rng));
      network.forward(pass);
      const gradient = new Float64Array(network.parameters.length);
      network.backward(
        pass,
        pass.output.map((y, i) => (weights[i] as number) + y),
        gradient,
      );
      const step = 1e-5;
      for (let p = 0; p < gradient.length; p++) {
        const kept = network.parameters[p] as number;
        network.parameters[p] = kept + step;
        const above = lossOf(network.forward(pass), weights);
        network.parameters[p] = kept - step;
        const below = lossOf(network.forward(pass), weights);
        network.parameters[p] = kept;
        const numeric = (above - below) / (2 * step);
        expect(Math.abs((gradient[p] as number) - numeric)).toBeLessThan(1e-5 * Math.max(1, Math.abs(numeric)));
      }
    },
  );

  test("passes nothing back through a unit that is at zero", () => {
    const network = new Network([1, 1, 1], Float64Array.of(1, -5, 1, 0));
    const pass = new Pass([1, 1, 1], 1);
    pass.input[0] = 1;
    network.forward(pass);
    const gradient = new Float64Array(4);
    network.backward(pass, Float64Array.of(1), gradient);
    expect([...gradient]).toEqual([0, 0, 0, 1]);
  });

  test("is seeded, and He-distributed before its rectifiers", () => {
    const one = initialNetwork([400, 300, 5], createRng(3));
    expect([...one.parameters]).toEqual([...initialNetwork([400, 300, 5], createRng(3)).parameters]);
    expect(one.parameters[0]).not.toBe(initialNetwork([400, 300, 5], createRng(4)).parameters[0]);
    const weights = one.parameters.subarray(0, 400 * 300);
    const variance = weights.reduce((sum, w) => sum + w * w, 0) / weights.length;
    expect(variance).toBeCloseTo(2 / 400, 4);
    const biases = one.parameters.subarray(400 * 300, 400 * 300 + 300);
    expect(biases.every((bias) => bias === 0)).toBe(true);
    const limit = Math.sqrt(6 / 305);
    const last = one.parameters.subarray(400 * 300 + 300, 400 * 300 + 300 + 1500);
    expect(last.every((w) => Math.abs(w) <= limit)).toBe(true);
    expect(Math.max(...last)).toBeGreaterThan(0.9 * limit);
  });

  test("refuses shapes and parameters that cannot be, by name", () => {
    expect(() => new Network([3], new Float64Array(0))).toThrow("sizes must have at least 2 layers, got 1");
    expect(() => new Network([3, 0], new Float64Array(0))).toThrow("sizes[1] must be a count > 0, got 0");
    expect(() => new Network([3, 2], new Float64Array(7))).toThrow("parameters must be 8, got 7");
    expect(() => new Network([1, 1], Float64Array.of(1, Number.NaN))).toThrow(
      "parameters must be finite, got NaN at 1",
    );
    expect(() => new Pass([3, 2], 0)).toThrow("batch must be a count > 0, got 0");
    const network = initialNetwork([3, 2], createRng(1));
    expect(() => network.forward(new Pass([3, 3], 1))).toThrow("pass must be of the shape 3-2, got 3-3");
    expect(() => network.backward(new Pass([3, 2], 1), new Float64Array(1), new Float64Array(8))).toThrow(
      "outputGradient must be 2 long, got 1",
    );
  });
});

describe("beside TensorFlow.js", () => {
  const library = loadTensorFlow({
    wasmFolder: join(import.meta.dirname, "../../../../node_modules/@tensorflow/tfjs-backend-wasm/dist/"),
    native: null,
  });

  test.each([1, 2, 3])("goes forth and back as it does (seed %d)", async (seed) => {
    const { tf } = await library;
    const rng = createRng(seed);
    const network = randomNetwork(SIZES, rng);
    const pass = filled(new Pass(SIZES, BATCH), rng);
    const output = network.forward(pass);
    const wanted = new Float64Array(output.length).map(() => normal(rng));
    const gradient = new Float64Array(network.parameters.length);
    // ½ Σ (y − wanted)²
    network.backward(
      pass,
      output.map((y, i) => y - (wanted[i] as number)),
      gradient,
    );

    tf.tidy(() => {
      const variables: tfc.Variable[] = [];
      let at = 0;
      for (let l = 1; l < SIZES.length; l++) {
        const [inputs, outputs] = [SIZES[l - 1] as number, SIZES[l] as number];
        const take = (shape: number[]): tfc.Variable => {
          const count = shape.reduce((a, b) => a * b, 1);
          const values = Float32Array.from(network.parameters.subarray(at, at + count));
          at += count;
          return tf.variable(tf.tensor(values, shape));
        };
        variables.push(take([outputs, inputs]), take([outputs]));
      }
      const input = tf.tensor2d(Float32Array.from(pass.input), [BATCH, 10]);
      const forward = (): tfc.Tensor => {
        let value: tfc.Tensor = input;
        for (let l = 0; l < variables.length; l += 2) {
          value = tf.add(tf.matMul(value, variables[l] as tfc.Tensor, false, true), variables[l + 1] as tfc.Tensor);
          if (l + 2 < variables.length) value = tf.relu(value);
        }
        return value;
      };
      const theirs = forward().dataSync();
      for (const [i, y] of theirs.entries()) expect(Math.abs(y - (output[i] as number))).toBeLessThan(1e-3);
      const { grads } = tf.variableGrads(
        () =>
          tf.mul(
            0.5,
            tf.sum(tf.squaredDifference(forward(), tf.tensor2d(Float32Array.from(wanted), [BATCH, 5]))),
          ) as tfc.Scalar,
        variables,
      );
      const all = variables.flatMap(({ name }) => [...(grads[name] as tfc.Tensor).dataSync()]);
      expect(all.length).toBe(gradient.length);
      for (const [i, g] of all.entries())
        expect(Math.abs(g - (gradient[i] as number))).toBeLessThan(2e-3 * Math.max(1, Math.abs(g)));
      for (const variable of variables) variable.dispose();
    });
  });
});
