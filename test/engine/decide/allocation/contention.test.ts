import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cpuStretch, meanStretch } from "../../../../src/engine/decide/allocation/contention.ts";

function stretched(groups: readonly (readonly [count: number, cores: number, weight: number])[], machine: number) {
  const column = (at: 0 | 1 | 2): Float64Array => Float64Array.from(groups, (group) => group[at]);
  const stretch = new Float64Array(groups.length);
  const contended = cpuStretch(column(0), column(1), column(2), machine, stretch);
  return { contended, stretch: [...stretch] };
}

describe("processors that are shared", () => {
  test("with enough for all nobody takes longer, whatever the weights", () => {
    expect(
      stretched(
        [
          [4, 1, 1],
          [2, 2, 10_000],
        ],
        8,
      ),
    ).toEqual({ contended: false, stretch: [1, 1] });
  });

  test("with equal weights everybody gets the same, and takes longer by what is missing", () => {
    expect(stretched([[8, 1, 100]], 4)).toEqual({ contended: true, stretch: [2] });
  });

  test("twice the weight gets twice the processor", () => {
    // 6 cores for 4 + 4 agents of weights 100 and 200: half a core and a whole one.
    expect(
      stretched(
        [
          [4, 2, 100],
          [4, 2, 200],
        ],
        6,
      ),
    ).toEqual({ contended: true, stretch: [4, 2] });
  });

  test("what one does not ask for goes to the others", () => {
    // The second asks for 0.5 of its 1.5: the first shares the other 2.5.
    expect(
      stretched(
        [
          [1, 4, 100],
          [1, 0.5, 100],
        ],
        3,
      ),
    ).toEqual({ contended: true, stretch: [1.6, 1] });
  });

  test("gives away all there is, to nobody more than he asks for, and groups that are empty harm none", () => {
    const anyGroup = fc.tuple(
      fc.double({ min: 0, max: 20, noNaN: true }),
      fc.double({ min: 0.01, max: 8, noNaN: true }),
      fc.integer({ min: 1, max: 10_000 }),
    );
    fc.assert(
      fc.property(
        fc.array(anyGroup, { minLength: 1, maxLength: 8 }),
        fc.double({ min: 0.5, max: 64, noNaN: true }),
        (groups, machine) => {
          const { contended, stretch } = stretched(groups, machine);
          const asked = groups.reduce((sum, [count, cores]) => sum + count * cores, 0);
          const given = groups.reduce((sum, [count, cores], g) => sum + (count * cores) / (stretch[g] as number), 0);
          expect(contended).toBe(asked > machine);
          expect(given).toBeCloseTo(Math.min(asked, machine), 6);
          for (const factor of stretch) expect(factor).toBeGreaterThanOrEqual(1);
        },
      ),
    );
  });
});

describe("processors that are short now and then", () => {
  function mean(
    groups: readonly (readonly [mean: number, most: number, cores: number, weight: number])[],
    machine: number,
  ) {
    const column = (at: 0 | 1 | 2 | 3): Float64Array => Float64Array.from(groups, (group) => group[at]);
    const busy = { mean: column(0), most: column(1), cores: column(2), weight: column(3) };
    const stretch = new Float64Array(groups.length);
    const scratch = [new Float64Array(groups.length), new Float64Array(groups.length)] as const;
    return { contended: meanStretch(busy, machine, stretch, scratch), stretch: [...stretch] };
  }

  test("by hand: 3 busy of one core each are 3 ± √3, and at + √3 · √3 six ask for four: 5/6 + 1/6 · 1.5", () => {
    expect(mean([[3, 10, 1, 100]], 4)).toEqual({ contended: true, stretch: [expect.closeTo(5 / 6 + 1.5 / 6, 12)] });
  });

  test("no more are busy than may be: then there is nothing to share", () => {
    expect(mean([[3, 4, 1, 100]], 4)).toEqual({ contended: false, stretch: [1] });
  });

  test("agents that stand by slow nobody", () => {
    expect(mean([[3, 8, 1, 100]], 5)).toEqual(mean([[3, 80, 1, 100]], 5));
  });

  test("the lighter group waits and the heavier does not", () => {
    const { stretch } = mean(
      [
        [4, 20, 1, 1],
        [4, 20, 1, 10_000],
      ],
      9,
    );
    expect(stretch[1]).toBe(1);
    expect(stretch[0]).toBeGreaterThan(1.1);
  });

  test("nobody busy asks for nothing", () => {
    expect(mean([[0, 8, 1, 100]], 1)).toEqual({ contended: false, stretch: [1] });
  });
});
