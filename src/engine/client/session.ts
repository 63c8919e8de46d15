import type { Clock } from "../common/clock.ts";
import type { Disposable } from "../common/disposable.ts";
import { type Coded, CodedError, toCoded } from "../common/errors.ts";
import { Emitter } from "../common/event.ts";
import type { Rng } from "../common/rng.ts";
import type { Topic, TopicStates } from "../protocol/rpc.ts";
import type { ClientOptions, EngineConnection, SessionState } from "./types.ts";

const FIRST_BACKOFF_MS = 250;
const MAX_BACKOFF_MS = 5_000;
/** A connection that held this long ends the series of failures before it. */
const STABLE_MS = 10_000;
export const MAX_STARTS = 5;
export const START_WINDOW_MS = 180_000;

/** What trying again cannot mend: somebody has to change something first, and then `restart()`. */
const PERMANENT = new Set([
  ...["engine.failed", "client.outdated", "protocol.unsupported", "node.missing", "node.tooOld"],
  ...["state.unwritable", "runtime.unwritable", "folder.foreign", "install.incomplete"],
]);

export interface SessionDeps {
  readonly connect: (options: ClientOptions, signal: AbortSignal) => Promise<EngineConnection>;
  readonly clock: Clock;
  readonly rng: Rng;
  /** Calls back after `ms`; the result cancels. */
  readonly setTimer: (callback: () => void, ms: number) => Disposable;
}

/** A subscription that outlives connections. */
export interface SessionSubscription extends Disposable {
  setLooking(looking: boolean): void;
}

interface Wish {
  readonly topic: Topic;
  readonly listener: (state: never, seq: number) => void;
  looking: boolean;
  /** The subscription on the present connection, once it stands. */
  handle: Disposable | null;
  ended: boolean;
  /** Steps of one wish run one after the other. */
  turn: Promise<void>;
}

/**
 * Keeps one connection to the engine for as long as a window lives: joins or starts it, joins again when it is lost,
 * carries the subscriptions over, and gives up audibly instead of starting engines for ever.
 */
export class EngineSession implements Disposable {
  readonly #options: ClientOptions;
  readonly #deps: SessionDeps;
  readonly #states = new Emitter<SessionState>();
  readonly #wishes = new Set<Wish>();
  #state: SessionState = { kind: "idle" };
  #connection: EngineConnection | null = null;
  #connectedAtMs = 0;
  /** Failures since the last connection that held. */
  #failures = 0;
  /** When engines were started (monotonic), within the window. */
  #starts: number[] = [];
  #attempt: AbortController | null = null;
  #retry: Disposable | null = null;
  #disposed = false;

  constructor(options: ClientOptions, deps: SessionDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  get state(): SessionState {
    return this.#state;
  }

  readonly onState = (listener: (state: SessionState) => void): Disposable => this.#states.on(listener);

  /** Begins to connect. No effect unless idle, nor after the end. */
  start(): void {
    if (this.#state.kind === "idle" && !this.#disposed) this.#tryNow();
  }

  /** Forgets past failures and tries at once; the way out of `failed`. While connected or connecting: only forgets. */
  restart(): void {
    this.#failures = 0;
    this.#starts = [];
    if (this.#state.kind === "waiting" || this.#state.kind === "failed" || this.#state.kind === "idle") this.#tryNow();
  }

  /**
   * The present connection, or the next one.
   * @throws CodedError the reason when the session has failed, `aborted`, `session.disposed`
   */
  connection(signal?: AbortSignal): Promise<EngineConnection> {
    return new Promise((resolve, reject) => {
      const look = (): boolean => {
        if (this.#disposed) reject(new CodedError("session.disposed"));
        else if (signal?.aborted === true) reject(new CodedError("aborted"));
        else if (this.#state.kind === "failed")
          reject(new CodedError(this.#state.reason.code, this.#state.reason.args));
        else if (this.#connection !== null) resolve(this.#connection);
        else return false;
        return true;
      };
      if (look()) return;
      const onAbort = () => settle();
      const subscription = this.#states.on(() => settle());
      const settle = () => {
        if (!look()) return;
        subscription.dispose();
        signal?.removeEventListener("abort", onAbort);
      };
      signal?.addEventListener("abort", onAbort);
    });
  }

  /** Holds over reconnects: each new connection begins with the latest state. */
  subscribe<T extends Topic>(
    topic: T,
    looking: boolean,
    listener: (state: TopicStates[T], seq: number) => void,
  ): SessionSubscription {
    const wish: Wish = {
      topic,
      listener: listener as Wish["listener"],
      looking,
      handle: null,
      ended: false,
      turn: Promise.resolve(),
    };
    this.#wishes.add(wish);
    this.#fulfil(wish);
    return {
      setLooking: (now) => {
        if (wish.looking === now) return;
        wish.looking = now;
        this.#fulfil(wish);
      },
      dispose: () => {
        wish.ended = true;
        this.#wishes.delete(wish);
        wish.handle?.dispose();
        wish.handle = null;
      },
    };
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#attempt?.abort();
    this.#retry?.dispose();
    this.#wishes.clear();
    this.#connection?.dispose();
    this.#connection = null;
    // Whoever waits in `connection()` is told.
    this.#set({ kind: "idle" });
    this.#states.dispose();
  }

  #set(state: SessionState): void {
    this.#state = state;
    this.#states.emit(state);
  }

  #tryNow(): void {
    this.#retry?.dispose();
    this.#retry = null;
    const controller = new AbortController();
    this.#attempt = controller;
    this.#set({ kind: "connecting", sinceMs: this.#deps.clock.wallMs(), attempt: this.#failures + 1 });
    this.#connectOnce(controller.signal).catch((error: unknown) => this.#failed(toCoded(error)));
  }

  async #connectOnce(signal: AbortSignal): Promise<void> {
    const exhausted = this.#startsExhausted();
    const options: ClientOptions = {
      ...this.#options,
      // The budget bounds engine starts only: an engine that somebody else has started is joined all the same.
      start: this.#options.start && !exhausted,
      onProgress: (step) => {
        if (step.code === "engine.starting") this.#starts.push(this.#deps.clock.monotonicMs());
        this.#options.onProgress?.(step);
      },
    };
    let connection: EngineConnection;
    try {
      connection = await this.#deps.connect(options, signal);
    } catch (error) {
      const reason = toCoded(error);
      if (!exhausted || reason.code !== "engine.notRunning") throw error;
      const args = { reason: "too many starts", starts: MAX_STARTS, minutes: START_WINDOW_MS / 60_000 };
      throw new CodedError(
        "engine.failed",
        this.#lastReason === null ? args : { ...args, detail: this.#lastReason.code },
      );
    }
    if (this.#disposed) return connection.dispose();
    this.#connection = connection;
    this.#connectedAtMs = this.#deps.clock.monotonicMs();
    connection.onClosed((reason) => this.#lost(connection, reason));
    this.#set({ kind: "connected", info: connection.info });
    for (const wish of this.#wishes) {
      wish.handle = null;
      this.#fulfil(wish);
    }
    return undefined;
  }

  #lastReason: Coded | null = null;

  #lost(connection: EngineConnection, reason: Coded): void {
    if (this.#disposed || this.#connection !== connection) return;
    this.#connection = null;
    for (const wish of this.#wishes) wish.handle = null;
    if (this.#deps.clock.monotonicMs() - this.#connectedAtMs >= STABLE_MS) this.#failures = 0;
    this.#failed(reason);
  }

  #failed(reason: Coded): void {
    if (this.#disposed) return;
    this.#failures += 1;
    if (PERMANENT.has(reason.code)) return this.#set({ kind: "failed", reason });
    this.#lastReason = reason;
    const ms = this.#backoffMs();
    this.#retry = this.#deps.setTimer(() => this.#tryNow(), ms);
    return this.#set({ kind: "waiting", reason, retryAtMs: this.#deps.clock.wallMs() + ms });
  }

  /** Doubling from a quarter of a second; half of it at random, so that windows do not come back in step. */
  #backoffMs(): number {
    const ceiling = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (this.#failures - 1));
    return Math.round(ceiling * (0.5 + 0.5 * this.#deps.rng()));
  }

  #startsExhausted(): boolean {
    const since = this.#deps.clock.monotonicMs() - START_WINDOW_MS;
    this.#starts = this.#starts.filter((at) => at > since);
    return this.#starts.length >= MAX_STARTS;
  }

  /** Brings one wish and the present connection into line; the new subscription stands before the old one goes. */
  #fulfil(wish: Wish): void {
    const connection = this.#connection;
    if (connection === null) return;
    wish.turn = wish.turn
      .then(async () => {
        if (wish.ended || this.#connection !== connection) return;
        const handle = await connection.subscribe(wish.topic, wish.looking, (state, seq) =>
          wish.listener(state as never, seq),
        );
        if (wish.ended || this.#connection !== connection) return handle.dispose();
        wish.handle?.dispose();
        wish.handle = handle;
        return undefined;
      })
      .catch((error: unknown) => {
        // With the connection lost the next one tries again; a refusal is a broken connection for a window.
        if (this.#connection === connection) connection.dispose();
        this.#lastReason = toCoded(error);
      });
  }
}
