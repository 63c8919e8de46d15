/**
 * The wire format on bytes alone: `Content-Length` headers as JSON-RPC over a stream has them, but every length is
 * bounded before a byte of it is kept, and whatever deviates ends the stream instead of being guessed at.
 */

/** Everything up to and including the empty line. */
export const MAX_HEADER_BYTES = 1024;
/** Before the peer has shown a token it needs no more than its `initialize`. */
export const MAX_BODY_BYTES_BEFORE_INITIALIZE = 64 * 1024;
export const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** First size of the buffer of a body that arrives in pieces; doubled as bytes really come, never by what was announced. */
const FIRST_BODY_BUFFER_BYTES = 4096;

/** The peer broke the wire format. `reason` is a short fixed word for the log, never the peer's own text. */
export class WireViolation extends Error {
  readonly reason: string;

  constructor(reason: string) {
    super(`wire format broken: ${reason}`);
    this.name = "WireViolation";
    this.reason = reason;
  }
}

/** Header and body as one buffer, so that one write is one frame. */
export function encodeFrame(json: string): Buffer {
  const length = Buffer.byteLength(json);
  const header = `Content-Length: ${length}\r\n\r\n`;
  const frame = Buffer.allocUnsafe(header.length + length);
  frame.write(header, 0, "latin1");
  frame.write(json, header.length, "utf8");
  return frame;
}

/** Cuts a byte stream into bodies. Memory: the header, and at most twice the body bytes that really arrived. */
export class FrameSplitter {
  readonly #onBody: (body: Buffer) => void;
  readonly #header = Buffer.allocUnsafe(MAX_HEADER_BYTES);
  #headerLength = 0;
  /** Length of the body being read; `null` while a header is. */
  #bodyBytes: number | null = null;
  #body = Buffer.alloc(0);
  #received = 0;
  #maxBodyBytes: number;
  #stopped = false;

  constructor(maxBodyBytes: number, onBody: (body: Buffer) => void) {
    this.#maxBodyBytes = checkedLimit(maxBodyBytes);
    this.#onBody = onBody;
  }

  /** Holds from the next header on. */
  setMaxBodyBytes(maxBodyBytes: number): void {
    this.#maxBodyBytes = checkedLimit(maxBodyBytes);
  }

  /** Nothing is delivered any more, not even the rest of the chunk in hand. */
  stop(): void {
    this.#stopped = true;
    this.#body = Buffer.alloc(0);
  }

  /** @throws WireViolation; the stream cannot be read on after it */
  push(chunk: Buffer): void {
    let offset = 0;
    while (offset < chunk.length && !this.#stopped) {
      offset = this.#bodyBytes === null ? this.#readHeader(chunk, offset) : this.#readBody(chunk, offset);
    }
  }

  #readHeader(chunk: Buffer, start: number): number {
    const header = this.#header;
    for (let offset = start; offset < chunk.length; offset += 1) {
      if (this.#headerLength === MAX_HEADER_BYTES) throw new WireViolation("header too long");
      const byte = chunk[offset] ?? 0;
      header[this.#headerLength] = byte;
      const end = (this.#headerLength += 1);
      if (
        byte === 0x0a &&
        end >= 4 &&
        header[end - 2] === 0x0d &&
        header[end - 3] === 0x0a &&
        header[end - 4] === 0x0d
      ) {
        this.#bodyBytes = parseContentLength(header.toString("latin1", 0, end - 4), this.#maxBodyBytes);
        this.#headerLength = 0;
        return offset + 1;
      }
    }
    return chunk.length;
  }

  #readBody(chunk: Buffer, start: number): number {
    const wanted = this.#bodyBytes ?? 0;
    const end = Math.min(chunk.length, start + wanted - this.#received);
    if (this.#received === 0 && end - start === wanted) {
      this.#deliver(chunk.subarray(start, end));
      return end;
    }
    this.#reserve(this.#received + end - start, wanted);
    chunk.copy(this.#body, this.#received, start, end);
    this.#received += end - start;
    if (this.#received === wanted) this.#deliver(this.#body.subarray(0, wanted));
    return end;
  }

  #reserve(bytes: number, wanted: number): void {
    if (bytes <= this.#body.length) return;
    const size = Math.min(wanted, Math.max(FIRST_BODY_BUFFER_BYTES, this.#body.length * 2, bytes));
    const larger = Buffer.allocUnsafe(size);
    this.#body.copy(larger, 0, 0, this.#received);
    this.#body = larger;
  }

  #deliver(body: Buffer): void {
    this.#bodyBytes = null;
    this.#received = 0;
    this.#body = Buffer.alloc(0);
    this.#onBody(body);
  }
}

/** Exactly one `Content-Length`, plain digits; other well-formed headers are let through unread. */
function parseContentLength(header: string, max: number): number {
  let length: number | null = null;
  for (const line of header.split("\r\n")) {
    const field = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e]*)$/.exec(line);
    if (field === null) throw new WireViolation("malformed header");
    if (field[1]?.toLowerCase() !== "content-length") continue;
    const digits = field[2]?.trim() ?? "";
    if (length !== null || !/^[0-9]{1,10}$/.test(digits)) throw new WireViolation("bad content length");
    length = Number(digits);
  }
  if (length === null) throw new WireViolation("no content length");
  if (length === 0) throw new WireViolation("empty body");
  if (length > max) throw new WireViolation("body too long");
  return length;
}

function checkedLimit(bytes: number): number {
  if (!Number.isInteger(bytes) || bytes < 1) throw new RangeError(`maxBodyBytes must be an integer ≥ 1, got ${bytes}`);
  return bytes;
}
