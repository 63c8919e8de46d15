import type { Disposable } from "../common/disposable.ts";
import type { Topic, TopicStates } from "../protocol/rpc.ts";

type Listener = (state: never, seq: number) => void;

interface TopicEntry {
  readonly listeners: Set<{ readonly looking: boolean; readonly listener: Listener }>;
  latest: { readonly seq: number; readonly state: never } | null;
  /** What the engine has been told last; `null` = not subscribed. */
  told: boolean | null;
}

export interface TopicTransport {
  subscribe(topic: Topic, looking: boolean): Promise<unknown>;
  unsubscribe(topic: Topic): Promise<unknown>;
}

/** Many listeners, one subscription a topic. The engine is told `looking` when any of them looks. */
export class TopicListeners implements Disposable {
  readonly #transport: TopicTransport;
  readonly #topics = new Map<Topic, TopicEntry>();
  #disposed = false;

  constructor(transport: TopicTransport) {
    this.#transport = transport;
  }

  /** A later listener hears the latest state at once from here; the first one when the engine sends it. */
  async add<T extends Topic>(
    topic: T,
    looking: boolean,
    listener: (state: TopicStates[T], seq: number) => void,
  ): Promise<Disposable> {
    const entry = this.#entry(topic);
    const item = { looking, listener: listener as Listener };
    entry.listeners.add(item);
    const { latest } = entry;
    if (latest !== null) queueMicrotask(() => entry.listeners.has(item) && tellListener(item.listener, latest));
    const remove = () => {
      if (entry.listeners.delete(item)) this.#tell(topic, entry).catch(ignoreEnded);
    };
    try {
      await this.#tell(topic, entry);
    } catch (error) {
      entry.listeners.delete(item);
      throw error;
    }
    return { dispose: remove };
  }

  deliver(topic: Topic, seq: number, state: never): void {
    const entry = this.#topics.get(topic);
    // Nobody listens any more (the unsubscription is on its way), or an engine that knows more topics than we do.
    if (entry === undefined || entry.listeners.size === 0) return;
    entry.latest = { seq, state };
    for (const { listener } of [...entry.listeners]) tellListener(listener, entry.latest);
  }

  dispose(): void {
    this.#disposed = true;
    for (const entry of this.#topics.values()) entry.listeners.clear();
    this.#topics.clear();
  }

  #entry(topic: Topic): TopicEntry {
    let entry = this.#topics.get(topic);
    if (entry === undefined) {
      entry = { listeners: new Set(), latest: null, told: null };
      this.#topics.set(topic, entry);
    }
    return entry;
  }

  /** Tells the engine what has changed, if anything. Messages keep their order, so the last one told holds. */
  async #tell(topic: Topic, entry: TopicEntry): Promise<void> {
    if (this.#disposed) return;
    const wanted = entry.listeners.size === 0 ? null : [...entry.listeners].some((item) => item.looking);
    if (wanted === entry.told) return;
    entry.told = wanted;
    if (wanted === null) {
      entry.latest = null;
      await this.#transport.unsubscribe(topic);
    } else {
      await this.#transport.subscribe(topic, wanted).catch((error: unknown) => {
        entry.told = null;
        throw error;
      });
    }
  }
}

/** A listener that throws is reported as uncaught, and keeps neither the others nor the connection from going on. */
function tellListener(listener: Listener, latest: { readonly seq: number; readonly state: never }): void {
  try {
    listener(latest.state, latest.seq);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

/** An unsubscription that fails does so because the connection has ended, and with it the subscription. */
function ignoreEnded(): void {}
