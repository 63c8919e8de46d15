import { watch } from "node:fs";
import type { Disposable } from "../common/disposable.ts";

/** Wakes a waiter when something in a folder changes, and at the latest after its poll interval. */
export class FileChange implements Disposable {
  readonly #stop: () => void;
  #wake: (() => void) | null = null;
  #changed = false;

  constructor(folder: string) {
    this.#stop = watchFolder(folder, () => {
      this.#changed = true;
      this.#wake?.();
    });
  }

  /** Resolves at the next change (at once when there was one since the last call), after `ms`, or upon abort. */
  async next(ms: number, signal?: AbortSignal): Promise<void> {
    if (!this.#changed && signal?.aborted !== true) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        const done = () => {
          clearTimeout(timer);
          resolve();
        };
        this.#wake = done;
        signal?.addEventListener("abort", done, { once: true });
      });
    }
    this.#changed = false;
    this.#wake = null;
  }

  dispose(): void {
    this.#stop();
    this.#wake?.();
  }
}

/** Watching may fail (no inotify left, a file system without it, no such folder): then polling alone has to do. */
function watchFolder(folder: string, onChange: () => void): () => void {
  try {
    const watcher = watch(folder, { persistent: false }, onChange);
    watcher.on("error", () => watcher.close());
    return () => watcher.close();
  } catch {
    return () => undefined;
  }
}
