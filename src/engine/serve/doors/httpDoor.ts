import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { isErrno, CodedError, messageOf } from "../../common/errors.ts";
import { DOOR_ADDRESS } from "../../protocol/doors.ts";
import { admit } from "./admission.ts";

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Page {
  /** Needs no token, and so tells no figure. */
  readonly open: boolean;
  readonly answer: (headers: ReadonlyMap<string, string>) => Answer;
}

export interface HttpDoorParts {
  readonly port: number;
  readonly token: () => string | null;
  /** By exact target. */
  readonly pages: ReadonlyMap<string, Page>;
  readonly onAnswered: (page: Page) => void;
  /** `why`: one of a few fixed words. */
  readonly onRefused: (why: string) => void;
  /** What a page threw. */
  readonly onFailed: (error: unknown) => void;
  readonly nowMs: () => number;
}

/** At once; more are dropped unread. */
export const MAX_CONNECTIONS = 32;
const MAX_HEADER_BYTES = 8 * 1024;
/** A whole request has to be there by then, and the whole answer be taken by the second: whoever is slower is cut off. */
export const REQUEST_MS = 2_000;
export const CONNECTION_MS = 5_000;
/** New connections a second over ten seconds; a flood is dropped before a byte of it is read. */
export const CONNECTIONS_PER_SECOND = 50;
const BURST = 200;

/** For every answer. Nothing here is for a page in a browser. */
const HEADERS = {
  Connection: "close",
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  "Content-Security-Policy": "default-src 'none'",
  "Cross-Origin-Resource-Policy": "same-origin",
};

/**
 * A door to read by: GET of a few exact pages, one request a connection, on the loopback address alone. It holds nothing
 * that could act: a page is a function without arguments but the request's headers. Every connection ends by its deadline,
 * whatever the other end does.
 */
export class HttpDoor {
  readonly #parts: HttpDoorParts;
  readonly #server: Server;
  readonly #asked = new WeakSet<Duplex>();
  #budget = BURST;
  #budgetAtMs: number;

  private constructor(parts: HttpDoorParts) {
    this.#parts = parts;
    this.#budgetAtMs = parts.nowMs();
    this.#server = createServer(
      {
        maxHeaderSize: MAX_HEADER_BYTES,
        headersTimeout: REQUEST_MS,
        requestTimeout: REQUEST_MS,
        connectionsCheckingInterval: 250,
        keepAlive: false,
        insecureHTTPParser: false,
        requireHostHeader: false,
      },
      (request, response) => this.#onRequest(request, response),
    );
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.on("connection", (socket: Socket) => this.#onConnection(socket));
    this.#server.on("drop", () => parts.onRefused("too many connections"));
    // With a listener the request does not reach the other; the answer to all of them is no.
    for (const event of ["checkContinue", "checkExpectation"] as const)
      this.#server.on(event, (_: IncomingMessage, response: ServerResponse) =>
        this.#refuse(response, 400, "a header that a plain GET has not"),
      );
    for (const event of ["upgrade", "connect"] as const)
      this.#server.on(event, (_: IncomingMessage, socket: Duplex) =>
        this.#cut(socket, "a header that a plain GET has not"),
      );
    this.#server.on("clientError", (error: NodeJS.ErrnoException, socket: Duplex) => {
      this.#cut(socket, error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? "too slow" : "not a request");
    });
  }

  /** @throws CodedError `door.portInUse`, `door.unusable` */
  static async open(parts: HttpDoorParts): Promise<HttpDoor> {
    const door = new HttpDoor(parts);
    const server = door.#server;
    await new Promise<void>((resolve, reject) => {
      const failed = (error: Error) => {
        const { port } = parts;
        reject(
          isErrno(error, "EADDRINUSE")
            ? new CodedError("door.portInUse", { port }, { cause: error })
            : new CodedError("door.unusable", { port, reason: messageOf(error) }, { cause: error }),
        );
      };
      server.once("error", failed);
      server.listen({ host: DOOR_ADDRESS, port: parts.port, exclusive: true }, () => {
        server.off("error", failed);
        // From here on an error is that of one connection that could not be accepted.
        server.on("error", (error) => parts.onFailed(error));
        resolve();
      });
    });
    return door;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo | null)?.port ?? this.#parts.port;
  }

  async connections(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
    });
  }

  /** Nothing is answered any more. Settles when the port is free. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  #onConnection(socket: Socket): void {
    // Without a listener an error of the socket would be one of the process.
    socket.on("error", () => socket.destroy());
    const { onRefused, nowMs } = this.#parts;
    const now = nowMs();
    this.#budget = Math.min(BURST, this.#budget + ((now - this.#budgetAtMs) / 1000) * CONNECTIONS_PER_SECOND);
    this.#budgetAtMs = now;
    if (this.#budget < 1) {
      onRefused("too many connections");
      socket.destroy();
      return;
    }
    this.#budget--;
    const deadline = setTimeout(() => socket.destroy(), CONNECTION_MS);
    deadline.unref();
    socket.once("close", () => clearTimeout(deadline));
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    if (this.#asked.has(socket)) {
      // Requests on the heels of another: none of them is answered.
      this.#cut(socket, "more than one request");
      return;
    }
    this.#asked.add(socket);
    // What else came with the same bytes is seen before anything is answered.
    setImmediate(() => {
      if (!socket.destroyed) this.#answer(request, response);
    });
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { method = "", url = "", httpVersion, rawHeaders } = request;
    const { token, pages, onAnswered, onFailed } = this.#parts;
    const lock = { port: this.port, token: token(), pages };
    const verdict = admit({ method, target: url, httpVersion, rawHeaders }, lock);
    if (verdict.kind === "refused") return this.#refuse(response, verdict.status, verdict.why, verdict.headers);
    try {
      const page = pages.get(verdict.page) as Page;
      send(response, page.answer(verdict.headers));
      onAnswered(page);
    } catch (error) {
      onFailed(error);
      send(response, { status: 500, type: "text/plain; charset=utf-8", body: "the figures could not be read\n" });
    }
    return undefined;
  }

  #refuse(response: ServerResponse, status: number, why: string, headers: Readonly<Record<string, string>> = {}): void {
    this.#parts.onRefused(why);
    send(response, { status, type: "text/plain; charset=utf-8", body: `${why}\n`, headers });
  }

  /** No request that could be answered: one line, and the connection is over. */
  #cut(socket: Duplex, why: string): void {
    this.#parts.onRefused(why);
    if (socket.writable && !this.#asked.has(socket))
      socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", () => socket.destroy());
    else socket.destroy();
  }
}

function send(response: ServerResponse, { status, type, body, headers = {} }: Answer): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, {
    ...HEADERS,
    ...headers,
    // A 304 has no body, and its length would be that of another answer.
    ...(status === 304 ? {} : { "Content-Type": type, "Content-Length": bytes.length }),
  });
  response.end(status === 304 ? undefined : bytes);
}
