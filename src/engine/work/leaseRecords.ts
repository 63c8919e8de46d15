import * as z from "zod";
import type { Lease } from "../guard/leases.ts";
import { lane } from "../protocol/faultTolerance.ts";
import { LEASE_ASKED, type LeaseRow } from "../protocol/leases.ts";

/** Leases as they are written down: times as what has gone and what is left, because monotonic ones mean nothing to the next engine. */

/** What is told of a lease and decides nothing. */
export type ToldLease = Pick<LeaseRow, "by" | "swarmId">;

const stored = z.strictObject({
  bootId: z.string(),
  savedAtMs: z.number(),
  leases: z.array(
    z.strictObject({
      id: z.string(),
      lane,
      units: z.int().min(1),
      memoryBytes: z.nullable(z.number().gt(0)),
      holder: z.strictObject({ pid: z.int(), startTime: z.nullable(z.number()) }),
      key: z.nullable(z.string()),
      baselineBytes: z.nullable(z.number()),
      by: z.string(),
      swarmId: z.nullable(z.string()),
      agoMs: z.number(),
      leftMs: z.number().max(LEASE_ASKED.seconds.most * 1_000),
    }),
  ),
});

export interface LeaseTime {
  readonly bootId: string;
  readonly wallMs: number;
  readonly monotonicMs: number;
}

export function writeLeases(
  leases: readonly (Lease & ToldLease)[],
  { bootId, wallMs, monotonicMs }: LeaseTime,
): string {
  const rows = leases.map(({ sinceMs, untilMs, ...lease }) => ({
    ...lease,
    agoMs: monotonicMs - sinceMs,
    leftMs: Math.max(1, untilMs - monotonicMs),
  }));
  return JSON.stringify({ bootId, savedAtMs: wallMs, leases: rows });
}

/**
 * What an engine before this one had given, less the time since; none of another boot, whose processes are gone.
 * @throws Error what is wrong with the text
 */
export function readLeases(text: string, { bootId, wallMs, monotonicMs }: LeaseTime): readonly (Lease & ToldLease)[] {
  const parsed = stored.safeParse(JSON.parse(text));
  if (!parsed.success) throw new Error(parsed.error.issues[0]?.message ?? "");
  const record = parsed.data;
  if (record.bootId !== bootId) return [];
  // A wall clock that was set back must not make one longer than it was.
  const downMs = Math.max(0, wallMs - record.savedAtMs);
  return record.leases.map(({ agoMs, leftMs, ...lease }) => ({
    ...lease,
    sinceMs: monotonicMs - agoMs - downMs,
    untilMs: monotonicMs + leftMs - downMs,
  }));
}
