import type { Socket } from "node:net";
import {
  createMessageConnection,
  type CancellationToken,
  type Message,
  type MessageConnection,
  ResponseError,
} from "vscode-jsonrpc/node";
import { systemTimer } from "../common/clock.ts";
import { cleanText } from "../common/text.ts";
import { CodedError, toCoded } from "../common/errors.ts";
import { params as paramSchemas } from "../protocol/params.ts";
import { PROGRESS_TOKEN } from "../protocol/progress.ts";
import { calls, type InitializeResult, type Role, RPC_REFUSED, type TopicStates } from "../protocol/rpc.ts";
import { BoundedReader, BoundedWriter } from "./channel.ts";
import { dispatch, parseParams, type ServeLog } from "./dispatch.ts";
import { MAX_BODY_BYTES, MAX_BODY_BYTES_BEFORE_INITIALIZE, WireViolation } from "./frames.ts";
import type { ClientFacts, Handlers } from "./handlers.ts";
import type { Inbound } from "./messages.ts";
import { ProgressSender, takeToken } from "./progressSender.ts";
import type { Publisher, Subscriber } from "./publisher.ts";
import { roleOfToken, type Tokens } from "./tokens.ts";

export const MAX_REQUESTS_IN_FLIGHT = 64;
export const INITIALIZE_DEADLINE_MS = 5_000;
/** How long a refused or leaving client has to read its last answer. */
const LAST_ANSWER_MS = 1_000;

export type ServedIdentity = Pick<
  InitializeResult,
  "version" | "buildId" | "epoch" | "pid" | "keeperPid" | "startedAtMs"
>;

export interface ProtocolRange {
  readonly min: number;
  readonly max: number;
}

export interface ClientSessionDeps {
  readonly identity: ServedIdentity;
  readonly protocol: ProtocolRange;
  readonly tokens: Tokens;
  readonly handlers: Handlers;
  readonly publisher: Publisher<TopicStates>;
  readonly log: ServeLog;
  /** Whether there is room for one more of this role. */
  readonly mayJoin: (role: Role) => boolean;
  /** Role, kind or looking became known or changed. */
  readonly onChange: () => void;
  readonly onClosed: (session: ClientSession) => void;
  /** The client was refused or dropped for breaking the rules; `reason` is a fixed word or a code. */
  readonly onDropped: (reason: string) => void;
}

type State =
  | { readonly kind: "new"; readonly deadline: NodeJS.Timeout }
  | { readonly kind: "served"; readonly facts: Omit<ClientFacts, "looking"> }
  | { readonly kind: "closed" };

/** One connected client, from its first byte to its last: bounds, handshake, requests in flight, subscriptions. */
export class ClientSession {
  readonly id: number;
  readonly #socket: Socket;
  readonly #deps: ClientSessionDeps;
  readonly #reader: BoundedReader;
  readonly #writer: BoundedWriter;
  readonly #connection: MessageConnection;
  readonly #subscriber: Subscriber<TopicStates>;
  /** Ids as text: the library's queue does not tell 1 from "1" either. */
  readonly #inFlight = new Set<string>();
  readonly #controllers = new Set<AbortController>();
  #state: State;
  /** No further requests; the socket ends as soon as nothing is in flight. */
  #leaving = false;

  constructor(id: number, socket: Socket, deps: ClientSessionDeps) {
    this.id = id;
    this.#socket = socket;
    this.#deps = deps;
    const deadline = setTimeout(() => this.drop("not initialised in time"), INITIALIZE_DEADLINE_MS);
    this.#state = { kind: "new", deadline };
    this.#reader = new BoundedReader(socket, MAX_BODY_BYTES_BEFORE_INITIALIZE, (message) => this.#admit(message));
    this.#writer = new BoundedWriter(
      socket,
      (message) => this.#written(message),
      () => this.drop("does not read"),
    );
    this.#subscriber = deps.publisher.addSubscriber((frame, onSent) => this.#writer.writeFrame(frame, onSent));
    socket.on("error", () => {
      // `close` follows and does the work; without a listener the error would end the engine.
    });
    socket.on("close", () => this.#closed());
    this.#connection = createMessageConnection(this.#reader, this.#writer);
    this.#connection.onError(([error]) => this.drop(error instanceof WireViolation ? error.reason : "write failed"));
    this.#connection.onRequest((method: string, params: unknown, token: CancellationToken) =>
      this.#handle(method, params, token),
    );
    this.#connection.listen();
  }

  /** `null` until it has shown its token. */
  get facts(): ClientFacts | null {
    return this.#state.kind === "served" ? { ...this.#state.facts, looking: this.#subscriber.looking } : null;
  }

  /** Lets answers in flight go out, then ends; after `graceMs` their handlers are aborted. */
  leave(graceMs: number): void {
    this.#leaving = true;
    this.#endWhenIdle();
    const timer = setTimeout(() => {
      this.#abortHandlers();
      this.#socket.destroy();
    }, graceMs);
    this.#socket.once("close", () => clearTimeout(timer));
  }

  /** Ends it at once: for a client that broke a rule. */
  drop(reason: string): void {
    if (this.#state.kind === "closed") return;
    this.#deps.onDropped(reason);
    this.#socket.destroy();
    this.#closed();
  }

  /** Decides about each checked message, before the library queues it: so its queue is bounded by `MAX_REQUESTS_IN_FLIGHT`. */
  #admit(message: Inbound): Message | null {
    if (message.kind === "ignored" || this.#leaving) return null;
    const key = String(message.id);
    if (message.kind === "cancel") {
      if (!this.#inFlight.has(key)) return null;
      return { jsonrpc: "2.0", method: "$/cancelRequest", params: { id: message.id } } as Message;
    }
    if (this.#inFlight.has(key)) throw new WireViolation("id in use");
    const { id, method, params } = message;
    if (this.#inFlight.size >= MAX_REQUESTS_IN_FLIGHT) {
      const busy = new CodedError("rpc.busy", { inFlight: this.#inFlight.size });
      void this.#writer.write({ jsonrpc: "2.0", id, error: refusal(busy).toJson() } as Message);
      return null;
    }
    this.#inFlight.add(key);
    return { jsonrpc: "2.0", id, method, ...(params === undefined ? {} : { params }) } as Message;
  }

  #written(message: Message): void {
    const id = (message as { id?: number | string }).id;
    if (id === undefined) return;
    this.#inFlight.delete(String(id));
    if (this.#leaving) this.#endWhenIdle();
  }

  #endWhenIdle(): void {
    if (this.#inFlight.size > 0) return;
    this.#socket.destroySoon();
    // A client that does not read its last answer does not keep us.
    const timer = setTimeout(() => this.#socket.destroy(), LAST_ANSWER_MS);
    this.#socket.once("close", () => clearTimeout(timer));
  }

  async #handle(method: string, params: unknown, token: CancellationToken): Promise<unknown> {
    try {
      if (this.#state.kind === "new") return this.#initialize(method, params);
      return await this.#serve(method, params, token);
    } catch (error) {
      return refusal(error);
    }
  }

  async #serve(method: string, params: unknown, token: CancellationToken): Promise<unknown> {
    const client = this.facts;
    if (client === null) throw new CodedError("rpc.closed");
    const controller = new AbortController();
    this.#controllers.add(controller);
    const cancelled = token.onCancellationRequested(() => controller.abort());
    if (token.isCancellationRequested) controller.abort();
    const asked = takeToken(params, PROGRESS_TOKEN);
    const sender = asked.token === null ? null : this.#progressSender(asked.token);
    try {
      const context = { signal: controller.signal, client, progress: sender?.tell ?? (() => undefined) };
      const table = {
        ...this.#deps.handlers,
        subscribe: (wanted: { topic: keyof TopicStates; looking: boolean }) => {
          const seq = this.#subscriber.subscribe(wanted.topic, wanted.looking);
          this.#deps.onChange();
          return { seq };
        },
        unsubscribe: (wanted: { topic: keyof TopicStates }) => {
          this.#subscriber.unsubscribe(wanted.topic);
          this.#deps.onChange();
          return null;
        },
      };
      return await dispatch(table, method, asked.params, context, this.#deps.log);
    } finally {
      sender?.end();
      cancelled.dispose();
      this.#controllers.delete(controller);
    }
  }

  #progressSender(token: number): ProgressSender {
    return new ProgressSender(token, {
      send: (frame, onSent) => this.#writer.writeFrame(frame, onSent),
      setTimer: systemTimer,
    });
  }

  /** A client that fails here gets its reason and the door shut. */
  #initialize(method: string, params: unknown): InitializeResult {
    if (this.#state.kind !== "new") throw new CodedError("rpc.closed");
    const { identity } = this.#deps;
    try {
      if (method !== calls.initialize.method) throw new CodedError("rpc.notInitialized", { method });
      const wanted = parseParams(method, paramSchemas.initialize, params);
      const role = roleOfToken(this.#deps.tokens, wanted.token);
      if (role === null) throw new CodedError("token.refused");
      if (!this.#deps.mayJoin(role)) throw new CodedError("rpc.tooMany", { role });
      const protocol = negotiate(wanted.protocol, this.#deps.protocol);
      clearTimeout(this.#state.deadline);
      this.#state = {
        kind: "served",
        facts: {
          id: this.id,
          role,
          name: cleanText(wanted.client.name, 100),
          version: cleanText(wanted.client.version, 100),
          kind: wanted.client.kind,
        },
      };
      this.#reader.setMaxBodyBytes(MAX_BODY_BYTES);
      this.#deps.onChange();
      return {
        protocol,
        version: identity.version,
        buildId: identity.buildId,
        epoch: identity.epoch,
        pid: identity.pid,
        keeperPid: identity.keeperPid,
        startedAtMs: identity.startedAtMs,
        role,
        progress: true,
      };
    } catch (error) {
      this.#deps.onDropped(toCoded(error).code);
      this.#leaving = true;
      throw error;
    }
  }

  #abortHandlers(): void {
    for (const controller of this.#controllers) controller.abort();
  }

  #closed(): void {
    if (this.#state.kind === "closed") return;
    if (this.#state.kind === "new") clearTimeout(this.#state.deadline);
    this.#state = { kind: "closed" };
    this.#abortHandlers();
    this.#subscriber.dispose();
    this.#connection.dispose();
    this.#deps.onClosed(this);
  }
}

/** The highest version both speak. @throws CodedError `protocol.unsupported` with both ranges */
function negotiate(client: ProtocolRange, engine: ProtocolRange): number {
  const version = Math.min(client.max, engine.max);
  if (version >= client.min && version >= engine.min) return version;
  throw new CodedError("protocol.unsupported", {
    clientMin: client.min,
    clientMax: client.max,
    engineMin: engine.min,
    engineMax: engine.max,
  });
}

function refusal(error: unknown): ResponseError<unknown> {
  const coded = toCoded(error);
  return new ResponseError(RPC_REFUSED, coded.code, coded);
}
