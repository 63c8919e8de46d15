import type { Coded } from "../common/errors.ts";

/** A past from elsewhere: files of metrics that become the history of a swarm. */

/** What can be imported, by the names that history has for a swarm. None of it is ever below zero. */
export const IMPORT_METRICS = ["demand", "live", "target", "waitingTasks", "cpuCores", "rssBytes"] as const;
export type ImportMetric = (typeof IMPORT_METRICS)[number];

/** Bytes of a file in one call: half a megabyte more as base64, far below what a frame may hold. */
export const MAX_PIECE_BYTES = 256 * 1024;

/** Time that was imported, not measured here. */
export interface ImportedSpan {
  readonly fromMs: number;
  readonly toMs: number;
  /** Step of what was imported: nothing finer is known, whatever the buckets of an answer are. */
  readonly stepMs: number;
}

/** One column as it was read. */
export interface ImportColumn {
  readonly name: string;
  /** Steps of the series, and how many of them have no value. */
  readonly steps: number;
  readonly missing: number;
  readonly least: number | null;
  readonly greatest: number | null;
  /** Why it cannot be imported. */
  readonly problem: Coded | null;
}

/** What a file says, before anything is written. */
export interface ImportSummary {
  readonly format: "table" | "prometheus";
  readonly rows: number;
  /** Begin of the first and of the last step. */
  readonly fromMs: number;
  readonly lastMs: number;
  readonly stepMs: number;
  /** The rows had no even step and were brought onto their median one. */
  readonly isResampled: boolean;
  readonly columns: readonly ImportColumn[];
  /** The column that is meant when none is named. */
  readonly meant: string | null;
  /** By how much the times would be moved to end now. */
  readonly shiftToNow: ImportShift;
}

/**
 * Whole weeks or days keep weekday or time of day; then the newest rows may come to lie after now and are left out.
 * `exact`: the file is too short for that, its last step ends now. `none`: nothing to move.
 */
export interface ImportShift {
  readonly ms: number;
  readonly unit: "none" | "exact" | "day" | "week";
}

/** Which column becomes which metric; without a column the one that is meant. */
export interface ImportColumnChoice {
  readonly column?: string | undefined;
  readonly metric: ImportMetric;
}

/** What became of one column. */
export interface ImportedSeries extends ImportedSpan {
  readonly column: string;
  readonly metric: ImportMetric;
  /** Steps that were imported, and how many of them are missing. */
  readonly steps: number;
  readonly missing: number;
  /** Steps left out because this swarm was measured then, because they lie after now, or before anything is kept. */
  readonly leftOut: { readonly measured: number; readonly future: number; readonly tooOld: number };
}

export interface ImportResult {
  readonly runId: string;
  readonly swarmId: string;
  /** Name of the file, without its folder. */
  readonly file: string;
  readonly rows: number;
  readonly shift: ImportShift;
  readonly series: readonly ImportedSeries[];
}

export interface ImportUndoResult {
  readonly runId: string;
  readonly swarmId: string;
  /** Name of the file, without its folder. */
  readonly file: string;
  readonly importedAtMs: number;
  readonly series: readonly (ImportedSpan & { readonly metric: string })[];
}
