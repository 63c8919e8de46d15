import type { Coded } from "../../common/errors.ts";
import { figuresOf, numberAt } from "./answers.ts";

/** What was measured of this machine, in bytes. */
export interface MeasuredHost {
  readonly memoryTotalBytes: number;
  readonly memoryUsedBytes: number;
}

/** The one figure of an answer that agrees with what was measured here. */
export interface Agreement {
  /** Where it stands in the answer. */
  readonly path: string;
  readonly reason: Coded;
}

/** Two looks at a memory that is being used, and figures rounded to MB. */
const TOTAL_TOLERANCE = 0.02;
const SHARE_TOLERANCE = 0.1;

/** Held against what was measured at the same moment; `null` when nothing of it could be, or does not agree. */
export function agreementOf(answer: unknown, measured: MeasuredHost | null): Agreement | null {
  if (measured === null) return null;
  const { figures } = figuresOf(answer);
  const total = numberAt(figures, /mem[a-z]*[._]?total|memory.*\.total/i);
  if (total !== null && isSameSize(total.value, measured.memoryTotalBytes)) {
    const { path, value: said } = total;
    return { path, reason: { code: "grade.memoryAgrees", args: { path, said } } };
  }
  const share = memoryShare(answer);
  const ours = measured.memoryUsedBytes / measured.memoryTotalBytes;
  if (share === null || Math.abs(share.value - ours) > SHARE_TOLERANCE) return null;
  return { path: share.path, reason: { code: "grade.shareAgrees", args: { said: share.value, measured: ours } } };
}

/** Bytes, or MB or GB of either kind. */
function isSameSize(said: number, bytes: number): boolean {
  return [1, 1e6, 2 ** 20, 1e9, 2 ** 30].some((unit) => Math.abs(said * unit - bytes) <= bytes * TOTAL_TOLERANCE);
}

/** `{component: "memory", value: 43.1}` of a list of bottlenecks, as a ratio. */
function memoryShare(answer: unknown): { readonly path: string; readonly value: number } | null {
  const list = (answer as { bottlenecks?: unknown } | null)?.bottlenecks;
  if (!Array.isArray(list)) return null;
  const at = (list as unknown[]).findIndex((one) => (one as { component?: unknown } | null)?.component === "memory");
  const value = ((list as unknown[])[at] as { value?: unknown } | undefined)?.value;
  if (typeof value !== "number" || value < 0 || value > 100) return null;
  return { path: `bottlenecks.${at}.value`, value: value / 100 };
}
