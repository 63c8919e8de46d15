import { describe, expect, test } from "vitest";
import { bestNabScore, nabScore, probationRows, scaledSigmoid } from "../../bench/lib/nabScore.ts";

/** A hundred rows, of which the first fifteen are probation; one window of eleven rows. */
const WINDOWS = [{ first: 50, last: 60 }];
const flagged = (...rows: number[]) => ({
  scores: Float64Array.from({ length: 100 }, (_, row) => (rows.includes(row) ? 1 : 0)),
  windows: WINDOWS,
});
const sigmoid = (y: number): number => 2 / (1 + Math.exp(5 * y)) - 1;
/** From raw to normalised: one window, nothing found is −1, all found at once is 1. */
const normalised = (raw: number): number => (100 * (raw + 1)) / 2;

describe("the scaled sigmoid", () => {
  test("is that of the benchmark: 0 at the end of a window, near 1 at its beginning, −1 far behind it", () => {
    expect(scaledSigmoid(0)).toBe(0);
    expect(scaledSigmoid(-1)).toBeCloseTo(0.986_614, 6);
    expect(scaledSigmoid(1)).toBeCloseTo(-0.986_614, 6);
    expect(scaledSigmoid(3.01)).toBe(-1);
  });
});

describe("the benchmark's score", () => {
  test("is 0 for a detector that says nothing", () => {
    expect(nabScore([flagged()], 0.5).score).toBe(0);
  });

  test("is 100 for the first row of every window and nothing else", () => {
    const result = nabScore([flagged(50), { ...flagged(50) }], 0.5);
    expect(result).toMatchObject({ found: 2, windows: 2, falsePositives: 0 });
    expect(result.score).toBeCloseTo(100, 10);
  });

  test("counts the earliest row in a window alone", () => {
    expect(nabScore([flagged(50, 55, 60)], 0.5).score).toBeCloseTo(100, 10);
    // Row 55 is the sixth of eleven: position −6/11.
    const late = normalised(sigmoid(-6 / 11) / sigmoid(-1));
    expect(nabScore([flagged(55, 60)], 0.5).score).toBeCloseTo(late, 10);
  });

  test("takes 0.11 for a row before any window, and ever more behind one", () => {
    expect(nabScore([flagged(20, 50)], 0.5).score).toBeCloseTo(normalised(1 - 0.11), 10);
    // Two rows behind: 2 of 10 widths.
    expect(nabScore([flagged(50, 62)], 0.5).score).toBeCloseTo(normalised(1 + 0.11 * sigmoid(0.2)), 10);
    expect(nabScore([flagged(50, 95)], 0.5).score).toBeCloseTo(normalised(1 - 0.11), 10);
  });

  test("takes 1 for a window that was missed, beside the false rows", () => {
    expect(nabScore([flagged(20, 21)], 0.5).score).toBeCloseTo(normalised(-1 - 2 * 0.11), 10);
  });

  test("does not look at the probation: 15%, and never more than 750 rows", () => {
    expect(nabScore([flagged(0, 14, 50)], 0.5).score).toBeCloseTo(100, 10);
    expect(nabScore([flagged(15, 50)], 0.5).score).toBeLessThan(100);
    expect(probationRows(4_032)).toBe(604);
    expect(probationRows(18_050)).toBe(750);
  });

  test("finds the one threshold that is best over all files", () => {
    const scores = new Float64Array(100);
    scores[50] = 0.9;
    scores[30] = 0.95;
    scores[70] = 0.3;
    const best = bestNabScore([
      { scores, windows: WINDOWS },
      { scores, windows: WINDOWS },
    ]);
    expect(best).toMatchObject({ threshold: 0.9, found: 2, falsePositives: 2 });
    expect(best.score).toBeCloseTo(normalised(1 - 0.11), 10);
    expect(nabScore([{ scores, windows: WINDOWS }], best.threshold).score).toBeCloseTo(best.score, 10);
  });

  test("is 0 at best when everything scores alike", () => {
    expect(bestNabScore([{ scores: new Float64Array(100), windows: WINDOWS }]).score).toBeGreaterThanOrEqual(0);
  });

  test("refuses a score that is no number", () => {
    const scores = new Float64Array(100).fill(Number.NaN);
    expect(() => bestNabScore([{ scores, windows: WINDOWS }])).toThrow("score of row 15 must be finite, got NaN");
  });
});
