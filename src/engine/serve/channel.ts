import type { Socket } from "node:net";
import {
  AbstractMessageReader,
  AbstractMessageWriter,
  type DataCallback,
  type Disposable,
  type Message,
  type MessageReader,
  type MessageWriter,
} from "vscode-jsonrpc/node";
import { encodeFrame, FrameSplitter, WireViolation } from "./frames.ts";
import { type Inbound, readMessage } from "./messages.ts";

/** What may wait for a client that does not read, in this process; the kernel's own buffer comes on top. */
export const MAX_UNSENT_BYTES = 16 * 1024 * 1024;

/**
 * Reads checked messages from a socket. vscode-jsonrpc's own reader trusts `Content-Length` and keeps whatever is
 * announced; this one has limits, and whatever breaks them ends the reading with one `onError`.
 */
export class BoundedReader extends AbstractMessageReader implements MessageReader {
  readonly #socket: Socket;
  readonly #splitter: FrameSplitter;
  readonly #admit: (message: Inbound) => Message | null;
  #deliver: DataCallback | null = null;

  /** @param admit turns a checked message into what the dispatcher shall see; `null` keeps it from it */
  constructor(socket: Socket, maxBodyBytes: number, admit: (message: Inbound) => Message | null) {
    super();
    this.#socket = socket;
    this.#admit = admit;
    this.#splitter = new FrameSplitter(maxBodyBytes, (body) => {
      const message = this.#admit(readMessage(body));
      if (message !== null) this.#deliver?.(message);
    });
  }

  setMaxBodyBytes(bytes: number): void {
    this.#splitter.setMaxBodyBytes(bytes);
  }

  listen(callback: DataCallback): Disposable {
    this.#deliver = callback;
    const onData = (chunk: Buffer) => {
      try {
        this.#splitter.push(chunk);
      } catch (error) {
        this.#splitter.stop();
        this.fireError(error instanceof WireViolation ? error : new WireViolation("unreadable"));
      }
    };
    const onClose = () => this.fireClose();
    this.#socket.on("data", onData);
    this.#socket.on("close", onClose);
    return {
      dispose: () => {
        this.#socket.off("data", onData);
        this.#socket.off("close", onClose);
      },
    };
  }

  override dispose(): void {
    this.#splitter.stop();
    super.dispose();
  }
}

/** Writes frames to a socket and refuses to let more than `MAX_UNSENT_BYTES` wait for a client that does not read. */
export class BoundedWriter extends AbstractMessageWriter implements MessageWriter {
  readonly #socket: Socket;
  readonly #onWritten: (message: Message) => void;
  readonly #onOverflow: () => void;

  /**
   * @param onWritten a message has been handed to the socket (in order; not yet taken by the peer)
   * @param onOverflow the client has to go; the frame was not written
   */
  constructor(socket: Socket, onWritten: (message: Message) => void, onOverflow: () => void) {
    super();
    this.#socket = socket;
    this.#onWritten = onWritten;
    this.#onOverflow = onOverflow;
  }

  /** Resolves when the frame is handed to the socket; never waits for the peer. */
  async write(message: Message): Promise<void> {
    this.writeFrame(encodeFrame(JSON.stringify(message)), () => undefined);
    this.#onWritten(message);
  }

  /** @param onSent called once, also when the socket has failed: then there is nothing left to wait for */
  writeFrame(frame: Buffer, onSent: () => void): void {
    if (this.#socket.writableEnded || this.#socket.destroyed) return onSent();
    if (this.#socket.writableLength + frame.length > MAX_UNSENT_BYTES) {
      onSent();
      return this.#onOverflow();
    }
    this.#socket.write(frame, () => onSent());
    return undefined;
  }

  end(): void {
    this.#socket.end();
  }
}
