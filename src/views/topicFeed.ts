import type { Coded } from "../engine/protocol/model.ts";
import type { EngineConnection } from "../engine/client.ts";
import type { Topic, TopicStates } from "../engine/protocol/rpc.ts";
import { codedOf, type Disposable, type SessionPort } from "./sessionPort.ts";

/**
 * One topic of the engine for all views of this window: one subscription on the wire, however many listen, and
 * `looking` as long as at least one view that somebody can see has asked for it. Follows reconnects by itself.
 */
export class TopicFeed<T extends Topic> implements Disposable {
  readonly #session: SessionPort;
  readonly #topic: T;
  readonly #onProblem: (problem: Coded) => void;
  readonly #listeners = new Set<(state: TopicStates[T]) => void>();
  readonly #stateListener: Disposable;
  #lookers = 0;
  #latest: TopicStates[T] | null = null;
  #connected = false;
  #disposed = false;
  /** The subscription on the wire and what it was made with; `null` between connections. */
  #wire: { readonly connection: EngineConnection; readonly looking: boolean; readonly handle: Disposable } | null =
    null;
  /** Subscribing is a round trip: changes wait for it, so that requests never overtake each other. */
  #settling: Promise<void> = Promise.resolve();

  constructor(session: SessionPort, topic: T, onProblem: (problem: Coded) => void) {
    this.#session = session;
    this.#topic = topic;
    this.#onProblem = onProblem;
    this.#stateListener = session.onState((state) => {
      this.#connected = state.kind === "connected";
      this.#settle();
    });
    this.#connected = session.state.kind === "connected";
    this.#settle();
  }

  /** The last state that arrived, from whichever connection; `null` before the first. */
  get latest(): TopicStates[T] | null {
    return this.#latest;
  }

  get looking(): boolean {
    return this.#lookers > 0;
  }

  on(listener: (state: TopicStates[T]) => void): Disposable {
    const entry = (state: TopicStates[T]): void => listener(state);
    this.#listeners.add(entry);
    return { dispose: () => void this.#listeners.delete(entry) };
  }

  /** Somebody sees what this topic tells, until the handle is disposed. */
  look(): Disposable {
    this.#lookers++;
    this.#settle();
    let held = true;
    return {
      dispose: () => {
        if (!held) return;
        held = false;
        this.#lookers--;
        this.#settle();
      },
    };
  }

  /** Resolves when every change so far has reached the engine (for tests). */
  settled(): Promise<void> {
    return this.#settling;
  }

  dispose(): void {
    this.#disposed = true;
    this.#stateListener.dispose();
    this.#listeners.clear();
    this.#settle();
  }

  #settle(): void {
    this.#settling = this.#settling
      .then(() => this.#reconcile())
      .catch((error: unknown) => {
        const problem = codedOf(error);
        // A connection that closed meanwhile is the session's to report, and the next one brings us here again.
        if (problem.code !== "rpc.closed" && problem.code !== "aborted") this.#onProblem(problem);
      });
  }

  async #reconcile(): Promise<void> {
    const wanted = this.#connected && !this.#disposed;
    if (!wanted) {
      this.#wire?.handle.dispose();
      this.#wire = null;
      return;
    }
    const connection = await this.#session.connection();
    const looking = this.looking;
    if (this.#wire?.connection === connection && this.#wire.looking === looking) return;
    const handle = await connection.subscribe(this.#topic, looking, (state) => this.#hear(state));
    // New one first: the connection then tells the engine only what has changed, and no state is missed between.
    this.#wire?.handle.dispose();
    this.#wire = { connection, looking, handle };
    // Somebody may have come or gone while the subscription was under way.
    if (this.#disposed || this.looking !== looking || !this.#connected) this.#settle();
  }

  #hear(state: TopicStates[T]): void {
    if (this.#disposed) return;
    this.#latest = state;
    for (const listener of [...this.#listeners]) listener(state);
  }
}
