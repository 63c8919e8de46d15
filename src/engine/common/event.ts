import type { Disposable } from "./disposable.ts";

export type Listener<T> = (value: T) => void;

/** A typed event source. Listeners run in order of subscription; one that throws does not keep the others from hearing. */
export class Emitter<T> implements Disposable {
  readonly #listeners = new Set<Listener<T>>();
  readonly #onListenerError: (error: unknown) => void;

  constructor(onListenerError: (error: unknown) => void = defaultListenerError) {
    this.#onListenerError = onListenerError;
  }

  /** Subscribes; the returned handle unsubscribes and may be disposed twice. */
  readonly on = (listener: Listener<T>): Disposable => {
    // A wrapper, so that the same function may subscribe twice and each handle ends only its own subscription.
    const entry: Listener<T> = (value) => listener(value);
    this.#listeners.add(entry);
    return { dispose: () => void this.#listeners.delete(entry) };
  };

  emit(value: T): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(value);
      } catch (error) {
        this.#onListenerError(error);
      }
    }
  }

  get listenerCount(): number {
    return this.#listeners.size;
  }

  dispose(): void {
    this.#listeners.clear();
  }
}

function defaultListenerError(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
