import { CodedError, messageOf } from "../common/errors.ts";
import type { AccountedProcess, AccountsPort, AccountSum } from "../ports.ts";
import { AccountSums } from "./accountSums.ts";
import { rowChecksum } from "./checksum.ts";
import type { StoreConnection } from "./connection.ts";
import { floorTo, HOUR_MS, MINUTE_MS } from "./packing.ts";
import type { StackSummary } from "../protocol/blame.ts";

/** The last moment of a life or a name is brought up to date this rarely, so that a row is not written anew each minute. */
export const LAST_MS = HOUR_MS;
/** With 50 processes of three busy threads some 3,000 rows a piece: a few milliseconds. */
const MINUTES_PIECE_MS = 15 * MINUTE_MS;
const HOURS_PIECE_MS = 12 * HOUR_MS;
const LIVES_A_PIECE = 2_000;
/** Processes whose profiles are looked for in one piece. */
const PROFILES_A_PIECE = 500;

type Rows = readonly Record<string, unknown>[];

/** A span that is read from one kind of rows. */
interface Span {
  readonly kind: "minutes" | "hours";
  readonly from: number;
  readonly to: number;
}

/** See `AccountsPort.sums`. Whole hours are read by the hour, what is left at both ends by the minute. */
export function* accountSums(
  store: StoreConnection,
  swarmId: string | null,
  fromMs: number,
  toMs: number,
  withParts: boolean,
): ReturnType<AccountsPort["sums"]> {
  const from = floorTo(fromMs, MINUTE_MS);
  const read = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw new CodedError("store.read", { path: store.path, reason: messageOf(error) }, { cause: error });
    }
  };
  const sums = new AccountSums();
  for (const span of spansOf(from, toMs)) {
    read(() => {
      for (const row of processRows(store, span)) sums.add(row);
    });
    yield;
    if (!withParts) continue;
    read(() => {
      for (const row of threadRows(store, span)) sums.addThread(row);
    });
    yield;
  }
  // Rows of the version before, as long as there are any.
  const [oldFrom, oldTo] = read(() => oldEdges(store));
  for (let at = Math.max(from, oldFrom); at < Math.min(toMs, oldTo); at += MINUTES_PIECE_MS) {
    read(() => {
      for (const row of oldRows(store, at, Math.min(at + MINUTES_PIECE_MS, toMs))) sums.addOld(row);
    });
    yield;
  }
  for (let after = 0; ;) {
    const lives = read(() =>
      store.all(
        "SELECT * FROM processLife WHERE id > ? AND lastMs >= ? ORDER BY id LIMIT ?",
        ...[after, from - LAST_MS, LIVES_A_PIECE],
      ),
    );
    for (const row of lives) sums.name(row["id"] as number, processOf(row));
    if (lives.length < LIVES_A_PIECE) break;
    after = lives.at(-1)?.["id"] as number;
    yield;
  }
  read(() => {
    for (const { id, name, isMain } of store.all("SELECT id, name, isMain FROM threadName"))
      sums.nameThread(id as number, String(name), isMain === 1);
  });
  yield;
  const processes: AccountSum[] = [];
  const isProfiled = withParts && read(() => hasProfiles(store, from, toMs));
  for (const { lifeId, sum } of sums.of(swarmId)) {
    const profiles = isProfiled && lifeId !== null ? read(() => profilesOf(store, lifeId, sum, from, toMs)) : [];
    processes.push(profiles.length === 0 ? sum : { ...sum, profiles });
    if (isProfiled && processes.length % PROFILES_A_PIECE === 0) yield;
  }
  return { processes, ...read(() => lookedAt(store, from, toMs)) };
}

function* spansOf(from: number, to: number): Generator<Span> {
  const firstHour = Math.ceil(from / HOUR_MS) * HOUR_MS;
  const lastHour = floorTo(to, HOUR_MS);
  if (firstHour >= lastHour) {
    yield* pieces("minutes", from, to, MINUTES_PIECE_MS);
    return;
  }
  yield* pieces("minutes", from, firstHour, MINUTES_PIECE_MS);
  yield* pieces("hours", firstHour, lastHour, HOURS_PIECE_MS);
  yield* pieces("minutes", lastHour, to, MINUTES_PIECE_MS);
}

function* pieces(kind: Span["kind"], from: number, to: number, stepMs: number): Generator<Span> {
  for (let at = from; at < to; at += stepMs) yield { kind, from: at, to: Math.min(at + stepMs, to) };
}

function processRows(store: StoreConnection, { kind, from, to }: Span): Rows {
  // As floating point where a sum may pass what an integer of JavaScript holds.
  return kind === "hours"
    ? store.all(
        `SELECT lifeId, sum(minutes) AS minutes, total(cpuMs) / 1000.0 AS cpu, sum(cpuKnown) AS cpuKnown,
                total(rssByteSeconds) AS rss, sum(rssKnown) AS rssKnown, total(readBytes) AS read,
                sum(readKnown) AS readKnown, total(writeBytes) AS written, sum(writeKnown) AS writtenKnown
         FROM processHour WHERE hourMs >= ? AND hourMs < ? GROUP BY lifeId`,
        ...[from, to],
      )
    : store.all(
        `SELECT lifeId, count(*) AS minutes, total(cpuMs) / 1000.0 AS cpu, count(cpuMs) AS cpuKnown,
                total(meanRssBytes * (seenMs / 1000.0)) AS rss, count(meanRssBytes) AS rssKnown,
                total(readBytes) AS read, count(readBytes) AS readKnown,
                total(writeBytes) AS written, count(writeBytes) AS writtenKnown
         FROM processMinute WHERE minuteMs >= ? AND minuteMs < ? GROUP BY lifeId`,
        ...[from, to],
      );
}

function threadRows(store: StoreConnection, { kind, from, to }: Span): Rows {
  const [table, column] = kind === "hours" ? ["threadHour", "hourMs"] : ["threadMinute", "minuteMs"];
  return store.all(
    `SELECT lifeId, nameId, total(cpuMs) / 1000.0 AS cpu FROM ${table} WHERE ${column} >= ? AND ${column} < ?
     GROUP BY lifeId, nameId`,
    ...[from, to],
  );
}

/** Of a version that did not tell roles, and no memory but its peaks. */
function oldRows(store: StoreConnection, from: number, to: number): Rows {
  return store.all(
    `SELECT pid, startTime, name, swarmId, agentId, count(*) AS minutes, total(cpuSeconds) AS cpu,
            count(cpuSeconds) AS cpuKnown, 0 AS rss, 0 AS rssKnown, total(readBytes) AS read, count(readBytes) AS readKnown,
            total(writeBytes) AS written, count(writeBytes) AS writtenKnown
     FROM process WHERE minuteMs >= ? AND minuteMs < ? GROUP BY pid, startTime, name, swarmId, agentId`,
    ...[from, to],
  );
}

/** The first minute that has old rows, and the end of the last; an empty span when there are none. */
function oldEdges(store: StoreConnection): readonly [number, number] {
  const edges = store.get(
    "SELECT (SELECT min(minuteMs) FROM process) AS least, (SELECT max(minuteMs) FROM process) AS most",
  );
  const { least, most } = edges as { least: number | null; most: number | null };
  return least === null || most === null ? [0, 0] : [least, most + MINUTE_MS];
}

function hasProfiles(store: StoreConnection, from: number, to: number): boolean {
  return store.get("SELECT 1 FROM profileStacks WHERE toMs > ? AND fromMs < ? LIMIT 1", from, to) !== undefined;
}

/** What its main thread used while it was profiled: of a minute that was profiled in part, that part. */
function profilesOf(
  store: StoreConnection,
  lifeId: number,
  { pid, startTime }: AccountedProcess,
  from: number,
  to: number,
): AccountSum["profiles"] {
  return store
    .all(
      "SELECT * FROM profileStacks WHERE pid = ? AND startTime = ? AND toMs > ? AND fromMs < ? ORDER BY fromMs",
      ...[pid, startTime, from, to],
    )
    .flatMap((row) => {
      const { fromMs, toMs, body } = row as { fromMs: number; toMs: number; body: string };
      const values = ["machineId", "pid", "startTime", "fromMs", "toMs", "body"].map((column) => row[column]);
      if (rowChecksum(values) !== row["crc"]) return [];
      const minutes = store.all(
        `SELECT t.minuteMs, t.cpuMs FROM threadMinute t JOIN threadName n ON n.id = t.nameId
         WHERE t.minuteMs >= ? AND t.minuteMs < ? AND t.lifeId = ? AND n.isMain = 1`,
        ...[Math.max(from, floorTo(fromMs, MINUTE_MS)), Math.min(to, toMs), lifeId],
      );
      const cpuMs = minutes.reduce((sum, minute) => {
        const at = minute["minuteMs"] as number;
        const shared = Math.min(at + MINUTE_MS, toMs) - Math.max(at, fromMs);
        return sum + ((minute["cpuMs"] as number) * Math.max(0, shared)) / MINUTE_MS;
      }, 0);
      return cpuMs > 0 ? [{ cpuSeconds: cpuMs / 1_000, stacks: JSON.parse(body) as StackSummary }] : [];
    });
}

function lookedAt(store: StoreConnection, from: number, to: number) {
  const now = store.get(
    "SELECT count(*) AS minutes, total(seenMs) AS ms FROM accountedMinute WHERE minuteMs >= ? AND minuteMs < ?",
    ...[from, to],
  );
  const [oldFrom, oldTo] = oldEdges(store);
  // Minutes of the version before, which kept nothing of its own about them.
  const old =
    oldFrom < Math.min(oldTo, to)
      ? store.get(
          `SELECT count(DISTINCT minuteMs) AS minutes FROM process WHERE minuteMs >= ? AND minuteMs < ?
           AND minuteMs NOT IN (SELECT minuteMs FROM accountedMinute)`,
          ...[from, to],
        )
      : undefined;
  const first = store.get("SELECT min(minuteMs) AS ms FROM accountedMinute")?.["ms"] as number | null | undefined;
  const begins = [first ?? null, oldTo > oldFrom ? oldFrom : null].filter((ms) => ms !== null);
  return {
    measuredMinutes: Number(now?.["minutes"] ?? 0) + Number(old?.["minutes"] ?? 0),
    measuredMs: Number(now?.["ms"] ?? 0),
    oldestMs: begins.length === 0 ? null : Math.min(...begins),
  };
}

function processOf(row: Record<string, unknown>): AccountedProcess {
  const { pid, startTime, role, name, parentPid, swarmId, swarmLabel, agentId, agentName } = row;
  return { pid, startTime, role, name, parentPid, swarmId, swarmLabel, agentId, agentName } as AccountedProcess;
}
