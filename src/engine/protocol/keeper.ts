import * as z from "zod";

/**
 * The keeper's protocol: small and frozen, because a keeper outlives the engines it runs. One JSON object a line in both
 * directions over the file descriptor `KEEPER_FD` that the engine inherits. Fields may be added; none is ever renamed,
 * removed or given another meaning.
 */
export const KEEPER_PROTOCOL = 1;
/** The engine's end of the duplex pipe to its keeper. */
export const KEEPER_FD = 3;

/** Exit codes by which an engine tells its keeper what to do next. Any other end is a crash. */
export const engineExit = {
  /** Nothing to manage and nobody connected: the keeper ends as well when it holds no agents. */
  done: 0,
  /** Start me again (restart command, hand-over to another version). Not counted as a crash. */
  restart: 64,
  /** It cannot work here (another engine holds the lock, state folder unwritable): do not try again. */
  unable: 69,
} as const;

const epoch = z.int().min(1);
/** It names the spool files, so nothing that could lead out of their folder. */
const spawnId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/);

/** Every acting request carries the epoch of the engine that sends it; a lower one than the keeper has seen is refused. */
export const keeperRequest = z.discriminatedUnion("op", [
  z.object({ op: z.literal("hello"), id: z.int(), epoch }),
  z.object({
    op: z.literal("spawn"),
    id: z.int(),
    epoch,
    spawnId,
    command: z.string().min(1),
    args: z.array(z.string()),
    cwd: z.string(),
    env: z.record(z.string(), z.string()),
    /** Each of stdout and stderr keeps at most this many bytes; older ones are dropped and counted. */
    spoolBytes: z
      .int()
      .min(4096)
      .max(1 << 30),
  }),
  z.object({ op: z.literal("write"), id: z.int(), epoch, spawnId, data: z.string() }),
  z.object({
    op: z.literal("read"),
    id: z.int(),
    spawnId,
    stream: z.enum(["stdout", "stderr"]),
    offset: z.int().min(0),
    maxBytes: z
      .int()
      .min(1)
      .max(1 << 20),
  }),
  z.object({ op: z.literal("closeStdin"), id: z.int(), epoch, spawnId }),
  z.object({ op: z.literal("signal"), id: z.int(), epoch, spawnId, signal: z.enum(["SIGTERM", "SIGINT", "SIGKILL"]) }),
  z.object({ op: z.literal("list"), id: z.int() }),
  /** The exit was seen and recorded: the keeper may drop the entry and its spools. Refused while the process lives. */
  z.object({ op: z.literal("forget"), id: z.int(), epoch, spawnId }),
  /** Which engine build to start at the next restart: a folder name below `<state>/engine`, never a path. */
  z.object({
    op: z.literal("useEngine"),
    id: z.int(),
    epoch,
    folder: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.+-]*$/),
  }),
  /** Once a tick: an engine that stops beating for 30 s is killed and started again. */
  z.object({ op: z.literal("beat"), id: z.int() }),
]);
export type KeeperRequest = z.infer<typeof keeperRequest>;

/** One spawned process as the keeper sees it. */
export const keptProcess = z.object({
  spawnId: z.string(),
  /** `null` when it could not be started. */
  pid: z.int().nullable(),
  /** Clock ticks since boot on Linux (field 22 of its `stat`), epoch ms of the spawn elsewhere. */
  startTime: z.number().nullable(),
  stdout: z.object({ firstOffset: z.int(), endOffset: z.int() }),
  stderr: z.object({ firstOffset: z.int(), endOffset: z.int() }),
  exit: z.object({ code: z.int().nullable(), signal: z.string().nullable(), error: z.string().nullable() }).nullable(),
});
export type KeptProcess = z.infer<typeof keptProcess>;

export const keeperReply = z.object({
  id: z.int(),
  ok: z.boolean(),
  /** `not-found`, `exists`, `stale-epoch`, `gone`, `full`, `bad-request`, `spawn-failed`, `alive`, `io` */
  error: z.string().optional(),
  detail: z.string().optional(),
  pid: z.int().optional(),
  startTime: z.number().optional(),
  /** `read`: base64 of the bytes from `offset` on; a gap shows as a later `offset` than asked. */
  data: z.string().optional(),
  offset: z.int().optional(),
  endOffset: z.int().optional(),
  protocol: z.int().optional(),
  keeperPid: z.int().optional(),
  /** Engine starts since this keeper began, the present one included. */
  engineStarts: z.int().optional(),
  processes: z.array(keptProcess).optional(),
});
export type KeeperReply = z.infer<typeof keeperReply>;

export const keeperEvent = z.discriminatedUnion("event", [
  /** More output; coalesced, at most one unread one per stream and loop turn. */
  z.object({
    event: z.literal("output"),
    spawnId: z.string(),
    stream: z.enum(["stdout", "stderr"]),
    endOffset: z.int(),
  }),
  z.object({ event: z.literal("exit"), spawnId: z.string(), code: z.int().nullable(), signal: z.string().nullable() }),
]);
export type KeeperEvent = z.infer<typeof keeperEvent>;
