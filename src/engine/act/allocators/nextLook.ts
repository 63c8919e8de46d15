/** Lets asynchronous work go on once a tick: whoever waits is let through by the next look. */
export class NextLook {
  #waiting: (() => void)[] = [];

  now(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const pass of waiting) pass();
  }

  /** Rejects with the abort reason. */
  wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#waiting = this.#waiting.filter((one) => one !== pass);
        reject(signal.reason as Error);
      };
      const pass = () => {
        signal.removeEventListener("abort", onAbort);
        resolve();
      };
      if (signal.aborted) return onAbort();
      signal.addEventListener("abort", onAbort, { once: true });
      this.#waiting.push(pass);
    });
  }
}
