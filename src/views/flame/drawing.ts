import { Failure } from "../sessionPort.ts";

/** How long a page may take to draw itself; a hidden one never answers. */
const DRAW_DEADLINE_MS = 10_000;

/** A picture that is asked of a page, and comes as a message of its own. */
export class Drawing {
  readonly #ask: () => void;
  #drawn: ((data: string) => void) | null = null;

  constructor(ask: () => void) {
    this.#ask = ask;
  }

  /** @returns a PNG @throws Failure `rpc.timeout` */
  draw(): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const timedOut = { code: "rpc.timeout", args: { method: "draw", afterMs: DRAW_DEADLINE_MS } };
      const deadline = setTimeout(() => {
        this.#drawn = null;
        reject(new Failure(timedOut));
      }, DRAW_DEADLINE_MS);
      this.#drawn = (data) => {
        clearTimeout(deadline);
        this.#drawn = null;
        resolve(Buffer.from(data, "base64"));
      };
      this.#ask();
    });
  }

  /** The page's answer. */
  drawn(data: string): void {
    this.#drawn?.(data);
  }
}
