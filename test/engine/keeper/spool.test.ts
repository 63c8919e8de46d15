import { mkdtempSync, readdirSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Spool } from "../../../src/engine/keeper/spool.ts";
import { eventually } from "./support/world.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sws-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function text(spool: Spool, offset: number, maxBytes = 1 << 20): Promise<[string, number, number]> {
  const chunk = await spool.read(offset, maxBytes);
  return [chunk.data.toString(), chunk.offset, chunk.endOffset];
}

test("what fits is kept from the first byte on; a reader goes on where it was", async () => {
  const spool = new Spool(join(folder, "a.out"), 10);
  expect(await text(spool, 0)).toEqual(["", 0, 0]);
  await spool.append(Buffer.from("hello"));
  expect(await text(spool, 0)).toEqual(["hello", 0, 5]);
  await spool.append(Buffer.from("you"));
  expect(await text(spool, 5)).toEqual(["you", 5, 8]);
  expect(await text(spool, 2, 3)).toEqual(["llo", 2, 8]);
  expect(await text(spool, 99)).toEqual(["", 8, 8]);
});

test("what was dropped shows as a later offset", async () => {
  const spool = new Spool(join(folder, "a.out"), 10);
  for (const word of ["hello", " dear ", "friend"]) await spool.append(Buffer.from(word));
  expect(spool.range).toEqual({ firstOffset: 7, endOffset: 17 });
  expect(await text(spool, 0)).toEqual(["ear friend".slice(0, 10), 7, 17]);
  await spool.append(Buffer.from("0123456789ABCDEF"));
  expect(await text(spool, 0)).toEqual(["6789ABCDEF", 23, 33]);
});

test("any sequence of chunks reads back as the tail of the whole, and the file stays below its cap", async () => {
  let name = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 64 }),
      fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 20 }),
      fc.nat(500),
      async (capacity, chunks, offset) => {
        const path = join(folder, `${name++}.out`);
        const spool = new Spool(path, capacity);
        for (const chunk of chunks) await spool.append(Buffer.from(chunk));
        const all = Buffer.concat(chunks);
        const first = Math.max(0, all.length - capacity);
        expect(spool.range).toEqual({ firstOffset: first, endOffset: all.length });
        const chunk = await spool.read(offset, 1000);
        const from = Math.min(Math.max(offset, first), all.length);
        expect(chunk.offset).toBe(from);
        expect(chunk.data.equals(all.subarray(from))).toBe(true);
        expect(statSync(path, { throwIfNoEntry: false })?.size ?? 0).toBeLessThanOrEqual(capacity);
        spool.remove();
      },
    ),
    { numRuns: 150 },
  );
});

test("a reader that runs beside the writer never gets bytes of another offset", async () => {
  // Every byte tells its own offset, modulo a prime that does not divide the capacity.
  const spool = new Spool(join(folder, "a.out"), 4096);
  const total = 400_000;
  const source = Buffer.from(Uint8Array.from({ length: total }, (_, i) => i % 251));
  let writing = true;
  const writer = (async () => {
    for (let at = 0; at < total; at += 1000) await spool.append(source.subarray(at, at + 1000));
    writing = false;
  })();
  let checked = 0;
  while (writing) {
    const chunk = await spool.read(0, 4096);
    expect(chunk.data.equals(source.subarray(chunk.offset, chunk.offset + chunk.data.length))).toBe(true);
    checked += chunk.data.length;
    // An empty read touches no file, so it would not let the writer's turn come.
    await new Promise((resolve) => setImmediate(resolve));
  }
  await writer;
  expect(checked).toBeGreaterThan(4096);
});

test("a disk that is full for a while leaves a gap that a reader is led across, with what is before it intact", async () => {
  let full = false;
  const spool = new Spool(join(folder, "a.out"), 20, (fd, data, position) => {
    if (full) return Promise.reject(Object.assign(new Error("no space"), { code: "ENOSPC" }));
    return Promise.resolve(writeSync(fd, data, 0, Math.min(3, data.length), position));
  });
  await spool.append(Buffer.from("before"));
  full = true;
  await spool.append(Buffer.from("XXXX"));
  await spool.append(Buffer.from("YY"));
  full = false;
  await spool.append(Buffer.from("after"));
  expect(spool.lostBytes).toBe(6);
  expect(await text(spool, 0)).toEqual(["before", 0, 17]);
  expect(await text(spool, 6)).toEqual(["after", 12, 17]);
  expect(await text(spool, 9)).toEqual(["after", 12, 17]);
  expect(await text(spool, 14)).toEqual(["ter", 14, 17]);
  await spool.append(Buffer.from("0123456789ABCDE"));
  expect(await text(spool, 0)).toEqual(["after0123456789ABCDE", 12, 32]);
});

test("bytes that cannot be written are counted and skipped, and nothing throws", async () => {
  const spool = new Spool(join(folder, "none", "a.out"), 100);
  await spool.append(Buffer.from("lost"));
  expect(spool.lostBytes).toBe(4);
  expect(spool.range.endOffset).toBe(4);
  expect(await text(spool, 0)).toEqual(["", 4, 4]);
  spool.remove();
});

test("removing closes and deletes, also while a write is under way", async () => {
  const spool = new Spool(join(folder, "a.out"), 100);
  const writing = spool.append(Buffer.from("something"));
  spool.remove();
  await writing;
  await eventually("the deletion", () => (readdirSync(folder).length === 0 ? true : null));
  expect(await text(spool, 0)).toEqual(["", 0, 9]);
});

test("a capacity that is no positive integer is refused", () => {
  expect(() => new Spool("x", 0)).toThrow("capacity must be an integer ≥ 1, got 0");
});
