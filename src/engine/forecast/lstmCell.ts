/** Weights of the network in the order and layout of TensorFlow.js layers; the gates of a row are input, forget, cell, output. */
export interface LstmWeights {
  readonly features: number;
  readonly units: number;
  readonly outputs: number;
  /** `features × 4·units`. */
  readonly kernel: Float32Array;
  /** `units × 4·units`. */
  readonly recurrent: Float32Array;
  /** `4·units`. */
  readonly bias: Float32Array;
  /** `units × outputs`. */
  readonly denseKernel: Float32Array;
  /** `outputs`. */
  readonly denseBias: Float32Array;
}

/**
 * The weights of a network, from those of its two layers in their order.
 * @throws RangeError for parts of another size, or that are not finite
 */
export function lstmWeights(
  parts: readonly ArrayLike<number>[],
  shape: Pick<LstmWeights, "features" | "units" | "outputs">,
): LstmWeights {
  const { features, units, outputs } = shape;
  const sizes = [features * 4 * units, units * 4 * units, 4 * units, units * outputs, outputs];
  const part = (index: number): Float32Array => {
    // Looked at before they are copied: `null`, which JSON has for what is no number, would be copied as 0.
    const values = Array.from(parts[index] ?? []);
    if (values.length !== sizes[index] || !values.every(Number.isFinite))
      throw new RangeError(`weights ${index} must be ${sizes[index]} finite numbers, got ${values.length}`);
    return Float32Array.from(values);
  };
  return {
    ...shape,
    kernel: part(0),
    recurrent: part(1),
    bias: part(2),
    denseKernel: part(3),
    denseBias: part(4),
  };
}

/**
 * Forward pass of one window through one LSTM layer (Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000)
 * and a dense layer:
 *
 *     i, f, o = σ(W x + U h + b);  g = tanh(W x + U h + b);  c ← f c + i g;  h ← o tanh(c);  y = V h + d
 *
 * Here rather than in TensorFlow.js, because a forecast is one window: that takes a tenth of a millisecond, and the library
 * would first take 100 MB. @param window `steps × features`
 */
export function lstmForward(weights: LstmWeights, window: Float32Array): Float64Array {
  const { features, units, outputs, kernel, recurrent, bias, denseKernel, denseBias } = weights;
  const width = 4 * units;
  const steps = window.length / features;
  const hidden = new Float64Array(units);
  const cell = new Float64Array(units);
  const gates = new Float64Array(width);
  for (let step = 0; step < steps; step++) {
    gates.set(bias);
    for (let f = 0; f < features; f++) {
      const x = window[step * features + f] as number;
      for (let k = 0; k < width; k++) gates[k] = (gates[k] as number) + x * (kernel[f * width + k] as number);
    }
    for (let u = 0; u < units; u++) {
      const h = hidden[u] as number;
      for (let k = 0; k < width; k++) gates[k] = (gates[k] as number) + h * (recurrent[u * width + k] as number);
    }
    for (let u = 0; u < units; u++) {
      const input = sigmoid(gates[u] as number);
      const forget = sigmoid(gates[units + u] as number);
      const fresh = Math.tanh(gates[2 * units + u] as number);
      const output = sigmoid(gates[3 * units + u] as number);
      const next = forget * (cell[u] as number) + input * fresh;
      cell[u] = next;
      hidden[u] = output * Math.tanh(next);
    }
  }
  const out = Float64Array.from(denseBias);
  for (let u = 0; u < units; u++)
    for (let k = 0; k < outputs; k++)
      out[k] = (out[k] as number) + (hidden[u] as number) * (denseKernel[u * outputs + k] as number);
  return out;
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
