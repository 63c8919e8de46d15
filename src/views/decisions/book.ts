import { calls, type DecisionRow, type DecisionsState } from "../../engine/protocol/rpc.ts";
import { codedOf, type Disposable, isAborted, type SessionPort } from "../sessionPort.ts";
import type { TopicFeed } from "../topicFeed.ts";
import { type Older, waits } from "./model.ts";

/** Older decisions brought at a time, and the most that are held: what one call gives. */
export const PAGE_DECISIONS = 50;
const MAX_PAGES = 20;

/**
 * The decisions this window knows: the newest as the engine publishes them, and older ones as far back as somebody has
 * asked. Older ones are asked for anew whenever the newest change, because an undo changes them too.
 */
export class DecisionBook implements Disposable {
  readonly #session: SessionPort;
  readonly #listeners = new Set<() => void>();
  readonly #feedHandle: Disposable;
  readonly #end = new AbortController();
  #newest: DecisionsState | null = null;
  #older: readonly DecisionRow[] = [];
  #olderMore = false;
  #pages = 0;
  /** One request at a time; a change meanwhile asks once more. */
  #loading: "no" | "yes" | "again" = "no";
  /** The operator waits for it; what is asked for again by itself shows no change. */
  #asked = false;
  #problem: Older | null = null;

  constructor(session: SessionPort, feed: TopicFeed<"decisions">) {
    this.#session = session;
    this.#feedHandle = feed.on((state) => this.#hear(state));
  }

  /** `null` before the first state. */
  get newest(): DecisionsState | null {
    return this.#newest;
  }

  /** Newest first. */
  get rows(): readonly DecisionRow[] {
    return this.#newest === null ? [] : [...this.#newest.decisions, ...this.#older];
  }

  get older(): Older {
    if (this.#newest === null || !this.#newest.more) return { kind: "none" };
    if (this.#asked) return { kind: "loading" };
    if (this.#problem !== null) return this.#problem;
    if (this.#pages > 0 && !this.#olderMore) return { kind: "none" };
    return { kind: this.#pages >= MAX_PAGES ? "tooMany" : "more" };
  }

  get waiting(): readonly DecisionRow[] {
    return this.rows.filter(waits);
  }

  get canUndo(): boolean {
    return this.rows.some((row) => row.undoRefusal === null);
  }

  find(id: string): DecisionRow | undefined {
    return this.rows.find((row) => row.id === id);
  }

  on(listener: () => void): Disposable {
    const entry = (): void => listener();
    this.#listeners.add(entry);
    return { dispose: () => void this.#listeners.delete(entry) };
  }

  /** One page further back. */
  showOlder(): void {
    const { kind } = this.older;
    if (kind !== "more" && kind !== "failed") return;
    if (kind === "more") this.#pages++;
    this.#asked = true;
    this.#load();
  }

  dispose(): void {
    this.#end.abort();
    this.#feedHandle.dispose();
    this.#listeners.clear();
  }

  #hear(state: DecisionsState): void {
    const before = this.rows;
    this.#newest = state;
    const oldest = state.decisions.at(-1)?.id;
    if (!state.more || oldest === undefined || this.#pages === 0) {
      this.#older = [];
      if (!state.more) this.#pages = 0;
    } else {
      // Ids sort by time: what has slid out of the newest stays in sight until the older ones are here anew.
      this.#older = before.filter(({ id }) => id < oldest);
      this.#load();
    }
    this.#tell();
  }

  #load(): void {
    if (this.#loading !== "no") {
      this.#loading = "again";
      return;
    }
    this.#loading = "yes";
    if (this.#asked) this.#tell();
    void this.#loadAll().finally(() => {
      this.#loading = "no";
      this.#asked = false;
      if (!this.#end.signal.aborted) this.#tell();
    });
  }

  async #loadAll(): Promise<void> {
    const { signal } = this.#end;
    do {
      this.#loading = "yes";
      const before = this.#newest?.decisions.at(-1)?.id;
      if (before === undefined) return;
      try {
        const connection = await this.#session.connection(signal);
        const limit = this.#pages * PAGE_DECISIONS;
        const { decisions, more } = await connection.call(calls.decisions, { limit, before }, signal);
        this.#problem = null;
        if (this.#newest?.decisions.at(-1)?.id === before) {
          this.#older = decisions;
          this.#olderMore = more;
        }
      } catch (error) {
        const problem = codedOf(error);
        if (isAborted(problem)) return;
        this.#problem = { kind: "failed", reason: problem };
      }
    } while (this.#again());
  }

  #again(): boolean {
    return this.#loading === "again";
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
