import { type FlameHostMessage, type FlamePageMessage, flamePageMessage } from "../../engine/protocol/flamePage.ts";
import type { Profile } from "../../profiler/profile.ts";
import { reasonText } from "../../text/reasons.ts";
import { codedOf, type Disposable } from "../sessionPort.ts";
import { saidOf } from "../pages/said.ts";
import { Drawing } from "./drawing.ts";
import { piecesOfProfiles } from "./pieces.ts";

export interface FlameChannelDeps {
  /** @returns whether the page was there to take it */
  readonly post: (message: FlameHostMessage) => PromiseLike<boolean>;
  /** The profile, and what it is compared with where there is any. Asked for once. */
  readonly load: () => Promise<readonly Profile[]>;
  /** URIs of the files they lie in; none when they are only held. */
  readonly files: readonly string[];
  readonly copy: (text: string) => PromiseLike<void>;
  /** @returns what to say of it; empty when there is nothing to say */
  readonly open: (place: Extract<FlamePageMessage, { type: "open" }>) => Promise<string>;
  /** @param draw the picture as the page shows it, as a PNG @returns what to say; `null` when the operator gave up */
  readonly export: (profiles: readonly Profile[], draw: () => Promise<Uint8Array>) => Promise<string | null>;
}

/** The editor's end of one page "Flame". */
export class FlameChannel implements Disposable {
  readonly #deps: FlameChannelDeps;
  #profiles: Promise<readonly Profile[]> | null = null;
  /** Of the newest sending; an older one that is under way stops. */
  #sending = 0;
  readonly #drawing: Drawing;
  #disposed = false;

  constructor(deps: FlameChannelDeps) {
    this.#deps = deps;
    this.#drawing = new Drawing(() => void deps.post({ type: "draw" }));
  }

  /** Takes a message of the page, whatever it is. @returns settles when what it asked for is done; never rejects */
  async receive(raw: unknown): Promise<void> {
    const parsed = flamePageMessage.safeParse(raw);
    if (!parsed.success) return;
    const message = parsed.data;
    switch (message.type) {
      case "ready":
        return this.#send();
      case "copy":
        return this.#say(async () => {
          await this.#deps.copy(message.text);
          return "The stack is in the clipboard.";
        });
      case "open":
        return this.#say(() => this.#deps.open(message));
      case "export":
        return this.#say(async () => (await this.#deps.export(await this.#loaded(), () => this.#drawing.draw())) ?? "");
      case "picture":
        this.#drawing.drawn(message.data);
    }
  }

  dispose(): void {
    this.#disposed = true;
    this.#sending++;
  }

  #loaded(): Promise<readonly Profile[]> {
    this.#profiles ??= this.#deps.load();
    return this.#profiles;
  }

  /** Piece after piece, each once the one before has been taken: nothing piles up between here and the page. */
  async #send(): Promise<void> {
    const id = ++this.#sending;
    try {
      const profiles = await this.#loaded();
      for (const piece of piecesOfProfiles(id, profiles, this.#deps.files)) {
        // A page that was hidden meanwhile asks anew when it is shown.
        if (id !== this.#sending || !(await this.#deps.post(piece))) return;
      }
    } catch (error) {
      // The next try reads the file again.
      this.#profiles = null;
      if (id === this.#sending) await this.#deps.post({ type: "failed", text: reasonText(codedOf(error)) });
    }
  }

  async #say(work: () => Promise<string>): Promise<void> {
    const text = await saidOf(work);
    if (!this.#disposed) await this.#deps.post({ type: "said", text });
  }
}
