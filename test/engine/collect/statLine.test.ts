import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { emptyStatFields, parseIo, parseStatLine } from "../../../src/engine/collect/statLine.ts";
import { ioText, statText } from "./plantedProc.ts";

function parse(text: string | Buffer) {
  const buffer = Buffer.from(text as string);
  const into = emptyStatFields();
  return parseStatLine(buffer, buffer.length, into)
    ? { ...into, comm: buffer.toString("latin1", into.commStart, into.commEnd) }
    : null;
}

describe("a stat line", () => {
  test("gives the fields by their numbers in proc(5)", () => {
    const text = statText({
      pid: 7,
      comm: "node",
      state: "R",
      parent: 3,
      userTicks: 40,
      systemTicks: 2,
      threads: 11,
      startTime: 999,
      rssPages: 50,
      stack: 77,
    });
    expect(parse(text)).toMatchObject({
      comm: "node",
      state: 82,
      parentPid: 3,
      cpuTicks: 42,
      threads: 11,
      startTime: 999,
      rssPages: 50,
      stackStart: 77,
    });
  });

  test.each(["a) b (c", ")", "((", "x) S 1 1", "two\nlines", "\u00ff\u00fe", ""])(
    "has the name %j whatever it is made of",
    (comm) => {
      expect(parse(Buffer.from(statText({ comm, parent: 5 }), "latin1"))).toMatchObject({
        comm,
        parentPid: 5,
        startTime: 100,
      });
    },
  );

  test.each([
    "",
    "garbage",
    "1 (x",
    "1 (x)",
    "1 (x) ",
    "1 (x) S",
    "1 (x) S a b",
    "1 (x) S 1 2 3",
    "\0\0\0\0",
    statText().replace("S 0 1", "S zero 1"),
    `${statText().slice(0, 40)}`,
  ])("is refused when it is %j", (text) => {
    expect(parse(text)).toBeNull();
  });

  test("never throws, whatever the bytes are", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void parse(Buffer.from(bytes))));
    fc.assert(
      fc.property(
        fc.nat(250),
        fc.uint8Array({ maxLength: 5 }),
        (at, bytes) => void parse(Buffer.concat([Buffer.from(statText()).subarray(0, at), bytes])),
      ),
    );
  });
});

describe("an io file", () => {
  test("gives what reached the storage layer", () => {
    const buffer = Buffer.from(ioText(4096, 8192));
    expect(parseIo(buffer, buffer.length)).toEqual({ readBytes: 4096, writeBytes: 8192 });
  });

  test.each([
    "",
    "rchar: 1\n",
    "a\nb\nc\nd\nread_bytes: x\nwrite_bytes: 1\n",
    ioText(1, 2).replace("read_bytes", "other"),
  ])("is refused when it is %j", (text) => {
    const buffer = Buffer.from(text);
    expect(parseIo(buffer, buffer.length)).toBeNull();
  });
});
