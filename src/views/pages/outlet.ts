import type { PageLink, StateMessage } from "../../engine/protocol/webview.ts";
import { StateSender } from "./stateSender.ts";

/**
 * When a page is told its state: nothing before it is ready or while it is hidden, whole when it comes up, then only what has
 * changed. Nothing is told of a page that is closed.
 */
export class Outlet<S extends object> {
  readonly #sender: StateSender<S>;
  readonly #state: () => S;
  #isReady = false;
  #isVisible = true;
  #isDisposed = false;
  #link: PageLink = { kind: "connected" };

  /**
   * @param long keys whose values are long: another one is another object
   * @param state brings what is shown up to date, and tells it; called with every push, whether somebody sees it or not
   */
  constructor(post: (message: StateMessage<S>) => void, long: readonly (keyof S)[], state: () => S) {
    this.#sender = new StateSender<S>(post, long);
    this.#state = state;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  get isDisposed(): boolean {
    return this.#isDisposed;
  }

  /** Somebody sees it. */
  get isSeen(): boolean {
    return this.#isVisible && !this.#isDisposed;
  }

  get link(): PageLink {
    return this.#link;
  }

  /** The page has come up, and has nothing yet. */
  ready(): void {
    this.#isReady = true;
    this.#sender.full(this.#state());
  }

  setVisible(visible: boolean): void {
    this.#isVisible = visible;
    // What happened while nobody looked was not sent: begin anew.
    if (visible && this.#isReady) this.#sender.full(this.#state());
  }

  setLink(link: PageLink): void {
    this.#link = link;
    this.push();
  }

  push(): void {
    if (this.#isDisposed) return;
    const state = this.#state();
    if (this.#isReady && this.#isVisible) this.#sender.push(state);
  }

  dispose(): void {
    this.#isDisposed = true;
  }
}
