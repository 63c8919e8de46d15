/** Mean, and variance ÷ mean². NaN where there are too few. */
export interface Moments {
  readonly count: number;
  readonly mean: number;
  readonly scv: number;
}

/** Sample variance, in two passes: the squares of epoch times would lose what varies. */
export function momentsOf(values: readonly number[]): Moments {
  const count = values.length;
  if (count === 0) return { count, mean: Number.NaN, scv: Number.NaN };
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { count, mean, scv: count > 1 ? squares / (count - 1) / mean ** 2 : Number.NaN };
}
