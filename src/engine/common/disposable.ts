export interface Disposable {
  dispose(): void;
}

/** Owns disposables; disposing twice is harmless, adding after disposal disposes at once. */
export class DisposableStore implements Disposable {
  readonly #items = new Set<Disposable>();
  #disposed = false;

  add<T extends Disposable>(item: T): T {
    if (this.#disposed) item.dispose();
    else this.#items.add(item);
    return item;
  }

  get size(): number {
    return this.#items.size;
  }

  dispose(): void {
    this.#disposed = true;
    const items = [...this.#items];
    this.#items.clear();
    for (const item of items.reverse()) item.dispose();
  }
}
