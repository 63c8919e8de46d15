// The small build of zod, because the keeper loads this file: measured, it costs 1 MB of memory there instead of 7.
import * as z from "zod/mini";

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

const epoch = z.int().check(z.minimum(1));
/** It names the spool files, so nothing that could lead out of their folder. */
const spawnId = z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/));

/** Every acting request carries the epoch of the engine that sends it; a lower one than the keeper has seen is refused. */
export const keeperRequest = z.discriminatedUnion("op", [
  z.object({ op: z.literal("hello"), id: z.int(), epoch }),
  z.object({
    op: z.literal("spawn"),
    id: z.int(),
    epoch,
    spawnId,
    command: z.string().check(z.minLength(1)),
    args: z.array(z.string()),
    cwd: z.string(),
    env: z.record(z.string(), z.string()),
    /** Each of stdout and stderr keeps at most this many bytes; older ones are dropped and counted. */
    spoolBytes: z.int().check(z.minimum(4096), z.maximum(1 << 30)),
  }),
  z.object({ op: z.literal("write"), id: z.int(), epoch, spawnId, data: z.string() }),
  z.object({
    op: z.literal("read"),
    id: z.int(),
    spawnId,
    stream: z.enum(["stdout", "stderr"]),
    offset: z.int().check(z.minimum(0)),
    maxBytes: z.int().check(z.minimum(1), z.maximum(1 << 20)),
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
    folder: z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9.+-]*$/)),
  }),
  /** Once a tick: an engine that stops beating for 30 s is killed and started again. */
  z.object({ op: z.literal("beat"), id: z.int() }),
]);
export type KeeperRequest = z.infer<typeof keeperRequest>;

/** One spawned process as the keeper sees it. */
export const keptProcess = z.object({
  spawnId: z.string(),
  /** `null` when it could not be started. */
  pid: z.nullable(z.int()),
  /** Clock ticks since boot on Linux (field 22 of its `stat`), epoch ms of the spawn elsewhere. */
  startTime: z.nullable(z.number()),
  stdout: z.object({ firstOffset: z.int(), endOffset: z.int() }),
  stderr: z.object({ firstOffset: z.int(), endOffset: z.int() }),
  /** Its stdin was ended by an engine: it has everything it was to get. A keeper from before this field does not say. */
  stdinClosed: z.optional(z.boolean()),
  exit: z.nullable(
    z.object({ code: z.nullable(z.int()), signal: z.nullable(z.string()), error: z.nullable(z.string()) }),
  ),
});
export type KeptProcess = z.infer<typeof keptProcess>;

export const keeperReply = z.object({
  id: z.int(),
  ok: z.boolean(),
  /** `not-found`, `exists`, `stale-epoch`, `gone`, `full`, `bad-request`, `spawn-failed`, `alive`, `io` */
  error: z.optional(z.string()),
  detail: z.optional(z.string()),
  pid: z.optional(z.int()),
  startTime: z.optional(z.number()),
  /** `read`: base64 of the bytes from `offset` on; a gap shows as a later `offset` than asked. */
  data: z.optional(z.string()),
  offset: z.optional(z.int()),
  endOffset: z.optional(z.int()),
  protocol: z.optional(z.int()),
  keeperPid: z.optional(z.int()),
  /** Engine starts since this keeper began, the present one included. */
  engineStarts: z.optional(z.int()),
  processes: z.optional(z.array(keptProcess)),
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
  z.object({
    event: z.literal("exit"),
    spawnId: z.string(),
    code: z.nullable(z.int()),
    signal: z.nullable(z.string()),
  }),
]);
export type KeeperEvent = z.infer<typeof keeperEvent>;
