import * as cockatiel from "cockatiel";
import OpossumBreaker from "opossum";
import { createRng } from "../src/engine/common/rng.ts";
import { DEFAULT_BREAKER } from "../src/engine/guard/breakerOptions.ts";
import { Bulkhead } from "../src/engine/guard/bulkhead.ts";
import { CircuitBreaker } from "../src/engine/guard/circuitBreaker.ts";
import { median, report } from "./lib/report.ts";

/**
 * What the guards cost around a call that does nothing: breaker in bulkhead, with room and a closed breaker, which is how
 * nearly every call finds them. The peers in the same run, in turn with ours, as medians of rounds.
 */
const CALLS = 20_000;
const ROUNDS = 15;
const WARM_UP = 3;

const nowMs = () => performance.now();
const call = async () => 1;

const breaker = new CircuitBreaker("bench", DEFAULT_BREAKER, { nowMs, rng: createRng(1) });
const bulkhead = new Bulkhead("bench", { capacity: 10, queueLimit: 10, agingMs: 30_000 }, { nowMs });
const throughBreaker = () => breaker.execute(call);

const peerBreaker = cockatiel.circuitBreaker(cockatiel.handleAll, {
  halfOpenAfter: 60_000,
  breaker: new cockatiel.ConsecutiveBreaker(5),
});
const peerPolicy = cockatiel.wrap(cockatiel.bulkhead(10, 10), peerBreaker);
const counting = cockatiel.wrap(
  cockatiel.bulkhead(10, 10),
  cockatiel.circuitBreaker(cockatiel.handleAll, {
    halfOpenAfter: 60_000,
    breaker: new cockatiel.CountBreaker({ threshold: 0.5, size: 100 }),
  }),
);
// Its own bulkhead is its capacity; without a timeout, as the others have none.
const opossum = new OpossumBreaker(call, { capacity: 10, timeout: false, resetTimeout: 60_000 });

const subjects = {
  bare: call,
  ours: () => bulkhead.execute(throughBreaker),
  cockatiel: () => peerPolicy.execute(call),
  cockatielCount: () => counting.execute(call),
  opossum: () => opossum.fire(),
} as const;
type Name = keyof typeof subjects;

async function nsPerCall(run: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  for (let n = 0; n < CALLS; n++) await run();
  return ((performance.now() - began) * 1e6) / CALLS;
}

const times: Record<Name, number[]> = { bare: [], ours: [], cockatiel: [], cockatielCount: [], opossum: [] };
const names = Object.keys(subjects) as Name[];
for (let round = 0; round < ROUNDS + WARM_UP; round++) {
  // Another order each round, so that nobody always runs after the garbage of the same one.
  for (const name of [...names.slice(round % names.length), ...names.slice(0, round % names.length)]) {
    const ns = await nsPerCall(subjects[name]);
    if (round >= WARM_UP) times[name].push(ns);
  }
}
const bare = median(times.bare);
const overhead = (name: Name) => median(times[name]) - bare;
const ours = overhead("ours");
for (const [peer, label] of [
  ["cockatiel", "cockatiel 4, consecutive breaker in bulkhead"],
  ["cockatielCount", "cockatiel 4, count breaker in bulkhead"],
  ["opossum", "opossum 10, capacity 10"],
] as const) {
  const peerValue = overhead(peer);
  report({
    bench: "guard",
    name: `overhead_beside_${peer}`,
    value: ours,
    unit: "ns a call",
    ...(peer === "cockatiel" ? { target: peerValue } : {}),
    better: "lower",
    peer: label,
    peerValue,
  });
}
opossum.shutdown();
