import type { EngineConnection, SessionState } from "../engine/client.ts";
import type { Coded } from "../engine/protocol/model.ts";

export interface Disposable {
  dispose(): void;
}

/** What the views need of a session with the engine. The real one lives in `engine/client.ts`; tests bring their own. */
export interface SessionPort {
  readonly state: SessionState;
  onState(listener: (state: SessionState) => void): Disposable;
  /** Waits for a connection. Rejects with `aborted` or with the reason why there will be none. */
  connection(signal?: AbortSignal): Promise<EngineConnection>;
  /** Tries again from the beginning, also after it had given up. */
  restart(): void;
}

/** Any thrown thing as a code, so that it can be worded. Duck-typed: errors cross bundles and processes. */
export function codedOf(error: unknown): Coded {
  if (typeof error === "object" && error !== null && "code" in error && typeof error.code === "string") {
    const args = "args" in error && typeof error.args === "object" && error.args !== null ? error.args : {};
    // A Node error (`ENOENT`) has a code without our arguments: its message says more than its code.
    if ("args" in error) return { code: error.code, args: args as Coded["args"] };
  }
  return { code: "internal", args: { message: error instanceof Error ? error.message : String(error) } };
}

/** A code as something to throw. */
export class Failure extends Error implements Coded {
  readonly code: string;
  readonly args: Coded["args"];

  constructor({ code, args }: Coded) {
    super(`${code} ${JSON.stringify(args)}`);
    this.name = "Failure";
    this.code = code;
    this.args = args;
  }
}

/** Rejects when the signal aborts: `aborted`, or `timedOut` when it was its deadline. Never resolves. */
export function rejectOn(signal: AbortSignal, timedOut: Coded): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => {
      const late = signal.reason instanceof DOMException && signal.reason.name === "TimeoutError";
      reject(new Failure(late ? timedOut : { code: "aborted", args: {} }));
    };
    if (signal.aborted) fail();
    else signal.addEventListener("abort", fail, { once: true });
  });
}

/** The operator pressed Cancel: nothing to complain about. */
export function isAborted(coded: Coded): boolean {
  return coded.code === "aborted";
}
