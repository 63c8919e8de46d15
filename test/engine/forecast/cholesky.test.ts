import { expect, test } from "vitest";
import { createRng, normal } from "../../../src/engine/common/rng.ts";
import { backSolve, cholesky, forwardSolve } from "../../../src/engine/forecast/cholesky.ts";

/** XᵀX of random rows, and what it gives for known factors. */
function system(width: number, seed: number) {
  const rng = createRng(seed);
  const rows = Array.from({ length: 3 * width }, () => Array.from({ length: width }, () => normal(rng)));
  const gram = new Float64Array(width * width);
  for (const row of rows)
    for (let i = 0; i < width; i++)
      for (let j = 0; j < width; j++)
        gram[i * width + j] = (gram[i * width + j] as number) + (row[i] as number) * (row[j] as number);
  const wanted = Float64Array.from({ length: width }, (_, i) => i + 1);
  const right = Float64Array.from({ length: width }, (_, i) =>
    wanted.reduce((sum, factor, j) => sum + factor * (gram[i * width + j] as number), 0),
  );
  return { gram, wanted, right };
}

test("solves the normal equations, and each leading block of them", () => {
  const { gram, wanted, right } = system(6, 1);
  const whole = gram.slice();
  cholesky(gram, 6);
  const z = forwardSolve(gram, right, 6);
  for (const [i, factor] of backSolve(gram, z, 6, 6).entries()) expect(factor).toBeCloseTo(wanted[i] as number, 9);
  // The first three alone: their block times them gives their right sides.
  const three = backSolve(gram, z, 3, 6);
  for (let i = 0; i < 3; i++)
    expect(three.reduce((sum, factor, j) => sum + factor * (whole[i * 6 + j] as number), 0)).toBeCloseTo(
      right[i] as number,
      9,
    );
});

test("refuses columns that depend on each other", () => {
  expect(() => cholesky(Float64Array.of(1, 2, 2, 4), 2)).toThrow(/column 1 of 2/);
});
