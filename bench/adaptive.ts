import { createRng, type Rng } from "../src/engine/common/rng.ts";
import { DEFAULT_BREAKER } from "../src/engine/guard/breakerOptions.ts";
import { CircuitBreaker } from "../src/engine/guard/circuitBreaker.ts";
import { median, report } from "./lib/report.ts";

/**
 * A simulator, and only that: calls to services whose health is made up, through the breaker as it is shipped, once with
 * fixed and once with adaptive thresholds; the same calls for both. Ten calls a second for an hour and a half; the first
 * half hour is for learning and is not counted. The rates are off, so that only the threshold is compared.
 */
const CALL_EVERY_MS = 100;
const LEARN_MS = 30 * 60_000;
const TOTAL_MS = 90 * 60_000;
const SEEDS = 15;

interface Service {
  readonly name: string;
  /** Failure probability at a moment, ms from the beginning. */
  readonly failing: (ms: number) => number;
  /** When trouble begins that should be noticed; empty: never. */
  readonly troubles: readonly number[];
}

const noise = (p: number): Service => ({ name: `noise_${p * 100}`, failing: () => p, troubles: [] });
const minutes = (n: number) => n * 60_000;
const outages = (every: number, length: number): readonly number[] =>
  Array.from({ length: Math.floor((TOTAL_MS - LEARN_MS) / every) }, (_, n) => LEARN_MS + minutes(3) + n * every).filter(
    (at) => at + length < TOTAL_MS,
  );
const during = (troubles: readonly number[], length: number, bad: number, good: number) => (ms: number) =>
  troubles.some((at) => ms >= at && ms < at + length) ? bad : good;
const hard = outages(minutes(12), minutes(4));
const brown = outages(minutes(12), minutes(4));
const flaps = outages(minutes(3), 20_000);

const services: readonly Service[] = [
  noise(0.05),
  noise(0.2),
  noise(0.35),
  { name: "brown_out", failing: during(brown, minutes(4), 0.6, 0.01), troubles: brown },
  { name: "hard_outage", failing: during(hard, minutes(4), 1, 0.01), troubles: hard },
  { name: "flapping", failing: during(flaps, 20_000, 1, 0.01), troubles: flaps },
];

interface Result {
  /** Openings while nothing was wrong, in the counted hour. */
  readonly needless: number;
  /** From the begin of a trouble to the opening, medians; `null`: none was to be noticed. */
  readonly detectedMs: number | null;
  readonly missed: number;
}

function simulate({ failing, troubles }: Service, adaptive: boolean, rng: Rng): Result {
  let nowMs = 0;
  const breaker = new CircuitBreaker(
    "simulated",
    { ...DEFAULT_BREAKER, failureRate: null, adaptive: { ...DEFAULT_BREAKER.adaptive, enabled: adaptive } },
    { nowMs: () => nowMs, rng: createRng(1) },
  );
  const opened: number[] = [];
  /** From when to when it let nothing through. */
  const spans: { from: number; to: number }[] = [];
  breaker.onTransition(({ from, to }) => {
    const last = spans.at(-1);
    if (from.kind === "open" && last !== undefined) last.to = nowMs;
    if (to.kind !== "open") return;
    if (from.kind === "closed") opened.push(nowMs);
    spans.push({ from: nowMs, to: Number.POSITIVE_INFINITY });
  });
  for (; nowMs < TOTAL_MS; nowMs += CALL_EVERY_MS) {
    // Drawn whether or not the call is made, so that both breakers meet the same service.
    const fails = rng() < failing(nowMs);
    const permit = breaker.tryAcquire();
    if (permit !== null) permit[fails ? "failure" : "success"](1);
  }
  const background = failing(0);
  const counted = opened.filter((at) => at >= LEARN_MS);
  // Noticed when nothing goes through any more: at once, when it was still open.
  const times = troubles.flatMap((at) => {
    const span = spans.find(({ from, to }) => to > at && failing(Math.max(from, at)) > background);
    const took = span === undefined ? Number.POSITIVE_INFINITY : Math.max(0, span.from - at);
    return took <= minutes(4) ? [took] : [];
  });
  return {
    needless: counted.filter((at) => failing(at) <= background).length,
    detectedMs: troubles.length === 0 ? null : times.length === 0 ? Number.POSITIVE_INFINITY : median(times),
    missed: troubles.length - times.length,
  };
}

for (const service of services) {
  const runs = (adaptive: boolean) =>
    Array.from({ length: SEEDS }, (_, seed) => simulate(service, adaptive, createRng(seed + 1)));
  const [fixed, adapted] = [runs(false), runs(true)];
  const mean = (results: readonly Result[], pick: (result: Result) => number) =>
    results.reduce((sum, result) => sum + pick(result), 0) / results.length;
  const common = { bench: "adaptive", better: "lower", peer: "fixed threshold" } as const;
  const needless = mean(adapted, (result) => result.needless);
  const needlessFixed = mean(fixed, (result) => result.needless);
  report({
    ...common,
    name: `${service.name}_needless_openings_per_hour`,
    value: needless,
    unit: "openings (simulated)",
    target: needlessFixed,
    peerValue: needlessFixed,
  });
  if (service.troubles.length === 0) continue;
  const detected = median(adapted.map(({ detectedMs }) => detectedMs ?? 0));
  const detectedFixed = median(fixed.map(({ detectedMs }) => detectedMs ?? 0));
  report({
    ...common,
    name: `${service.name}_detection`,
    value: detected,
    unit: "ms (simulated)",
    target: detectedFixed,
    peerValue: detectedFixed,
  });
  report({
    ...common,
    name: `${service.name}_missed`,
    value: mean(adapted, (result) => result.missed),
    unit: "troubles (simulated)",
    peerValue: mean(fixed, (result) => result.missed),
  });
}
