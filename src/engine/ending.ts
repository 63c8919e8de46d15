import { setTimeout as delay } from "node:timers/promises";
import type { Disposable } from "./common/disposable.ts";
import type { Log } from "./ports.ts";

/** A door that cannot close in time must not keep a restart waiting. */
const CLOSE_MS = 3_000;

export interface EndingParts {
  readonly log: Log;
  readonly loop: Disposable;
  /** `null` while no door was opened yet. */
  readonly server: () => { close(): Promise<unknown> } | null;
  readonly shutdown: AbortController;
  /** Puts back what was opened in other processes. */
  readonly putBack: () => Promise<unknown>;
}

/**
 * The end of the engine process, whoever asks for it first: answers that are under way go out, the doors close, the process
 * ends. Agents stay with the keeper.
 */
export function endingOf({ log, loop, server, shutdown, putBack }: EndingParts): (code: number, why: string) => void {
  let isEnding = false;
  const end = async (code: number, why: string): Promise<void> => {
    if (isEnding) return;
    isEnding = true;
    log.info("engine.ending", { code, reason: why });
    loop.dispose();
    await Promise.race([Promise.all([server()?.close(), putBack()]), delay(CLOSE_MS)]);
    shutdown.abort();
    process.exit(code);
  };
  return (code, why) => void end(code, why);
}
