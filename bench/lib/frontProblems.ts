import type { Problem, Variable } from "../../src/engine/decide/nsga/problem.ts";

/** A problem whose Pareto front is known, and the hypervolume of all of that front with reference 1.1 in each objective. */
export interface FrontProblem extends Problem {
  readonly name: string;
  readonly frontVolume: number;
}

export const REFERENCE = 1.1;
/** Steps of the numeric integral: its error is below 1e-6. */
const STEPS = 1_000_000;

const unit = (count: number): Variable[] => Array.from({ length: count }, () => ({ kind: "real", low: 0, high: 1 }));

/** ZDT (Zitzler, Deb & Thiele 2000): f₂ = g · h(f₁, g), 30 variables; on the front g = 1. */
function zdt(name: string, h: (f1: number, g: number) => number): FrontProblem {
  const variables = unit(30);
  return {
    name,
    variables,
    objectives: 2,
    frontVolume: volumeBelow((f1) => h(f1, 1)),
    evaluate: (x, out) => {
      let sum = 0;
      for (let v = 1; v < x.length; v++) sum += x[v] as number;
      const g = 1 + (9 * sum) / (x.length - 1);
      const f1 = x[0] as number;
      out[0] = f1;
      out[1] = g * h(f1, g);
      return 0;
    },
  };
}

/** What a curve over 0..1 dominates: the lowest so far counts, since parts of it may be dominated themselves (ZDT3). */
function volumeBelow(curve: (f1: number) => number): number {
  let lowest = REFERENCE;
  let sum = 0;
  for (let step = 0; step < STEPS; step++) {
    lowest = Math.min(lowest, curve((step + 0.5) / STEPS));
    sum += (REFERENCE - lowest) / STEPS;
  }
  return sum + (REFERENCE - 1) * (REFERENCE - lowest);
}

/** DTLZ2 (Deb, Thiele, Laumanns & Zitzler 2002) with 3 objectives and 12 variables: an eighth of the unit sphere. */
const dtlz2: FrontProblem = {
  name: "dtlz2",
  variables: unit(12),
  objectives: 3,
  frontVolume: REFERENCE ** 3 - Math.PI / 6,
  evaluate: (x, out) => {
    let g = 0;
    for (let v = 2; v < x.length; v++) g += ((x[v] as number) - 0.5) ** 2;
    const [a, b] = [((x[0] as number) * Math.PI) / 2, ((x[1] as number) * Math.PI) / 2];
    out[0] = (1 + g) * Math.cos(a) * Math.cos(b);
    out[1] = (1 + g) * Math.cos(a) * Math.sin(b);
    out[2] = (1 + g) * Math.sin(a);
    return 0;
  },
};

export const FRONT_PROBLEMS: readonly FrontProblem[] = [
  zdt("zdt1", (f1, g) => 1 - Math.sqrt(f1 / g)),
  zdt("zdt2", (f1, g) => 1 - (f1 / g) ** 2),
  zdt("zdt3", (f1, g) => 1 - Math.sqrt(f1 / g) - (f1 / g) * Math.sin(10 * Math.PI * f1)),
  dtlz2,
];
