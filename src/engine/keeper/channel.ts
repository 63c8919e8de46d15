import type { Duplex } from "node:stream";
import { LineSplitter } from "../common/lineSplitter.ts";
import { type KeeperEvent, type KeeperReply, type KeeperRequest, keeperRequest } from "../protocol/keeper.ts";

/** The longest request line; a longer one is refused and skipped. */
export const MAX_REQUEST_BYTES = 4 << 20;
/** Answers not taken by the engine yet; above this no further request is read until it has caught up. */
const MAX_UNSENT_BYTES = 8 << 20;
/** The shortest time between two rounds of `output` events: a flooding agent costs the engine at most 100 a second. */
const OUTPUT_EVERY_MS = 10;

export type RequestHandler = (request: KeeperRequest) => KeeperReply | Promise<KeeperReply>;

/** The keeper's end of the pipe to one engine. Deaf and mute after `dispose`, whatever that engine still sent. */
export class EngineChannel {
  readonly #stream: Duplex;
  readonly #handle: RequestHandler;
  readonly #dirty = new Map<string, Extract<KeeperEvent, { event: "output" }>>();
  #flushTimer: NodeJS.Timeout | null = null;
  #open = true;

  constructor(stream: Duplex, handle: RequestHandler) {
    this.#stream = stream;
    this.#handle = handle;
    const lines = new LineSplitter(
      MAX_REQUEST_BYTES,
      (line) => void this.#receive(line),
      () =>
        this.#send({ id: -1, ok: false, error: "bad-request", detail: `line longer than ${MAX_REQUEST_BYTES} bytes` }),
    );
    stream.on("data", (chunk: Buffer) => {
      if (!this.#open) return;
      lines.push(chunk);
      if (stream.writableLength > MAX_UNSENT_BYTES) stream.pause();
    });
    stream.on("drain", () => {
      stream.resume();
      this.#flushOutput();
    });
    // The end of the engine is learned from its exit, not from its pipe.
    stream.on("error", () => {});
  }

  event(event: KeeperEvent): void {
    if (event.event !== "output") {
      // What was said before the exit must be known before the exit.
      this.#flushOutput();
      this.#send(event);
      return;
    }
    this.#dirty.set(`${event.spawnId} ${event.stream}`, event);
    this.#flushTimer ??= setTimeout(() => this.#flushOutput(), OUTPUT_EVERY_MS);
  }

  dispose(): void {
    this.#open = false;
    if (this.#flushTimer !== null) clearTimeout(this.#flushTimer);
    this.#flushTimer = null;
    this.#dirty.clear();
    this.#stream.destroy();
  }

  #flushOutput(): void {
    if (this.#flushTimer !== null) clearTimeout(this.#flushTimer);
    this.#flushTimer = null;
    // Unread ones stay coalesced here until the engine has taken the last round.
    if (!this.#open || this.#stream.writableNeedDrain) return;
    const events = [...this.#dirty.values()];
    this.#dirty.clear();
    for (const event of events) this.#send(event);
  }

  async #receive(line: string): Promise<void> {
    let raw: unknown;
    try {
      raw = JSON.parse(line);
    } catch (error) {
      this.#send({ id: -1, ok: false, error: "bad-request", detail: String(error).slice(0, 500) });
      return;
    }
    const parsed = keeperRequest.safeParse(raw);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      const detail = `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "invalid"}`.slice(0, 500);
      this.#send({ id: idOf(raw), ok: false, error: "bad-request", detail });
      return;
    }
    try {
      this.#send(await this.#handle(parsed.data));
    } catch (error) {
      this.#send({ id: parsed.data.id, ok: false, error: "io", detail: String(error).slice(0, 500) });
    }
  }

  #send(message: KeeperReply | KeeperEvent): void {
    if (this.#open && this.#stream.writable) this.#stream.write(`${JSON.stringify(message)}\n`);
  }
}

/** The id of a message that is otherwise not understood, so that its sender is not left waiting. */
function idOf(raw: unknown): number {
  const id = typeof raw === "object" && raw !== null && "id" in raw ? raw.id : null;
  return Number.isSafeInteger(id) ? (id as number) : -1;
}
