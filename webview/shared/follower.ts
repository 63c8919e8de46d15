import type { StateMessage } from "../../src/engine/protocol/webview.ts";

/** The page's end of a state that is sent whole at first, then as changes. */
export class Follower<S extends object> {
  readonly #ask: () => void;
  #state: S | null = null;
  /** Number of the last message; 0 before the first full state. */
  #seq = 0;

  /** @param ask for everything, when a message is missing */
  constructor(ask: () => void) {
    this.#ask = ask;
  }

  /** @returns the state after it; `null` when it changed nothing */
  hear(message: StateMessage<S>): S | null {
    if (message.type === "full") this.#state = message.state;
    else {
      if (this.#state === null || message.seq !== this.#seq + 1) {
        // One is missing, or none has come yet: ask for everything instead of guessing.
        if (message.seq > this.#seq) this.#ask();
        return null;
      }
      this.#state = { ...this.#state, ...message.changes };
    }
    this.#seq = message.seq;
    return this.#state;
  }

  /** What the page itself changes, before the editor says it too. */
  change(changes: Partial<S>): S | null {
    if (this.#state !== null) this.#state = { ...this.#state, ...changes };
    return this.#state;
  }
}

/** Whether a message carries a state; keeps out what other scripts of the page's host may post. */
export function isStateMessage(
  message: Record<string, unknown>,
  lists: readonly string[],
  objects: readonly string[],
): boolean {
  if (!Number.isInteger(message["seq"]) || (message["seq"] as number) <= 0) return false;
  if (message["type"] === "full") {
    const { state } = message;
    return (
      isObject(state) && lists.every((key) => Array.isArray(state[key])) && objects.every((key) => isObject(state[key]))
    );
  }
  return message["type"] === "update" && isObject(message["changes"]);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
