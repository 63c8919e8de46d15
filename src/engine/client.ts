import { systemClock, systemTimer } from "./common/clock.ts";
import { resolvePaths } from "./common/paths.ts";
import { findOrStart } from "./client/findOrStart.ts";
import { findRuntime } from "./client/runtime.ts";
import { EngineSession } from "./client/session.ts";
import type { ClientOptions, EngineConnection } from "./client/types.ts";

/** The editor's and the CLI's end of the engine. No vscode import. */

export type { ClientOptions, EngineConnection, SessionState } from "./client/types.ts";
export type { EngineSession, SessionSubscription } from "./client/session.ts";

/**
 * Joins the running engine, or starts one and joins that.
 * @throws CodedError see `findOrStart`
 */
export function connect(options: ClientOptions, signal?: AbortSignal): Promise<EngineConnection> {
  return findOrStart(options, { paths: resolvePaths(), findRuntime }, signal);
}

/** A session that stays connected for as long as a window lives; idle until its `start()`. */
export function createSession(options: ClientOptions): EngineSession {
  return new EngineSession(options, {
    connect,
    clock: systemClock,
    // Jitter only spreads reconnects; it need not be repeatable outside tests.
    rng: Math.random,
    setTimer: systemTimer,
  });
}
