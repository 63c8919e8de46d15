import * as z from "zod/mini";

/**
 * The files by which processes find each other. In zod's small form, because the editor's bundle reads them too.
 */

/** `<runtime>/endpoint.json` (0600): how a client finds the engine. */
export const endpointFile = z.object({
  socket: z.string(),
  tokens: z.object({ viewer: z.string(), operator: z.string(), agent: z.string() }),
  pid: z.int(),
  startTime: z.nullable(z.number()),
  bootId: z.string(),
  epoch: z.int(),
  version: z.string(),
  buildId: z.string(),
});
export type EndpointFile = z.infer<typeof endpointFile>;

/** `<runtime>/keeper.json`, written by the keeper: how clients learn that it has given up, and why. */
export const keeperStatus = z.object({
  pid: z.int(),
  startTime: z.nullable(z.number()),
  state: z.enum(["running", "failing", "failed"]),
  /** Why the last engine ended; the tail of its stderr when it crashed. */
  lastExit: z.nullable(z.object({ code: z.nullable(z.int()), signal: z.nullable(z.string()), detail: z.string() })),
  crashesInWindow: z.int(),
});
export type KeeperStatus = z.infer<typeof keeperStatus>;
