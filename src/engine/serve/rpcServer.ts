import { createServer } from "node:net";
import type { Clock } from "../common/clock.ts";
import { Emitter } from "../common/event.ts";
import type { Disposable } from "../common/disposable.ts";
import type { Paths } from "../common/paths.ts";
import type { EndpointFile } from "../protocol/files.ts";
import {
  OLDEST_PROTOCOL_VERSION,
  PROTOCOL_VERSION,
  PUBLISH_METHOD,
  type Topic,
  type TopicStates,
} from "../protocol/rpc.ts";
import { ClientSession, type ProtocolRange, type ServedIdentity } from "./clientSession.ts";
import type { ServeLog } from "./dispatch.ts";
import { removeEndpoint, writeEndpoint } from "./endpoint.ts";
import { encodeFrame } from "./frames.ts";
import type { ClientFacts, Handlers } from "./handlers.ts";
import { listenOwnerOnly } from "./listen.ts";
import { Publisher } from "./publisher.ts";
import { createTokens } from "./tokens.ts";

export const MAX_CLIENTS = 256;
/** Of them, agents: each of a crowd has a door of its own, and none may keep an operator out. */
export const MAX_AGENTS = 192;
/** One log record a reason in this time, however many clients misbehave; the record says how many did. */
const DROP_LOG_INTERVAL_MS = 10_000;
const DEFAULT_GRACE_MS = 1_000;

export interface RpcServerOptions {
  readonly paths: Pick<Paths, "socket" | "endpoint">;
  /** `startTime` as the process table counts it; `null` where it is not known. */
  readonly identity: ServedIdentity & { readonly startTime: number | null; readonly bootId: string };
  readonly handlers: Handlers;
  readonly clock: Clock;
  readonly log: ServeLog;
  /** Protocol versions spoken; another build's in tests. */
  readonly protocol?: ProtocolRange;
}

export interface ClientCounts {
  /** Initialised clients of any role. */
  readonly clients: number;
  readonly operators: number;
  readonly viewers: number;
  /** Clients with a subscription that somebody looks at: the only ones that count as attention. */
  readonly lookers: number;
}

export interface RpcServer {
  readonly clients: () => readonly ClientFacts[];
  readonly counts: () => ClientCounts;
  /** A client came, went, or began or ceased to look. */
  readonly onClients: (listener: (counts: ClientCounts) => void) => Disposable;
  /** The new whole state of a topic. Cheap when nobody has subscribed: it is serialised on first need, once for all. */
  publish<T extends Topic>(topic: T, state: TopicStates[T]): void;
  /**
   * Shuts the door: endpoint file and socket first (when they are still ours), then every client as its last answer is
   * out. Handlers still running after `graceMs` are aborted. Settles when the last client is gone; safe to call twice.
   */
  close(graceMs?: number): Promise<void>;
}

/**
 * Opens the engine's door. The caller holds the lock, so nobody else listens on this address.
 * @throws CodedError `socket.unusable`, `folder.foreign`, `runtime.unwritable`
 */
export async function startRpcServer(options: RpcServerOptions): Promise<RpcServer> {
  const { paths, identity, handlers, log } = options;
  const protocol = options.protocol ?? { min: OLDEST_PROTOCOL_VERSION, max: PROTOCOL_VERSION };
  const tokens = createTokens();
  const sessions = new Set<ClientSession>();
  const emitter = new Emitter<ClientCounts>((error) => log("error", "rpc.listenerFailed", { message: String(error) }));
  const publisher = new Publisher<TopicStates>((topic, seq, state) =>
    encodeFrame(JSON.stringify({ jsonrpc: "2.0", method: PUBLISH_METHOD, params: { topic, seq, state } })),
  );
  const onDropped = dropLog(options.clock, log);
  let nextId = 1;

  const clients = () => [...sessions].map((session) => session.facts).filter((facts) => facts !== null);
  const counts = () => countClients(clients());
  const changed = () => emitter.emit(counts());

  const server = createServer((socket) => {
    const session: ClientSession = new ClientSession(nextId, socket, {
      identity,
      protocol,
      tokens,
      handlers,
      publisher,
      log,
      onDropped,
      mayJoin: (role) => role !== "agent" || clients().filter((one) => one.role === "agent").length < MAX_AGENTS,
      onChange: changed,
      onClosed: (gone) => {
        sessions.delete(gone);
        changed();
      },
    });
    nextId += 1;
    sessions.add(session);
  });
  server.maxConnections = MAX_CLIENTS;
  server.on("drop", () => onDropped("too many clients"));

  const address = await listenOwnerOnly(server, paths.socket);
  // From here on an error is one connection's that could not be accepted (out of file descriptors): it goes by.
  server.on("error", (error) => log("error", "rpc.acceptFailed", { message: error.message }));
  const endpoint: EndpointFile = {
    socket: paths.socket,
    tokens,
    pid: identity.pid,
    startTime: identity.startTime,
    bootId: identity.bootId,
    epoch: identity.epoch,
    version: identity.version,
    buildId: identity.buildId,
  };
  try {
    writeEndpoint(paths.endpoint, endpoint);
  } catch (error) {
    server.close();
    address.release();
    throw error;
  }

  let closing: Promise<void> | null = null;
  const close = (graceMs: number): Promise<void> =>
    new Promise((resolve) => {
      removeEndpoint(paths.endpoint, endpoint);
      address.release();
      server.close(() => {
        emitter.dispose();
        resolve();
      });
      for (const session of sessions) session.leave(graceMs);
    });

  return {
    clients,
    counts,
    onClients: emitter.on,
    publish: (topic, state) => publisher.publish(topic, state),
    close: (graceMs = DEFAULT_GRACE_MS) => (closing ??= close(graceMs)),
  };
}

function countClients(clients: readonly ClientFacts[]): ClientCounts {
  return {
    clients: clients.length,
    operators: clients.filter((client) => client.role === "operator").length,
    viewers: clients.filter((client) => client.role === "viewer").length,
    lookers: clients.filter((client) => client.looking).length,
  };
}

/** A hostile or broken client may be dropped a thousand times a second; the log hears of it once in a while, with the count. */
function dropLog(clock: Clock, log: ServeLog): (reason: string) => void {
  const recent = new Map<string, { sinceMs: number; suppressed: number }>();
  return (reason) => {
    const now = clock.monotonicMs();
    const entry = recent.get(reason);
    if (entry !== undefined && now - entry.sinceMs < DROP_LOG_INTERVAL_MS) {
      entry.suppressed += 1;
      return;
    }
    log("warn", "rpc.clientDropped", { reason, alsoSince: entry?.suppressed ?? 0 });
    recent.set(reason, { sinceMs: now, suppressed: 0 });
  };
}
