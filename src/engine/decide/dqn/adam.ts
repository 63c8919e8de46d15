export interface AdamOptions {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

export const DEFAULT_ADAM: AdamOptions = { learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };

/**
 * Adam (Kingma and Ba 2015, algorithm 1): mₜ = β₁mₜ₋₁ + (1 − β₁)g, vₜ = β₂vₜ₋₁ + (1 − β₂)g²,
 * θ ← θ − α · m̂ ÷ (√v̂ + ε) with m̂ = m ÷ (1 − β₁ᵗ), v̂ = v ÷ (1 − β₂ᵗ).
 */
export class Adam {
  readonly #options: AdamOptions;
  readonly #first: Float64Array;
  readonly #second: Float64Array;
  #power1 = 1;
  #power2 = 1;

  /** @throws RangeError for a rate or ε that is not above 0, or a β outside [0, 1) */
  constructor(parameters: number, options: AdamOptions = DEFAULT_ADAM) {
    const { learningRate, beta1, beta2, epsilon } = options;
    for (const [name, value] of Object.entries({ learningRate, epsilon }))
      if (!(value > 0 && Number.isFinite(value))) throw new RangeError(`${name} must be > 0, got ${value}`);
    for (const [name, value] of Object.entries({ beta1, beta2 }))
      if (!(value >= 0 && value < 1)) throw new RangeError(`${name} must be from 0 to below 1, got ${value}`);
    this.#options = options;
    this.#first = new Float64Array(parameters);
    this.#second = new Float64Array(parameters);
  }

  /**
   * One step against the gradient, in place.
   * @param scale every gradient is multiplied by it first (for clipping by the norm)
   */
  step(parameters: Float64Array, gradient: Float64Array, scale = 1): void {
    const { learningRate, beta1, beta2, epsilon } = this.#options;
    const first = this.#first;
    const second = this.#second;
    this.#power1 *= beta1;
    this.#power2 *= beta2;
    // Both corrections once a step: α·m̂ ÷ (√v̂ + ε) = rate·m ÷ (√v + ε·root).
    const root = Math.sqrt(1 - this.#power2);
    const rate = (learningRate * root) / (1 - this.#power1);
    const small = epsilon * root;
    for (let i = 0; i < parameters.length; i++) {
      const g = scale * (gradient[i] as number);
      const m = beta1 * (first[i] as number) + (1 - beta1) * g;
      const v = beta2 * (second[i] as number) + (1 - beta2) * g * g;
      first[i] = m;
      second[i] = v;
      parameters[i] = (parameters[i] as number) - (rate * m) / (Math.sqrt(v) + small);
    }
  }
}

/** What a gradient is to be multiplied by so that its length is at most `most`. @throws RangeError for one that is no number */
export function clipScale(gradient: Float64Array, most: number): number {
  let sum = 0;
  for (let i = 0; i < gradient.length; i++) sum += (gradient[i] as number) * (gradient[i] as number);
  const norm = Math.sqrt(sum);
  if (!Number.isFinite(norm)) throw new RangeError(`gradient must be finite, got a length of ${norm}`);
  return norm > most ? most / norm : 1;
}
