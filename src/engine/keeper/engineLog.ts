import { appendFileSync, renameSync, statSync } from "node:fs";

/** What keeper.json tells of the engine's last words. */
const TAIL_BYTES = 4096;

/**
 * What the engine prints and what the keeper has to say, in one file and its predecessor (`.1`), each at most `maxBytes`.
 * Written synchronously: it is a few lines an hour, and the last ones before a crash are those that matter.
 */
export class EngineLog {
  readonly #path: string;
  readonly #maxBytes: number;
  #size: number;
  #tail = "";

  constructor(path: string, maxBytes = 1 << 20) {
    this.#path = path;
    this.#maxBytes = maxBytes;
    this.#size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** The end of what was printed since `clearTail`. */
  get tail(): string {
    return this.#tail;
  }

  clearTail(): void {
    this.#tail = "";
  }

  /** Raw output of the engine; its stderr is also kept as the tail. */
  output(chunk: Buffer, isError: boolean): void {
    if (isError) this.#tail = (this.#tail + chunk.toString("utf8")).slice(-TAIL_BYTES);
    this.#append(chunk);
  }

  /** A line of the keeper itself, as JSON. */
  note(event: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.#append(
      Buffer.from(`${JSON.stringify({ at: new Date().toISOString(), from: "keeper", event, ...fields })}\n`),
    );
  }

  #append(chunk: Buffer): void {
    // One chunk is a pipe's read, at most 64 KiB, so the cap is exceeded by that at most.
    try {
      if (this.#size > 0 && this.#size + chunk.length > this.#maxBytes) {
        renameSync(this.#path, `${this.#path}.1`);
        this.#size = 0;
      }
      appendFileSync(this.#path, chunk, { mode: 0o600 });
      this.#size += chunk.length;
    } catch {
      // A full or read-only disk must not end the keeper; the tail is still told in keeper.json.
    }
  }
}
