import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FileWatch, type OpenFile } from "../../../src/profiler/io/fileWatch.ts";
import { SocketWatch } from "../../../src/profiler/io/socketWatch.ts";
import type { TcpSocket } from "../../../src/profiler/io/tcpTable.ts";

const WRITE = 1;
const file = (position: number, more: Partial<OpenFile> = {}): OpenFile => ({
  ...{ fd: 3, path: "/a", position, flags: WRITE, sizeBytes: position, changedAtMs: position, disk: "sda" },
  ...more,
});
const all = { read: 1e9, written: 1e9 };

describe("open files", () => {
  test("are told by what their positions move, and those that stand still are not", () => {
    const watch = new FileWatch();
    const still = file(7, { fd: 4, path: "/still" });
    watch.look(0, [file(0), still], null);
    watch.look(500, [file(1_000), still], all);
    watch.look(1_000, [file(3_000), still], all);
    expect(watch.report()).toEqual([
      {
        ...{ path: "/a", access: "write", bytesPerSecond: 3_000, grownBytesPerSecond: 3_000 },
        ...{ movedLooks: 2, looks: 2, disk: "sda" },
      },
    ]);
  });

  test("whose position was set are no bytes: neither back, nor further than the process has written", () => {
    const watch = new FileWatch();
    const at = (position: number) => [file(position, { sizeBytes: null, changedAtMs: null })];
    watch.look(0, at(1_000), null);
    watch.look(500, at(0), all);
    watch.look(1_000, at(9_000), { read: 1e9, written: 8_999 });
    expect(watch.report()).toMatchObject([{ bytesPerSecond: null, grownBytesPerSecond: null, movedLooks: 2 }]);
  });

  test("that are written at given places, or opened anew each time, are seen by their time of change", () => {
    const watch = new FileWatch();
    watch.look(0, [file(0, { changedAtMs: 1 })], null);
    watch.look(500, [file(0, { fd: 9, changedAtMs: 2 })], all);
    expect(watch.report()).toMatchObject([{ path: "/a", bytesPerSecond: null, movedLooks: 1 }]);
    const read = new FileWatch();
    // Read here and written by somebody else: it is not this process that moves it.
    read.look(0, [file(0, { flags: 0, changedAtMs: 1 })], null);
    read.look(500, [file(0, { flags: 0, changedAtMs: 2 })], all);
    expect(read.report()).toEqual([]);
  });

  test("with another file behind the same number are not compared: it was opened since, and began at its start", () => {
    const watch = new FileWatch();
    watch.look(0, [file(5_000)], null);
    watch.look(500, [file(900, { path: "/b" })], all);
    expect(watch.report()).toMatchObject([{ path: "/b", bytesPerSecond: 1_800, movedLooks: 1 }]);
    // What it has not written itself it did not write: opened to append.
    const append = new FileWatch();
    append.look(0, [], null);
    append.look(500, [file(5_000)], { read: 0, written: 100 });
    expect(append.report()).toMatchObject([{ bytesPerSecond: null, movedLooks: 1 }]);
  });

  test("are not told by what one look alone says, which a shell that swaps its descriptors makes up", () => {
    const watch = new FileWatch();
    // Descriptor 1 is the file for a moment, and its flags were read when it was another again.
    watch.look(0, [file(0, { fd: 1, flags: 2 }), file(0, { fd: 5, flags: 1 })], null);
    watch.look(500, [file(5, { fd: 5, flags: 1 })], all);
    watch.look(1_000, [file(9, { fd: 1, flags: 2 }), file(9, { fd: 5, flags: 1 })], all);
    expect(watch.report()).toMatchObject([{ access: "write" }]);
  });

  test("that share their position count once, and two ways to open one are both", () => {
    const shared = new FileWatch();
    shared.look(0, [file(0), file(0, { fd: 4 })], null);
    shared.look(500, [file(700), file(700, { fd: 4 }), file(700, { fd: 5 })], all);
    expect(shared.report()).toMatchObject([{ bytesPerSecond: 1_400, movedLooks: 1 }]);
    const both = new FileWatch();
    both.look(0, [file(0), file(0, { fd: 4, flags: 0 })], null);
    both.look(500, [file(5), file(4, { fd: 4, flags: 0 })], all);
    expect(both.report()).toMatchObject([{ access: "both", bytesPerSecond: 18 }]);
  });

  test("never tell more bytes than the process has moved, whatever the positions do", () => {
    const look = fc.record({ position: fc.nat({ max: 1e6 }), written: fc.nat({ max: 1e6 }) });
    fc.assert(
      fc.property(fc.array(look, { minLength: 2, maxLength: 30 }), (looks) => {
        const watch = new FileWatch();
        looks.forEach(({ position, written }, n) =>
          watch.look(n * 1000, [file(position, { sizeBytes: null })], { read: 0, written }),
        );
        const written = looks.slice(1).reduce((sum, one) => sum + one.written, 0);
        for (const { bytesPerSecond, movedLooks } of watch.report()) {
          expect((bytesPerSecond ?? 0) * (looks.length - 1)).toBeLessThanOrEqual(written + 1e-6);
          expect(movedLooks).toBeLessThan(looks.length);
        }
      }),
    );
  });

  test("are at most ten, of however many", () => {
    const watch = new FileWatch();
    for (const at of [0, 1])
      watch.look(
        at * 1000,
        Array.from({ length: 5_000 }, (_, n) => file(at * n, { fd: n, path: `/${n}`, sizeBytes: null })),
        all,
      );
    expect(watch.report()).toHaveLength(10);
    expect(new FileWatch().report()).toEqual([]);
  });
});

describe("sockets over several looks", () => {
  const socket = (more: Partial<TcpSocket> = {}): TcpSocket => ({
    ...{ inode: "1", state: "established", localPort: 50_000, remoteAddress: "10.0.0.2", remotePort: 443 },
    ...{ sendQueueBytes: 0, receiveQueueBytes: 0, retransmits: 0, ...more },
  });
  const listens = socket({ state: "listen", localPort: 8080, remotePort: 0, receiveQueueBytes: 5 });

  test("tell the states at the end, and the most of all else", () => {
    const watch = new SocketWatch();
    expect(watch.report()).toBeNull();
    watch.look([listens, socket({ receiveQueueBytes: 900 }), socket({ retransmits: 2 })], false);
    watch.look([listens, socket({ localPort: 8080, remotePort: 50_001, sendQueueBytes: 4 })], true);
    expect(watch.report()).toEqual({
      states: [
        { state: "established", count: 1 },
        { state: "listen", count: 1 },
      ],
      remotes: [
        {
          ...{ direction: "out", address: "10.0.0.2", port: 443, connections: 2 },
          ...{ receiveQueueBytes: 900, sendQueueBytes: 0 },
        },
        { direction: "in", address: null, port: 8080, connections: 1, receiveQueueBytes: 0, sendQueueBytes: 4 },
      ],
      ...{ receiveQueueBytes: 900, sendQueueBytes: 4, retransmitting: 1, looks: 2, cut: true },
    });
  });

  test("keep a bounded number of places", () => {
    const watch = new SocketWatch();
    for (let n = 0; n < 2_000; n++) watch.look([socket({ remoteAddress: `10.0.${n >> 8}.${n & 255}` })], false);
    expect(watch.report()?.remotes).toHaveLength(8);
  });
});
