import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeFrame, FrameSplitter, MAX_HEADER_BYTES, WireViolation } from "../../../src/engine/serve/frames.ts";
import { readMessage } from "../../../src/engine/serve/messages.ts";

function split(chunks: readonly Buffer[], max = 1 << 20): string[] {
  const bodies: string[] = [];
  const splitter = new FrameSplitter(max, (body) => bodies.push(body.toString()));
  for (const chunk of chunks) splitter.push(chunk);
  return bodies;
}

describe("frames", () => {
  test("what was encoded is cut out again, however the stream is cut", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ minLength: 1, unit: "grapheme" }), { maxLength: 8 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 40 })),
        (bodies, sizes) => {
          const stream = Buffer.concat(bodies.map(encodeFrame));
          const chunks: Buffer[] = [];
          for (let at = 0; at < stream.length;) {
            const size = sizes.next().value;
            chunks.push(stream.subarray(at, at + size));
            at += size;
          }
          expect(split(chunks)).toEqual(bodies);
        },
      ),
    );
  });

  test("arbitrary bytes are either cut or refused as a wire violation, never anything else", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 10 }), (chunks) => {
        try {
          split(chunks.map((chunk) => Buffer.from(chunk)));
        } catch (error) {
          expect(error).toBeInstanceOf(WireViolation);
        }
      }),
    );
  });

  test("an announced length costs nothing until its bytes come", () => {
    const before = process.memoryUsage().arrayBuffers;
    const splitters = Array.from({ length: 100 }, () => {
      const splitter = new FrameSplitter(4 << 20, () => undefined);
      splitter.push(Buffer.from(`Content-Length: ${4 << 20}\r\n\r\nx`));
      return splitter;
    });
    expect(splitters).toHaveLength(100);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 << 20);
  });

  test("a body in single bytes costs about its size", () => {
    const size = 1 << 20;
    let got = 0;
    const splitter = new FrameSplitter(size, (body) => (got = body.length));
    splitter.push(Buffer.from(`Content-Length: ${size}\r\n\r\n`));
    const byte = Buffer.from("x");
    const before = process.memoryUsage();
    for (let index = 0; index < size - 1; index += 1) splitter.push(byte);
    const after = process.memoryUsage();
    expect(got).toBe(0);
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(8 * size);
    splitter.push(byte);
    expect(got).toBe(size);
  });

  test("the header may be just as long as allowed, and no longer", () => {
    const header = (total: number) => {
      const fixed = "Content-Length: 2\r\nX: \r\n\r\n";
      return fixed.replace("X: ", `X: ${"x".repeat(total - fixed.length)}`);
    };
    expect(split([Buffer.from(`${header(MAX_HEADER_BYTES)}{}`)])).toEqual(["{}"]);
    expect(() => split([Buffer.from(`${header(MAX_HEADER_BYTES + 1)}{}`)])).toThrow("header too long");
  });

  test("after a stop nothing is delivered, not even what the chunk in hand still holds", () => {
    const bodies: string[] = [];
    const splitter = new FrameSplitter(100, (body) => {
      bodies.push(body.toString());
      splitter.stop();
    });
    splitter.push(Buffer.concat([encodeFrame("1"), encodeFrame("2")]));
    expect(bodies).toEqual(["1"]);
  });

  test.each([0, -1, 1.5, Number.NaN])("a limit of %d is refused by name", (limit) => {
    expect(() => new FrameSplitter(limit, () => undefined)).toThrow(/maxBodyBytes.*got/);
  });
});

describe("messages", () => {
  const read = (json: string) => readMessage(Buffer.from(json));

  test("what a body inherits through `__proto__` is not read", () => {
    expect(read('{"jsonrpc":"2.0","__proto__":{"id":1,"method":"engine/stop"}}')).toEqual({ kind: "ignored" });
    expect(() => read('{"__proto__":{"jsonrpc":"2.0"},"id":1,"method":"x"}')).toThrow(WireViolation);
    expect(() => read('{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"__proto__":{"id":1}}}')).toThrow(
      "bad id",
    );
  });

  test("any JSON is one of three kinds or a wire violation", () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        try {
          expect(["request", "cancel", "ignored"]).toContain(read(json).kind);
        } catch (error) {
          expect(error).toBeInstanceOf(WireViolation);
        }
      }),
    );
  });
});
