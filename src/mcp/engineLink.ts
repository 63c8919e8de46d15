import type { EngineConnection } from "../engine/client.ts";
import { orAborted } from "../engine/common/orAborted.ts";
import type { Call } from "../engine/protocol/rpc.ts";
import { failureOf, ToolFailure } from "./failure.ts";

/** Below what the engine lets one client have under way, so that a crowd behind one door waits here and is not refused. */
const MOST_AT_ONCE = 32;
/** A start that failed is not tried again at once by everybody who asks. */
const PAUSE_AFTER_FAILURE_MS = 2_000;

export interface EngineLinkParts {
  readonly connect: (signal: AbortSignal) => Promise<EngineConnection>;
  readonly monotonicMs: () => number;
}

/**
 * The way to the engine: joined, or started, with the first request, and again with the first after it was lost. Never by
 * itself: an engine that an operator has stopped stays stopped until somebody asks for something.
 */
export class EngineLink {
  readonly #parts: EngineLinkParts;
  readonly #end = new AbortController();
  readonly #waiting: (() => void)[] = [];
  #open = 0;
  #connection: Promise<EngineConnection> | null = null;
  #failure: { readonly error: ToolFailure; readonly atMs: number } | null = null;

  constructor(parts: EngineLinkParts) {
    this.#parts = parts;
  }

  /** Settles with the answer, the engine's refusal, or the end of `signal`. @throws coded errors */
  async call<P, R>(call: Call<P, R>, params: P, signal: AbortSignal): Promise<R> {
    await this.#enter(signal);
    try {
      const connection = await orGaveUp(this.#connect(), signal);
      return await connection.call(call, params, signal);
    } finally {
      this.#open--;
      this.#waiting.shift()?.();
    }
  }

  /** Whether a connection stands or is being made. */
  get isOpen(): boolean {
    return this.#connection !== null;
  }

  dispose(): void {
    this.#end.abort();
    this.#connection?.then((connection) => connection.dispose()).catch(() => undefined);
    this.#connection = null;
  }

  async #enter(signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw new ToolFailure("aborted");
    while (this.#open >= MOST_AT_ONCE) {
      let go = (): void => undefined;
      const turn = new Promise<void>((resolve) => {
        go = resolve;
      });
      this.#waiting.push(go);
      try {
        await orGaveUp(turn, signal);
      } catch (error) {
        const at = this.#waiting.indexOf(go);
        // Called already, and not taken: it is the next one's.
        if (at < 0) this.#waiting.shift()?.();
        else this.#waiting.splice(at, 1);
        throw error;
      }
    }
    this.#open++;
  }

  #connect(): Promise<EngineConnection> {
    if (this.#end.signal.aborted) return Promise.reject(new ToolFailure("rpc.closed"));
    if (this.#connection !== null) return this.#connection;
    const { connect, monotonicMs } = this.#parts;
    if (this.#failure !== null && monotonicMs() - this.#failure.atMs < PAUSE_AFTER_FAILURE_MS)
      return Promise.reject(this.#failure.error);
    const attempt = connect(this.#end.signal);
    this.#connection = attempt;
    attempt.then(
      (connection) => {
        this.#failure = null;
        if (this.#end.signal.aborted) return connection.dispose();
        connection.onClosed(() => {
          if (this.#connection === attempt) this.#connection = null;
        });
        return undefined;
      },
      (error: unknown) => {
        const { code, args } = failureOf(error);
        this.#failure = { error: new ToolFailure(code, args), atMs: monotonicMs() };
        if (this.#connection === attempt) this.#connection = null;
      },
    );
    return attempt;
  }
}

const gaveUp = (): Error => new ToolFailure("aborted");

/** A promise that others may wait for as well, for one who may give up. */
export const orGaveUp = <T>(work: Promise<T>, signal: AbortSignal): Promise<T> => orAborted(work, signal, gaveUp);
