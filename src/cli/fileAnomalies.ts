import { detectRows, type ScoredRow } from "../engine/analyse/anomaly/detectRows.ts";
import { readRows, type TableFlags } from "../engine/forecast/fromTable.ts";
import type { AnomalyRow } from "../engine/protocol/cli.ts";

/** Fixed, so that the same file gives the same answer. */
const SEED = 1;
/** Digits of a score: more than that tells nothing. */
const SCORE_UNIT = 1e-9;

/** A row as it is printed, and what deviates. */
export interface JudgedRow {
  readonly row: AnomalyRow;
  readonly deviated: ScoredRow["deviated"];
}

/** A column of a file, ready to be judged row by row. */
export interface FileAnomalies {
  readonly column: string;
  readonly count: number;
  /** From the first row on, at each call. */
  readonly rows: () => Generator<JudgedRow>;
}

/** Only ever imported when a file is judged: no other verb pays for it. @throws CodedError `csv.*`, `prometheus.*` */
export async function fileAnomalies(
  text: string | AsyncIterable<string | Uint8Array>,
  flags: TableFlags,
): Promise<FileAnomalies> {
  const { values, times, column: name } = await readRows(text, flags);
  return {
    column: name,
    count: values.length,
    rows: function* () {
      for (const { index, score, flag, deviated } of detectRows({ values, times }, { seed: SEED, seasonSteps: null })) {
        const value = values[index] ?? Number.NaN;
        const atMs = times?.[index];
        const t = atMs === undefined ? index + 1 : new Date(atMs).toISOString();
        const rounded = Math.round((score ?? 0) / SCORE_UNIT) * SCORE_UNIT;
        yield {
          row: { t, value: Number.isFinite(value) ? value : null, score: Number(rounded.toFixed(9)), flag },
          deviated,
        };
      }
    },
  };
}
