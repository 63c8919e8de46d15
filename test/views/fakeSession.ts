import type { EngineConnection, SessionState } from "../../src/engine/client.ts";
import type { CallProgress } from "../../src/engine/protocol/progress.ts";
import type { Call, InitializeResult, Topic, TopicStates } from "../../src/engine/protocol/rpc.ts";
import { type Disposable, Failure, type SessionPort } from "../../src/views/sessionPort.ts";

export const info: InitializeResult = {
  protocol: 1,
  version: "0.1.0",
  buildId: "abc",
  epoch: 1,
  role: "operator",
  pid: 100,
  keeperPid: 99,
  startedAtMs: 0,
};

/** A connection that records who subscribes and publishes what the test says. */
export class FakeConnection implements EngineConnection {
  readonly info = info;
  readonly subscriptions: { topic: Topic; looking: boolean; listener: (state: never) => void }[] = [];
  /** Every change of subscriptions, in order. */
  readonly log: string[] = [];

  /** Every call, in order. */
  readonly calls: { method: string; params: unknown }[] = [];
  /** What the engine says; refuses everything unless a test puts something else here. */
  answer: (
    method: string,
    params: unknown,
    signal?: AbortSignal,
    onProgress?: (progress: CallProgress) => void,
  ) => Promise<unknown> = () => Promise.reject(new Failure({ code: "rpc.closed", args: {} }));

  call<P, R>(
    { method }: Call<P, R>,
    params: P,
    signal?: AbortSignal,
    onProgress?: (progress: CallProgress) => void,
  ): Promise<R> {
    this.calls.push({ method, params });
    return this.answer(method, params, signal, onProgress) as Promise<R>;
  }

  async subscribe<T extends Topic>(
    topic: T,
    looking: boolean,
    listener: (state: TopicStates[T], seq: number) => void,
  ): Promise<Disposable> {
    const entry = { topic, looking, listener: (state: never) => listener(state, 1) };
    this.subscriptions.push(entry);
    this.log.push(`+${topic} ${looking}`);
    return {
      dispose: () => {
        const at = this.subscriptions.indexOf(entry);
        if (at < 0) return;
        this.subscriptions.splice(at, 1);
        this.log.push(`-${topic} ${looking}`);
      },
    };
  }

  readonly onClosed = (): Disposable => ({ dispose: () => undefined });

  publish<T extends Topic>(topic: T, state: TopicStates[T]): void {
    for (const one of [...this.subscriptions]) if (one.topic === topic) one.listener(state as never);
  }

  dispose(): void {
    this.subscriptions.length = 0;
  }
}

export class FakeSession implements SessionPort {
  state: SessionState = { kind: "idle" };
  current: FakeConnection | null = null;
  restarts = 0;
  disposed = false;
  readonly #listeners = new Set<(state: SessionState) => void>();
  #waiters: { resolve: (connection: EngineConnection) => void; reject: (reason: Error) => void }[] = [];

  get listenerCount(): number {
    return this.#listeners.size;
  }

  onState(listener: (state: SessionState) => void): Disposable {
    this.#listeners.add(listener);
    return { dispose: () => void this.#listeners.delete(listener) };
  }

  connection(): Promise<EngineConnection> {
    if (this.current !== null) return Promise.resolve(this.current);
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  restart(): void {
    this.restarts++;
  }

  dispose(): void {
    this.disposed = true;
    for (const { reject } of this.#waiters) reject(new Failure({ code: "session.disposed", args: {} }));
    this.#waiters = [];
  }

  connect(): FakeConnection {
    const connection = new FakeConnection();
    this.current = connection;
    for (const { resolve } of this.#waiters) resolve(connection);
    this.#waiters = [];
    this.set({ kind: "connected", info });
    return connection;
  }

  lose(): void {
    this.current = null;
    this.set({ kind: "waiting", reason: { code: "rpc.closed", args: {} }, retryAtMs: 1 });
  }

  set(state: SessionState): void {
    this.state = state;
    for (const listener of [...this.#listeners]) listener(state);
  }
}
