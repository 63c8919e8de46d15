import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { optimizeAllocation } from "../src/engine/decide/allocation/optimize.ts";
import { hypervolume } from "../src/engine/decide/nsga/hypervolume.ts";
import { SEEDS } from "../src/engine/decide/nsga/paretoSearch.ts";
import { DEFAULT_NSGA2, nsga2 } from "../src/engine/decide/nsga2.ts";
import { optimizeRequest } from "../test/engine/decide/allocation/world.ts";
import { FRONT_PROBLEMS, type FrontProblem, REFERENCE } from "./lib/frontProblems.ts";
import { median, report } from "./lib/report.ts";

/**
 * NSGA-II on problems whose front is known: the hypervolume of what it finds ÷ that of the whole front (reference 1.1 in
 * each objective; even the best 100 points stay below 1), population 100, 200 generations, crossover 0.8, mutation 0.1 of
 * each variable, medians of 11 seeds. Beside DEAP's, where python3 has it (Debian: python3-deap), with the same
 * probabilities and distribution indices. The operators are not quite the same: DEAP spreads half of the coordinates and
 * leaves the others, ours spreads a fifth and exchanges the others at random; DEAP cuts a front by one measure of crowding,
 * ours one point at a time. The fifth was chosen on these problems. And a search for an allocation: three lanes, two kinds
 * of agents, 21 variables, 4 aims.
 *
 *     npm run -s bench nsga2
 */
const bench = "nsga2";
const RUNS = 11;
const TARGETS: Readonly<Record<string, number>> = { zdt1: 0.99, zdt2: 0.985, zdt3: 0.99, dtlz2: 0.87 };
/** Of a peer, by which we may be behind; and how many times faster we are to be. */
const BEHIND = 0.005;
const FASTER = 5;
/** A Python that the system brings, where a version manager's has no packages. */
const PYTHONS = ["python3", "/usr/bin/python3"];

interface Figures {
  readonly ratio: number;
  readonly ms: number;
}

function ratioOf(problem: FrontProblem, points: readonly ArrayLike<number>[]): number {
  const reference = Array.from({ length: problem.objectives }, () => REFERENCE);
  return hypervolume(points, reference) / problem.frontVolume;
}

function medians(runs: readonly Figures[]): Figures {
  return { ratio: median(runs.map(({ ratio }) => ratio)), ms: median(runs.map(({ ms }) => ms)) };
}

function ours(problem: FrontProblem): Figures {
  nsga2(problem, DEFAULT_NSGA2, { seed: 99 });
  const runs = Array.from({ length: RUNS }, (_, n): Figures => {
    const began = performance.now();
    const result = nsga2(problem, DEFAULT_NSGA2, { seed: n + 1 });
    const ms = performance.now() - began;
    if (result.kind !== "front") throw new Error(`${problem.name}: no front`);
    return {
      ms,
      ratio: ratioOf(
        problem,
        result.front.map(({ objectives }) => objectives),
      ),
    };
  });
  return medians(runs);
}

/** Medians by problem; `null` when there is no DEAP. */
function deap(): ReadonlyMap<string, Figures> | null {
  const python = PYTHONS.find((one) => spawnSync(one, ["-c", "import deap"], { stdio: "ignore" }).status === 0);
  if (python === undefined) return null;
  const { population, generations, crossover, mutation } = DEFAULT_NSGA2;
  const { stdout, status } = spawnSync(
    python,
    [
      join(import.meta.dirname, "lib/deapNsga2.py"),
      ...[RUNS, population, generations, crossover, mutation].map(String),
    ],
    { stdio: ["ignore", "pipe", "inherit"], encoding: "utf8", maxBuffer: 1 << 26 },
  );
  if (status !== 0) throw new Error(`deapNsga2.py: exit code ${status}`);
  const rows = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { problem: string; ms: number; front: number[][] });
  return new Map(
    FRONT_PROBLEMS.map((problem) => {
      const own = rows.filter((row) => row.problem === problem.name);
      return [problem.name, medians(own.map(({ ms, front }) => ({ ms, ratio: ratioOf(problem, front) })))];
    }),
  );
}

function allocationFigures(): void {
  const request = optimizeRequest({ population: DEFAULT_NSGA2.population, generations: DEFAULT_NSGA2.generations });
  const once = (): number => {
    const began = performance.now();
    optimizeAllocation(request, { tell: () => undefined });
    return performance.now() - began;
  };
  once();
  const whole = median([once(), once(), once(), once(), once()]);
  const common = { bench, unit: "ms", better: "lower" } as const;
  report({ ...common, name: "allocation: search of 100 × 200", value: whole / SEEDS, target: 500 });
  report({ ...common, name: `allocation: whole answer, ${SEEDS} searches`, value: whole });
}

allocationFigures();
const found = FRONT_PROBLEMS.map((problem) => ({ name: problem.name, own: ours(problem) }));
const peers = deap();
if (peers === null) process.stderr.write("DEAP skipped: no python3 with deap (Debian: python3-deap)\n");
for (const { name, own } of found) {
  const target = TARGETS[name] as number;
  report({ bench, name: `${name}: hypervolume`, value: own.ratio, unit: "ratio", better: "higher", target });
  report({ bench, name: `${name}: time`, value: own.ms, unit: "ms", better: "lower" });
  const their = peers?.get(name);
  if (their === undefined) continue;
  const peer = "DEAP NSGA-II";
  report({
    ...{ bench, name: `${name}: hypervolume beside DEAP`, value: own.ratio, unit: "ratio", better: "higher" },
    ...{ target: their.ratio - BEHIND, peer, peerValue: their.ratio },
  });
  report({
    ...{ bench, name: `${name}: time beside DEAP`, value: own.ms, unit: "ms", better: "lower" },
    ...{ target: their.ms / FASTER, peer, peerValue: their.ms },
  });
}
