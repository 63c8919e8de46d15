import type { EngineConnection, SessionState } from "../engine/client.ts";
import { type Disposable, Failure, type SessionPort } from "./sessionPort.ts";

/** A session that can be ended: what `engine/client` makes. */
export type OwnedSession = SessionPort & Disposable;

/**
 * The window's session. Trust changes the role a window may have, and a session keeps its role: on a change the old one
 * is replaced under the views, which see it as a reconnect.
 */
export class SwitchableSession implements SessionPort, Disposable {
  readonly #listeners = new Set<(state: SessionState) => void>();
  #current: OwnedSession;
  #subscription: Disposable;
  #disposed = false;

  constructor(first: OwnedSession) {
    this.#current = first;
    this.#subscription = first.onState((state) => this.#tell(state));
  }

  get state(): SessionState {
    return this.#current.state;
  }

  onState(listener: (state: SessionState) => void): Disposable {
    const entry = (state: SessionState): void => listener(state);
    this.#listeners.add(entry);
    return { dispose: () => void this.#listeners.delete(entry) };
  }

  /** @throws Failure `session.disposed` after the end; else as the session of that moment, replaced ones excepted */
  async connection(signal?: AbortSignal): Promise<EngineConnection> {
    for (;;) {
      if (this.#disposed) throw new Failure({ code: "session.disposed", args: {} });
      const asked = this.#current;
      try {
        return await asked.connection(signal);
      } catch (error) {
        // Replaced while we waited: the new one is asked instead.
        if (this.#disposed || asked === this.#current) throw error;
      }
    }
  }

  restart(): void {
    this.#current.restart();
  }

  replace(next: OwnedSession): void {
    this.#subscription.dispose();
    const old = this.#current;
    this.#current = next;
    this.#subscription = next.onState((state) => this.#tell(state));
    old.dispose();
    this.#tell(next.state);
  }

  dispose(): void {
    this.#disposed = true;
    this.#subscription.dispose();
    this.#listeners.clear();
    this.#current.dispose();
  }

  #tell(state: SessionState): void {
    for (const listener of [...this.#listeners]) listener(state);
  }
}
