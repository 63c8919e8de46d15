import type { AllocationLedger } from "../ports.ts";
import type { AllocationRecord } from "../protocol/allocators.ts";
import { rowChecksum } from "./checksum.ts";
import type { StoreConnection } from "./connection.ts";
import { durable } from "./journal.ts";

/** Kept for the look back; older ones that are over go as new ones come. */
const KEPT = 2_000;

/** Allocations as they are, one row each; on disk when a call returns. */
export function createAllocationLedger(store: StoreConnection, machineId: string): AllocationLedger {
  const read = (row: Record<string, unknown>) => JSON.parse(String(row["body"])) as AllocationRecord;
  const rowOf = (record: AllocationRecord) => {
    const values = [
      record.id,
      machineId,
      Math.round(record.wallMs),
      record.state.kind,
      JSON.stringify(record),
    ] as const;
    return [...values, rowChecksum(values)] as const;
  };
  return {
    add: (record) =>
      durable("allocation", () =>
        store.transaction("FULL", () => {
          store.run(
            "INSERT INTO allocation (id, machineId, wallMs, state, body, crc) VALUES (?, ?, ?, ?, ?, ?)",
            ...rowOf(record),
          );
          store.run(
            "DELETE FROM allocation WHERE state <> 'acting' AND seq <= (SELECT max(seq) FROM allocation) - ?",
            KEPT,
          );
        }),
      ),
    update: (record) =>
      void durable("allocation", () => {
        const [id, , , state, body, crc] = rowOf(record);
        store.run("UPDATE allocation SET state = ?, body = ?, crc = ? WHERE id = ?", state, body, crc, id);
      }),
    get: (id) => {
      const row = store.get("SELECT body FROM allocation WHERE id = ?", id);
      return row === undefined ? null : read(row);
    },
    // In order of writing: ids follow the wall clock, which may have been set back.
    list: ({ limit, before }) =>
      before === undefined
        ? store.all("SELECT body FROM allocation ORDER BY seq DESC LIMIT ?", limit).map(read)
        : store
            .all(
              "SELECT body FROM allocation WHERE seq < (SELECT seq FROM allocation WHERE id = ?) ORDER BY seq DESC LIMIT ?",
              before,
              limit,
            )
            .map(read),
    open: () => store.all("SELECT body FROM allocation WHERE state = 'acting' ORDER BY seq").map(read),
  };
}
