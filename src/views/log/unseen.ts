import type { LogTail } from "../../engine/protocol/rpc.ts";

/**
 * What of a tail is new: the engine sends the whole tail each time, so that a slow client misses nothing it still holds.
 * @param seen number of the last record that was written; 0 before the first
 * @returns `missed`: records between `seen` and the oldest of the tail, which are gone
 */
export function unseen(tail: LogTail, seen: number): { records: LogTail["records"]; missed: number; last: number } {
  const records = tail.records.filter((record) => record.number > seen);
  const first = records[0];
  const last = records.at(-1)?.number ?? seen;
  const missed = first === undefined || seen === 0 ? 0 : Math.max(0, first.number - seen - 1);
  return { records, missed, last };
}
