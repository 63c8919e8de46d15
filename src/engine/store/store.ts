import { existsSync, mkdirSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../common/clock.ts";
import { type Coded, CodedError, messageOf } from "../common/errors.ts";
import { atOnce } from "../common/slices.ts";
import { uuidv7 } from "../common/uuid.ts";
import type {
  AccountsPort,
  AllocationLedger,
  BackupPort,
  DecisionLedger,
  EventLedger,
  ModelStore,
  PastStore,
  SeriesStore,
  SwarmJournal,
  TaskStore,
} from "../ports.ts";
import { createAllocationLedger } from "./allocations.ts";
import { createBackups, copyInto } from "./backup.ts";
import { StoreConnection } from "./connection.ts";
import { openDatabase, openFile } from "./database.ts";
import { createJournal } from "./journal.ts";
import { createDecisionLedger, createEventLedger, createModelStore } from "./ledgers.ts";
import { SqliteSeriesStore } from "./seriesStore.ts";
import { createTaskStore } from "./taskStore.ts";

export interface Store {
  readonly journal: SwarmJournal;
  readonly series: SeriesStore;
  /** Of series that were imported. */
  readonly past: PastStore;
  /** Of processes, minute by minute. */
  readonly accounts: AccountsPort;
  readonly events: EventLedger;
  readonly decisions: DecisionLedger;
  readonly models: ModelStore;
  readonly tasks: TaskStore;
  readonly allocations: AllocationLedger;
  readonly backups: BackupPort;
  /** What the opening had to tell. */
  readonly notices: readonly Coded[];
  /**
   * Looks every few seconds whether the file is still where it belongs. When somebody removed it, the content is written to
   * a new one there and the notice of that is returned; one that cannot be written is tried again, and told once.
   */
  readonly watch: () => Coded | null;
  readonly close: () => void;
}

export interface StoreParts {
  readonly path: string;
  readonly machineId: string;
  readonly clock: Clock;
  readonly maxSeries?: number;
  /** Takes what the operator should know (a gap that is over, room that was made) instead of the ledger of events. */
  readonly onNotice?: (notice: Coded) => void;
}

const WATCH_MS = 2_000;

/** Everything that is kept, on the one connection. @throws CodedError `store.newer`, `store.unusable` */
export function openStore({ path, machineId, clock, maxSeries, onNotice }: StoreParts): Store {
  const { db, check, notices: opened } = openDatabase(path, clock.wallMs(), (tried) => tryAll(tried, path, machineId));
  const notices = [...opened];
  const connection = new StoreConnection(db, path);
  const journal = createJournal(connection, machineId);
  const events = createEventLedger(connection, machineId);
  const onEvent = ({ code, args }: Coded, wallMs: number) => {
    if (onNotice !== undefined) onNotice({ code, args });
    else events.add({ id: uuidv7(Math.max(0, clock.wallMs())), wallMs, swarmId: null, code, args });
  };
  const series = new SqliteSeriesStore({
    store: connection,
    machineId,
    check,
    onEvent,
    ...(maxSeries === undefined ? {} : { maxSeries }),
  });
  try {
    const removed = atOnce(series.past.recover());
    if (removed > 0) onEvent({ code: "event.importRemoved", args: { imports: removed } }, clock.wallMs());
  } catch (error) {
    // No reason not to start: it stays noted, and the next start tries again.
    notices.push({ code: "import.notRemoved", args: { reason: messageOf(error) } });
  }
  let inode = inodeOf(path);
  let lookAtMs = 0;
  let told = false;
  return {
    journal,
    series,
    past: series.past,
    accounts: series.accounts,
    events,
    decisions: createDecisionLedger(connection, machineId),
    models: createModelStore(connection, machineId),
    tasks: createTaskStore(connection, machineId),
    allocations: createAllocationLedger(connection, machineId),
    backups: createBackups(connection, join(dirname(path), "backups"), clock),
    notices,
    watch: () => {
      if (clock.monotonicMs() < lookAtMs) return null;
      lookAtMs = clock.monotonicMs() + WATCH_MS;
      if (inodeOf(path) === inode) return null;
      try {
        connection.exchange(recreate(connection, path));
      } catch (error) {
        if (told) return null;
        told = true;
        return { code: "store.notRecreated", args: { path, reason: messageOf(error) } };
      }
      inode = inodeOf(path);
      told = false;
      series.reload();
      return { code: "store.recreated", args: { path } };
    },
    close: () => connection.close(),
  };
}

/** Everything that is read in the first moments, read. @throws what SQLite throws; the file is then closed */
function tryAll(db: DatabaseSync, path: string, machineId: string): void {
  try {
    const connection = new StoreConnection(db, path);
    const journal = createJournal(connection, machineId);
    journal.openEntries();
    journal.targets();
    journal.holds();
    const decisions = createDecisionLedger(connection, machineId);
    decisions.open();
    decisions.list({ limit: 1_000 });
    createAllocationLedger(connection, machineId).open();
    const tasks = createTaskStore(connection, machineId);
    tasks.open();
    tasks.guards();
    void new SqliteSeriesStore({ store: connection, machineId, check: "ok", onEvent: () => undefined });
  } catch (error) {
    db.close();
    throw error;
  }
}

/** The open connection still has every page, though its name is gone. */
function recreate(connection: StoreConnection, path: string): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // Another file of that name is nobody's: we hold the lock of the state folder. What is there is kept aside by nobody
  // but a backup tool, so it is not overwritten.
  if (existsSync(path)) throw new CodedError("store.occupied", { path });
  for (const suffix of ["-wal", "-shm"]) rmSync(path + suffix, { force: true });
  copyInto(connection, path);
  return openFile(path);
}

/** Looks at the name only; the file itself is never opened by anybody but SQLite. */
function inodeOf(path: string): number | null {
  try {
    return statSync(path).ino;
  } catch {
    // Gone, or its folder is.
    return null;
  }
}
