import * as vscode from "vscode";
import type { LogRecord, LogTail } from "../../engine/protocol/rpc.ts";
import { reasonText } from "../../text/reasons.ts";
import type { SessionPort } from "../sessionPort.ts";
import type { TopicFeed } from "../topicFeed.ts";
import { unseen } from "./unseen.ts";

/** The engine's log in the editor's output panel, and what this window's session with the engine went through. */
export class EngineLog implements vscode.Disposable {
  readonly #channel = vscode.window.createOutputChannel("Swarm Engine", { log: true });
  readonly #owned: { dispose(): void }[] = [];
  #seen = 0;
  #epoch = 0;

  follow(session: SessionPort, feed: TopicFeed<"log">): void {
    this.#owned.push(
      feed.on((tail) => this.#append(tail)),
      session.onState((state) => {
        switch (state.kind) {
          case "connected":
            // A new engine counts its records from the beginning.
            if (state.info.epoch !== this.#epoch) this.#seen = 0;
            this.#epoch = state.info.epoch;
            this.#channel.info(`Connected to engine ${state.info.version} (pid ${state.info.pid}, ${state.info.role})`);
            break;
          case "waiting":
            this.#channel.warn(reasonText(state.reason));
            break;
          case "failed":
            this.#channel.error(reasonText(state.reason));
            break;
          case "idle":
          case "connecting":
            break;
        }
      }),
    );
  }

  /** Something of this window's own. */
  info(text: string): void {
    this.#channel.info(text);
  }

  warn(text: string): void {
    this.#channel.warn(text);
  }

  show(): void {
    this.#channel.show(true);
  }

  dispose(): void {
    for (const one of this.#owned) one.dispose();
    this.#channel.dispose();
  }

  #append(tail: LogTail): void {
    const { records, missed, last } = unseen(tail, this.#seen);
    this.#seen = last;
    if (missed > 0) this.#channel.warn(`${missed} earlier records are no longer at hand`);
    for (const record of records) this.#write(record);
  }

  #write(record: LogRecord): void {
    // The channel stamps lines with the time they arrive; the record's own matters when several arrive at once.
    const text = `[${new Date(record.wallMs).toISOString()}] ${reasonText(record)} (${record.code})`;
    this.#channel[record.level](text);
  }
}
