import { connect as connectSocket, type Socket } from "node:net";
import {
  CancellationTokenSource,
  createMessageConnection,
  type MessageConnection,
  ResponseError,
  SocketMessageReader,
  SocketMessageWriter,
} from "vscode-jsonrpc/node";
import { type Coded, CodedError, isErrno, messageOf } from "../common/errors.ts";
import { Emitter } from "../common/event.ts";
import type { Disposable } from "../common/disposable.ts";
import type { EndpointFile } from "../protocol/files.ts";
import { type CallProgress, PROGRESS_METHOD, PROGRESS_TOKEN, type ProgressNotice } from "../protocol/progress.ts";
import {
  type Call,
  calls,
  type InitializeResult,
  PUBLISH_METHOD,
  RPC_REFUSED,
  type Topic,
  type TopicStates,
} from "../protocol/rpc.ts";
import { TopicListeners } from "./topicListeners.ts";
import type { ClientOptions, EngineConnection } from "./types.ts";

const DEFAULT_TIMEOUT_MS = 30_000;
/** On top of a call's own deadline: the engine answers at that deadline, and the answer has to travel. */
const DEADLINE_SLACK_MS = 5_000;
export const HANDSHAKE_TIMEOUT_MS = 5_000;

export interface ProtocolRange {
  readonly min: number;
  readonly max: number;
}

/**
 * Connects to a listening engine and shakes hands.
 * @returns `null` when nobody listens there: a stale endpoint file
 * @throws CodedError `protocol.unsupported`, `token.refused`, `rpc.timeout`, `rpc.closed`, `endpoint.unreachable`, `aborted`
 */
export async function openConnection(
  endpoint: EndpointFile,
  options: Pick<ClientOptions, "role" | "client">,
  protocol: ProtocolRange,
  signal?: AbortSignal,
): Promise<EngineConnection | null> {
  const socket = await openSocket(endpoint.socket, signal);
  if (socket === null) return null;
  const connection = new SocketConnection(socket);
  try {
    const params = { protocol, token: endpoint.tokens[options.role], client: options.client };
    connection.info = await connection.request(calls.initialize, params, HANDSHAKE_TIMEOUT_MS, signal);
    return connection;
  } catch (error) {
    connection.dispose();
    throw error;
  }
}

async function openSocket(path: string, signal: AbortSignal | undefined): Promise<Socket | null> {
  if (signal?.aborted === true) throw new CodedError("aborted");
  return new Promise((resolve, reject) => {
    const socket = connectSocket(path);
    const settle = (act: () => void) => {
      signal?.removeEventListener("abort", onAbort);
      socket.removeAllListeners("connect").removeAllListeners("error");
      act();
    };
    const onAbort = () =>
      settle(() => {
        socket.on("error", () => undefined).destroy();
        reject(new CodedError("aborted"));
      });
    signal?.addEventListener("abort", onAbort);
    socket.once("connect", () => settle(() => resolve(socket)));
    socket.once("error", (error) =>
      settle(() => {
        // EAGAIN: the listener's queue is full; it is there, and the next try will find room.
        if (isErrno(error, "ENOENT", "ECONNREFUSED", "ENOTSOCK", "EAGAIN")) resolve(null);
        else reject(new CodedError("endpoint.unreachable", { path, reason: messageOf(error) }, { cause: error }));
      }),
    );
  });
}

class SocketConnection implements EngineConnection {
  readonly #socket: Socket;
  readonly #rpc: MessageConnection;
  readonly #topics: TopicListeners;
  readonly #closed = new Emitter<Coded>();
  readonly #pending = new Set<(reason: CodedError) => void>();
  /** Who wants to hear how far a call is, by the number that the call carries. */
  readonly #progress = new Map<number, (progress: CallProgress) => void>();
  #lastToken = 0;
  #closedReason: Coded | null = null;
  #info: InitializeResult | null = null;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#rpc = createMessageConnection(new SocketMessageReader(socket), new SocketMessageWriter(socket));
    this.#topics = new TopicListeners({
      subscribe: (topic, looking) => this.call(calls.subscribe, { topic, looking }),
      unsubscribe: (topic) => this.call(calls.unsubscribe, { topic }),
    });
    this.#rpc.onNotification(PUBLISH_METHOD, (published: { topic: Topic; seq: number; state: never }) => {
      this.#topics.deliver(published.topic, published.seq, published.state);
    });
    this.#rpc.onNotification(PROGRESS_METHOD, ({ token, step, doneRatio }: ProgressNotice) =>
      this.#progress.get(token)?.({ step, doneRatio }),
    );
    this.#rpc.onError(([error]) => this.#end({ code: "rpc.closed", args: { reason: messageOf(error) } }));
    this.#rpc.onClose(() => this.#end({ code: "rpc.closed", args: {} }));
    socket.on("error", () => {
      // The library reports it through `onError` and `onClose`; a socket without a listener would throw it.
    });
    this.#rpc.listen();
  }

  get info(): InitializeResult {
    if (this.#info === null) throw new Error("info is known after the handshake only");
    return this.#info;
  }

  set info(info: InitializeResult) {
    this.#info = info;
  }

  async call<P, R>(
    call: Call<P, R>,
    params: P,
    signal?: AbortSignal,
    onProgress?: (progress: CallProgress) => void,
  ): Promise<R> {
    const own = (params as { deadlineMs?: unknown }).deadlineMs;
    // What is done before and after that which has the deadline takes its own time.
    const timeoutMs =
      typeof own === "number"
        ? own + DEADLINE_SLACK_MS + (call.patienceMs ?? 0)
        : (call.patienceMs ?? DEFAULT_TIMEOUT_MS);
    if (onProgress === undefined || this.#info?.progress !== true) return this.request(call, params, timeoutMs, signal);
    const token = ++this.#lastToken;
    this.#progress.set(token, onProgress);
    try {
      return await this.request(call, { ...params, [PROGRESS_TOKEN]: token }, timeoutMs, signal);
    } finally {
      this.#progress.delete(token);
    }
  }

  /** Settles at the answer, the timeout, the abort or the end of the connection, whichever is first. */
  async request<P, R>(call: Call<P, R>, params: P, timeoutMs: number, signal?: AbortSignal): Promise<R> {
    const { method } = call;
    if (this.#closedReason !== null) throw new CodedError(this.#closedReason.code, this.#closedReason.args);
    if (signal?.aborted === true) throw new CodedError("aborted", { method });
    const cancellation = new CancellationTokenSource();
    let giveUp: (reason: CodedError) => void = () => undefined;
    const givenUp = new Promise<never>((_, reject) => {
      giveUp = reject;
    });
    // Rejects first: the engine need not answer for the caller to get on.
    const cancelWith = (reason: CodedError) => {
      giveUp(reason);
      cancellation.cancel();
    };
    const onAbort = () => cancelWith(new CodedError("aborted", { method }));
    const timer = setTimeout(
      () => cancelWith(new CodedError("rpc.timeout", { method, afterMs: timeoutMs })),
      timeoutMs,
    );
    signal?.addEventListener("abort", onAbort);
    this.#pending.add(giveUp);
    try {
      return await Promise.race([this.#rpc.sendRequest<R>(method, params, cancellation.token), givenUp]);
    } catch (error) {
      throw this.#asCoded(error, method);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      this.#pending.delete(giveUp);
      cancellation.dispose();
    }
  }

  async subscribe<T extends Topic>(
    topic: T,
    looking: boolean,
    listener: (state: TopicStates[T], seq: number) => void,
  ): Promise<Disposable> {
    return this.#topics.add(topic, looking, listener);
  }

  readonly onClosed = (listener: (reason: Coded) => void): Disposable => {
    if (this.#closedReason !== null) {
      const reason = this.#closedReason;
      queueMicrotask(() => listener(reason));
      return { dispose: () => undefined };
    }
    return this.#closed.on(listener);
  };

  dispose(): void {
    this.#end({ code: "rpc.closed", args: { reason: "disposed" } });
  }

  #end(reason: Coded): void {
    if (this.#closedReason !== null) return;
    this.#closedReason = reason;
    for (const giveUp of [...this.#pending]) giveUp(new CodedError(reason.code, reason.args));
    this.#topics.dispose();
    this.#rpc.dispose();
    this.#socket.destroy();
    this.#closed.emit(reason);
    this.#closed.dispose();
  }

  #asCoded(error: unknown, method: string): CodedError {
    if (error instanceof CodedError) return error;
    if (error instanceof ResponseError && error.code === RPC_REFUSED && isCoded(error.data)) {
      return new CodedError(error.data.code, error.data.args, { cause: error });
    }
    if (this.#closedReason !== null) return new CodedError(this.#closedReason.code, this.#closedReason.args);
    return new CodedError("rpc.failed", { method, reason: messageOf(error) }, { cause: error });
  }
}

function isCoded(data: unknown): data is Coded {
  const coded = data as Partial<Coded> | null | undefined;
  return typeof coded?.code === "string" && typeof coded.args === "object" && coded.args !== null;
}
