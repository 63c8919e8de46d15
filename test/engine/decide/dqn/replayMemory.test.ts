import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRng } from "../../../../src/engine/common/rng.ts";
import { ReplayMemory } from "../../../../src/engine/decide/dqn/replayMemory.ts";

function add(memory: ReplayMemory, n: number): void {
  memory.add(Float64Array.of(n, -n), n % 5, n / 10, Float64Array.of(n + 1, -n - 1), n % 32, n % 7 === 0);
}

describe("the replay memory", () => {
  test("keeps the newest, and gives back what belongs together", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 60 }), (capacity, count) => {
        const memory = new ReplayMemory(capacity, 2);
        for (let n = 0; n < count; n++) add(memory, n);
        expect(memory.size).toBe(Math.min(capacity, count));
        const batch = memory.newBatch(64);
        memory.sample(batch, createRng(count));
        for (let row = 0; row < batch.size; row++) {
          const n = batch.observations[2 * row] as number;
          expect(n).toBeGreaterThanOrEqual(count - memory.size);
          expect(n).toBeLessThan(count);
          expect(batch.observations[2 * row + 1]).toBe(-n);
          expect(batch.nextObservations[2 * row]).toBe(n + 1);
          expect(batch.actions[row]).toBe(n % 5);
          expect(batch.rewards[row]).toBeCloseTo(n / 10, 12);
          expect(batch.nextAllowed[row]).toBe(n % 32);
          expect(batch.over[row]).toBe(n % 7 === 0 ? 1 : 0);
        }
      }),
    );
  });

  test("draws every one as often as any other", () => {
    const memory = new ReplayMemory(10, 2);
    for (let n = 0; n < 10; n++) add(memory, n);
    const batch = memory.newBatch(20_000);
    memory.sample(batch, createRng(1));
    const counts = Array.from({ length: 10 }, () => 0);
    for (let row = 0; row < batch.size; row++) {
      const n = batch.observations[2 * row] as number;
      counts[n] = (counts[n] as number) + 1;
    }
    // Five standard deviations of a binomial of 20,000 and 1/10.
    for (const count of counts) expect(Math.abs(count - 2_000)).toBeLessThan(212);
  });

  test("draws the same with the same seed", () => {
    const memory = new ReplayMemory(50, 2);
    for (let n = 0; n < 50; n++) add(memory, n);
    const draw = (seed: number): number[] => {
      const batch = memory.newBatch(16);
      memory.sample(batch, createRng(seed));
      return [...batch.observations];
    };
    expect(draw(5)).toEqual(draw(5));
    expect(draw(5)).not.toEqual(draw(6));
  });

  test("refuses what is no number, by name, and gives nothing from nothing", () => {
    const memory = new ReplayMemory(3, 2);
    const good = Float64Array.of(0, 0);
    const bad = Float64Array.of(0, Number.NaN);
    expect(() => memory.add(good, 0, Number.POSITIVE_INFINITY, good, 1, false)).toThrow("reward must be finite");
    expect(() => memory.add(bad, 0, 0, good, 1, false)).toThrow("observation[1] must be finite, got NaN");
    expect(() => memory.add(good, 0, 0, bad, 1, false)).toThrow("nextObservation[1] must be finite, got NaN");
    expect(memory.size).toBe(0);
    expect(() => memory.sample(memory.newBatch(1), createRng(1))).toThrow(RangeError);
    expect(() => new ReplayMemory(0, 2)).toThrow("capacity must be a count > 0, got 0");
  });
});
