import { normal, type Rng } from "../../common/rng.ts";

/**
 * Dense layers with rectified linear units between them and none after the last, on flat arrays: forward and backward for
 * a batch. Own, because a step of training at this size (10-64-64-5, batch 32) is a few hundred thousand
 * multiplications: a library spends more than that on telling its back end what to do (`bench/dqn.ts` measures both).
 *
 * Parameters lie in one array, layer after layer: weights of each unit (`outputs × inputs`, row by row), then the biases.
 */
export class Network {
  /** Units of each layer, the inputs first. */
  readonly sizes: readonly number[];
  readonly parameters: Float64Array;
  readonly #layers: readonly Layer[];

  /**
   * @param parameters as long as `sizes` ask for
   * @throws RangeError for a layer without units, parameters of another length, or one that is no finite number
   */
  constructor(sizes: readonly number[], parameters: Float64Array) {
    this.sizes = sizes;
    this.#layers = layersOf(sizes);
    const wanted = parameterCount(sizes);
    if (parameters.length !== wanted) throw new RangeError(`parameters must be ${wanted}, got ${parameters.length}`);
    const bad = parameters.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) throw new RangeError(`parameters must be finite, got ${parameters[bad]} at ${bad}`);
    this.parameters = parameters;
  }

  get inputs(): number {
    return this.sizes[0] as number;
  }

  get outputs(): number {
    return this.sizes.at(-1) as number;
  }

  copy(): Network {
    return new Network(this.sizes, this.parameters.slice());
  }

  /** Takes over the parameters of a network of the same shape. */
  take(other: Network): void {
    this.parameters.set(other.parameters);
  }

  /**
   * @param pass holds the batch: `pass.input` is read, `pass.output` is written
   * @throws RangeError for a pass of another shape
   */
  forward(pass: Pass): Float64Array {
    this.#check(pass);
    for (const [l, layer] of this.#layers.entries()) {
      const from = pass.activations[l] as Float64Array;
      const to = pass.activations[l + 1] as Float64Array;
      dense(this.parameters, layer, from, to, pass.batch, l + 1 < this.#layers.length);
    }
    return pass.output;
  }

  /**
   * The gradient of a loss by every parameter, after `forward` of the same pass.
   * @param outputGradient of the loss by the outputs, `batch × outputs`
   * @param gradient is overwritten, as long as the parameters
   */
  backward(pass: Pass, outputGradient: Float64Array, gradient: Float64Array): void {
    this.#check(pass);
    if (outputGradient.length !== pass.output.length)
      throw new RangeError(`outputGradient must be ${pass.output.length} long, got ${outputGradient.length}`);
    if (gradient.length !== this.parameters.length)
      throw new RangeError(`gradient must be ${this.parameters.length} long, got ${gradient.length}`);
    gradient.fill(0);
    let deltas = outputGradient;
    for (let l = this.#layers.length - 1; l >= 0; l--) {
      const layer = this.#layers[l] as Layer;
      const from = pass.activations[l] as Float64Array;
      const before = l > 0 ? (pass.deltas[l] as Float64Array) : null;
      denseBackward(this.parameters, layer, from, deltas, before, gradient, pass.batch);
      if (before !== null) deltas = before;
    }
  }

  #check(pass: Pass): void {
    if (pass.sizes.length !== this.sizes.length || pass.sizes.some((size, l) => size !== this.sizes[l]))
      throw new RangeError(`pass must be of the shape ${this.sizes.join("-")}, got ${pass.sizes.join("-")}`);
  }
}

/** What one batch needs on its way forth and back; made once, used again. */
export class Pass {
  readonly sizes: readonly number[];
  readonly batch: number;
  /** Of each layer, the inputs first: `batch × units`, row by row. */
  readonly activations: readonly Float64Array[];
  /** Gradients of the loss by what goes into each layer's units; the first is not used. */
  readonly deltas: readonly Float64Array[];

  /** @throws RangeError for a layer without units or a batch of none */
  constructor(sizes: readonly number[], batch: number) {
    layersOf(sizes);
    if (!(Number.isInteger(batch) && batch > 0)) throw new RangeError(`batch must be a count > 0, got ${batch}`);
    this.sizes = sizes;
    this.batch = batch;
    this.activations = sizes.map((size) => new Float64Array(size * batch));
    this.deltas = sizes.map((size, l) => new Float64Array(l === 0 ? 0 : size * batch));
  }

  get input(): Float64Array {
    return this.activations[0] as Float64Array;
  }

  get output(): Float64Array {
    return this.activations.at(-1) as Float64Array;
  }
}

interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  /** Where its weights and its biases begin. */
  readonly weights: number;
  readonly biases: number;
}

export function parameterCount(sizes: readonly number[]): number {
  return layersOf(sizes).reduce((sum, { inputs, outputs }) => sum + inputs * outputs + outputs, 0);
}

/**
 * Random weights, biases of zero. Hidden layers: He, normal with variance 2 ÷ inputs (He et al. 2015, for rectified units).
 * The last: Glorot, uniform within ±√(6 ÷ (inputs + outputs)) (Glorot and Bengio 2010), for it has no rectifier.
 */
export function initialNetwork(sizes: readonly number[], rng: Rng): Network {
  const layers = layersOf(sizes);
  const parameters = new Float64Array(parameterCount(sizes));
  for (const [l, { inputs, outputs, weights }] of layers.entries()) {
    const isLast = l === layers.length - 1;
    const deviation = Math.sqrt(2 / inputs);
    const limit = Math.sqrt(6 / (inputs + outputs));
    for (let i = 0; i < inputs * outputs; i++)
      parameters[weights + i] = isLast ? limit * (2 * rng() - 1) : deviation * normal(rng);
  }
  return new Network(sizes, parameters);
}

function layersOf(sizes: readonly number[]): readonly Layer[] {
  if (sizes.length < 2) throw new RangeError(`sizes must have at least 2 layers, got ${sizes.length}`);
  for (const [l, size] of sizes.entries())
    if (!(Number.isInteger(size) && size > 0)) throw new RangeError(`sizes[${l}] must be a count > 0, got ${size}`);
  const layers: Layer[] = [];
  let at = 0;
  for (let l = 1; l < sizes.length; l++) {
    const inputs = sizes[l - 1] as number;
    const outputs = sizes[l] as number;
    layers.push({ inputs, outputs, weights: at, biases: at + inputs * outputs });
    at += inputs * outputs + outputs;
  }
  return layers;
}

/** `to = from · weightsᵀ + biases`, rectified or not. Four units at a time, so that an input is read once for all four. */
function dense(
  parameters: Float64Array,
  { inputs, outputs, weights, biases }: Layer,
  from: Float64Array,
  to: Float64Array,
  batch: number,
  rectified: boolean,
): void {
  const fours = outputs - (outputs % 4);
  for (let row = 0; row < batch; row++) {
    const begin = row * inputs;
    const out = row * outputs;
    let unit = 0;
    for (; unit < fours; unit += 4) {
      let w0 = weights + unit * inputs;
      let w1 = w0 + inputs;
      let w2 = w1 + inputs;
      let w3 = w2 + inputs;
      let a = parameters[biases + unit] as number;
      let b = parameters[biases + unit + 1] as number;
      let c = parameters[biases + unit + 2] as number;
      let d = parameters[biases + unit + 3] as number;
      for (let i = begin; i < begin + inputs; i++) {
        const x = from[i] as number;
        a += (parameters[w0++] as number) * x;
        b += (parameters[w1++] as number) * x;
        c += (parameters[w2++] as number) * x;
        d += (parameters[w3++] as number) * x;
      }
      to[out + unit] = rectified && !(a > 0) ? 0 : a;
      to[out + unit + 1] = rectified && !(b > 0) ? 0 : b;
      to[out + unit + 2] = rectified && !(c > 0) ? 0 : c;
      to[out + unit + 3] = rectified && !(d > 0) ? 0 : d;
    }
    for (; unit < outputs; unit++) {
      let w = weights + unit * inputs;
      let sum = parameters[biases + unit] as number;
      for (let i = begin; i < begin + inputs; i++) sum += (parameters[w++] as number) * (from[i] as number);
      to[out + unit] = rectified && !(sum > 0) ? 0 : sum;
    }
  }
}

/**
 * Adds the gradient by weights and biases; `before` becomes that by what goes into the units of the layer before, which are
 * rectified: nothing passes a unit that was not above zero. Units without a gradient are passed over: half of those behind a
 * rectifier, and all but one of the last layer, whose loss looks at one action.
 */
function denseBackward(
  parameters: Float64Array,
  { inputs, outputs, weights, biases }: Layer,
  from: Float64Array,
  deltas: Float64Array,
  before: Float64Array | null,
  gradient: Float64Array,
  batch: number,
): void {
  before?.fill(0);
  for (let row = 0; row < batch; row++) {
    const begin = row * inputs;
    for (let unit = 0; unit < outputs; unit++) {
      const delta = deltas[row * outputs + unit] as number;
      if (delta === 0) continue;
      const w = weights + unit * inputs;
      gradient[biases + unit] = (gradient[biases + unit] as number) + delta;
      if (before === null) {
        for (let i = 0; i < inputs; i++)
          gradient[w + i] = (gradient[w + i] as number) + delta * (from[begin + i] as number);
      } else {
        for (let i = 0; i < inputs; i++) {
          gradient[w + i] = (gradient[w + i] as number) + delta * (from[begin + i] as number);
          before[begin + i] = (before[begin + i] as number) + delta * (parameters[w + i] as number);
        }
      }
    }
    if (before !== null) for (let i = begin; i < begin + inputs; i++) if (!((from[i] as number) > 0)) before[i] = 0;
  }
}
