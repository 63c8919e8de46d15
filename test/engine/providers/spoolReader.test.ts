import { expect, test } from "vitest";
import type { SpoolChunk } from "../../../src/engine/ports.ts";
import { SpoolReader } from "../../../src/engine/providers/spoolReader.ts";

/** A spool whose answers are given when the test says so. */
class Spool {
  text = "";
  readonly #waiting: (() => void)[] = [];

  read = (offset: number): Promise<SpoolChunk> =>
    new Promise((resolve) => {
      // What the answer holds is settled when the keeper reads, not when we hear of it.
      const data = Buffer.from(this.text.slice(offset, offset + 4));
      const endOffset = this.text.length;
      this.#waiting.push(() => resolve({ data, offset, endOffset }));
    });

  async answer(): Promise<void> {
    this.#waiting.shift()?.();
    await new Promise(setImmediate);
  }

  get asked(): number {
    return this.#waiting.length;
  }
}

test("a line announced while the last, empty answer is on its way is read", async () => {
  const spool = new Spool();
  let read = "";
  const reader = new SpoolReader(spool.read, (bytes) => (read += bytes.toString()));
  const done = reader.pump();
  spool.text = "line";
  // The announcement comes before the empty answer has been taken in.
  void reader.pump();
  await spool.answer();
  expect(read).toBe("");
  await spool.answer();
  await done;
  expect(read).toBe("line");
  expect(spool.asked).toBe(0);
});

test("two pumps at once take in every byte once, in order", async () => {
  const spool = new Spool();
  spool.text = "0123456789";
  let read = "";
  const reader = new SpoolReader(spool.read, (bytes) => (read += bytes.toString()));
  let settled = 0;
  const done = [reader.pump(), reader.pump()].map((pump) => pump.then(() => settled++));
  for (let answers = 0; answers < 4; answers++) await spool.answer();
  await Promise.all(done);
  expect([read, settled, reader.offset]).toEqual(["0123456789", 2, 10]);
});

test("a failed read is told to who asked, and the next pump goes on where it was", async () => {
  const spool = new Spool();
  spool.text = "abcdef";
  let fail = true;
  let read = "";
  const reader = new SpoolReader(
    (offset) => (fail ? Promise.reject(new Error("keeper away")) : spool.read(offset)),
    (bytes) => (read += bytes.toString()),
    2,
  );
  await expect(reader.pump()).rejects.toThrow("keeper away");
  fail = false;
  const done = reader.pump();
  await spool.answer();
  await done;
  expect(read).toBe("cdef");
});
