import { get } from "node:http";
import { CodedError, messageOf } from "../../engine/common/errors.ts";
import { within } from "./waiting.ts";

/** The longest answer to `/json/list` that is read: a real one has about 600 bytes for each thread. */
const MOST_LIST_BYTES = 1 << 20;

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: CodedError) => void;
}

/**
 * A connection to an inspector, by the Chrome DevTools Protocol. Every call settles: with its answer, at its deadline, when
 * nobody waits any more, or when the connection is gone.
 */
export class DevtoolsConnection {
  readonly #socket: WebSocket;
  readonly #pid: number;
  readonly #pending = new Map<number, Pending>();
  readonly #listeners = new Map<string, Set<(params: unknown) => void>>();
  readonly #closed: Promise<void>;
  #isOpen = true;
  #lastId = 0;

  private constructor(socket: WebSocket, pid: number) {
    this.#socket = socket;
    this.#pid = pid;
    socket.addEventListener("message", ({ data }) => this.#onMessage(String(data)));
    this.#closed = new Promise((resolve) => {
      socket.addEventListener("close", () => {
        this.#isOpen = false;
        for (const { reject } of this.#pending.values()) reject(this.#lost());
        this.#pending.clear();
        resolve();
      });
    });
  }

  /** @throws CodedError `inspector.lost`, `inspector.silent`, `aborted` */
  static async open(url: string, pid: number, deadlineMs: number, signal: AbortSignal): Promise<DevtoolsConnection> {
    const socket = new WebSocket(url);
    const opened = new Promise<void>((resolve, reject) => {
      socket.addEventListener("open", () => resolve(), { once: true });
      const refuse = () => reject(new CodedError("inspector.lost", { pid }));
      // Also after it is open, so that no failure is nobody's.
      socket.addEventListener("error", refuse);
      socket.addEventListener("close", refuse, { once: true });
    });
    try {
      await within(opened, deadlineMs, signal, () => new CodedError("inspector.silent", { pid, method: "connect" }));
    } catch (error) {
      socket.close();
      throw error;
    }
    return new DevtoolsConnection(socket, pid);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Settles when the connection is gone. */
  get closed(): Promise<void> {
    return this.#closed;
  }

  /** @throws CodedError `inspector.lost`, `inspector.silent` at the deadline, `inspector.refused`, `aborted` */
  call<R>(
    method: string,
    params: Readonly<Record<string, unknown>>,
    deadlineMs: number,
    signal: AbortSignal,
  ): Promise<R> {
    const id = ++this.#lastId;
    const answer = new Promise<unknown>((resolve, reject) => {
      if (!this.#isOpen) return reject(this.#lost());
      this.#pending.set(id, { resolve, reject });
      try {
        this.#socket.send(JSON.stringify({ id, method, params }));
      } catch (error) {
        reject(new CodedError("inspector.lost", { pid: this.#pid }, { cause: error }));
      }
    });
    const silent = () => new CodedError("inspector.silent", { pid: this.#pid, method });
    return within(answer, deadlineMs, signal, silent).finally(() => this.#pending.delete(id)) as Promise<R>;
  }

  /** @returns stops it */
  on(method: string, listener: (params: unknown) => void): () => void {
    const listeners = this.#listeners.get(method) ?? new Set();
    this.#listeners.set(method, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  close(): void {
    this.#socket.close();
  }

  #lost(): CodedError {
    return new CodedError("inspector.lost", { pid: this.#pid });
  }

  /** What comes is another process's word: anything that is no answer and no event of the protocol is passed over. */
  #onMessage(text: string): void {
    let message: { id?: unknown; method?: unknown; params?: unknown; result?: unknown; error?: { message?: unknown } };
    try {
      message = JSON.parse(text) as typeof message;
    } catch {
      // Not the protocol. The call it may have been for ends at its deadline.
      return;
    }
    if (typeof message !== "object" || message === null) return;
    if (typeof message.method === "string")
      for (const listener of [...(this.#listeners.get(message.method) ?? [])]) listener(message.params);
    const pending = typeof message.id === "number" ? this.#pending.get(message.id) : undefined;
    if (pending === undefined) return;
    if (message.error === undefined) return pending.resolve(message.result ?? {});
    const args = { pid: this.#pid, message: String(message.error?.message ?? "").slice(0, 300) };
    pending.reject(new CodedError("inspector.refused", args));
  }
}

/**
 * The address of the debugger behind a port, which must be on loopback. The connection of the question is closed, because an
 * inspector that closes waits for all of its connections.
 * @throws CodedError `inspector.lost`, `inspector.silent`, `inspector.foreign`, `aborted`
 */
export async function debuggerUrl(port: number, pid: number, deadlineMs: number, signal: AbortSignal): Promise<string> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]);
  const answer = new Promise<string>((resolve, reject) => {
    const asked = get({ host: "127.0.0.1", port, path: "/json/list", agent: false, signal: limit }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (piece: string) => {
        text += piece;
        if (text.length > MOST_LIST_BYTES) asked.destroy(new Error("too long"));
      });
      response.on("end", () => resolve(text));
      response.on("error", reject);
    });
    asked.on("error", reject);
  });
  const silent = () => new CodedError("inspector.silent", { pid, method: "list" });
  let text: string;
  try {
    text = await within(answer, deadlineMs, signal, silent);
  } catch (error) {
    if (error instanceof CodedError) throw error;
    throw new CodedError("inspector.lost", { pid, reason: messageOf(error) }, { cause: error });
  }
  const url = urlIn(text);
  // Its host is its own word: we connect where we have asked, and nowhere else.
  if (url === null || url.port !== String(port)) throw new CodedError("inspector.foreign", { pid, port });
  return `ws://127.0.0.1:${port}${url.pathname}`;
}

function urlIn(text: string): URL | null {
  try {
    const [first] = JSON.parse(text) as { webSocketDebuggerUrl?: unknown }[];
    return new URL(String(first?.webSocketDebuggerUrl));
  } catch {
    // Not what an inspector answers.
    return null;
  }
}
