import type { Disposable } from "../common/disposable.ts";
import { type CallProgress, PROGRESS_INTERVAL_MS, PROGRESS_METHOD, type ProgressNotice } from "../protocol/progress.ts";
import { encodeFrame } from "./frames.ts";

export interface ProgressSenderParts {
  /** Hands a frame to the transport; `onSent` is called once when the transport has taken all of it. */
  readonly send: (frame: Buffer, onSent: () => void) => void;
  /** Calls back after `ms`; the result cancels. */
  readonly setTimer: (callback: () => void, ms: number) => Disposable;
}

/**
 * Tells a client how far one of its calls is, however often a handler says it: a few times a second at most, at most one
 * message unsent, and the newest in the end. A client that does not read costs one frame.
 */
export class ProgressSender {
  readonly #token: number;
  readonly #parts: ProgressSenderParts;
  #next: CallProgress | null = null;
  #unsent = false;
  /** Runs for as long as the next one has to wait. */
  #pause: Disposable | null = null;
  #ended = false;

  constructor(token: number, parts: ProgressSenderParts) {
    this.#token = token;
    this.#parts = parts;
  }

  readonly tell = (progress: CallProgress): void => {
    if (this.#ended) return;
    this.#next = progress;
    this.#flush();
  };

  /** Nothing is sent any more: the answer comes next. */
  end(): void {
    this.#ended = true;
    this.#next = null;
    this.#pause?.dispose();
    this.#pause = null;
  }

  #flush(): void {
    if (this.#next === null || this.#unsent || this.#pause !== null) return;
    const params: ProgressNotice = { token: this.#token, ...this.#next };
    this.#next = null;
    this.#unsent = true;
    this.#pause = this.#parts.setTimer(() => {
      this.#pause = null;
      this.#flush();
    }, PROGRESS_INTERVAL_MS);
    this.#parts.send(encodeFrame(JSON.stringify({ jsonrpc: "2.0", method: PROGRESS_METHOD, params })), () => {
      this.#unsent = false;
      this.#flush();
    });
  }
}

/**
 * The number under which a client wants to hear of its call, and the parameters without it. What is no whole number stays
 * among the parameters, whose schema refuses it.
 */
export function takeToken(params: unknown, key: string): { readonly token: number | null; readonly params: unknown } {
  if (typeof params !== "object" || params === null || Array.isArray(params)) return { token: null, params };
  const { [key]: token, ...rest } = params as Record<string, unknown>;
  return Number.isSafeInteger(token) ? { token: token as number, params: rest } : { token: null, params };
}
