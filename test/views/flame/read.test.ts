import { writeFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readInThread } from "../../../src/views/flame/read.ts";
import { readHere } from "../../../src/views/flame/readHere.ts";
import { codedOf } from "../../../src/views/sessionPort.ts";

const folder = mkdtempSync(join(tmpdir(), "sw-reader-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = readInThread(join(import.meta.dirname, "../../../src/views/flame/readThread.ts"));
const { signal } = new AbortController();

/** Folded stacks, of more than a megabyte unless fewer are asked for. */
function folded(rest = "", count = 20_000): Uint8Array {
  const lines = Array.from({ length: count }, (_, n) => `main;handle${n % 700};${"inner".repeat(8)}${n % 90} ${n}`);
  return new TextEncoder().encode(`${lines.join("\n")}\n${rest}`);
}

/** A thread that does something else. */
function threadOf(script: string): string {
  const file = join(folder, `${script.length}.cjs`);
  writeFileSync(file, script);
  return file;
}

describe("a profile that is read in a thread", () => {
  it("is the same as one that is read here, and its bytes are handed over", async () => {
    const bytes = folded();
    const here = readHere(bytes, "a.folded");
    const profile = await read(bytes, "a.folded", signal);
    expect(profile).toEqual(here);
    expect(Object.isFrozen(profile)).toBe(true);
    expect(bytes.length).toBe(0);
  });

  it("leaves what it is a part of as it is", async () => {
    const whole = folded("x");
    const part = whole.subarray(0, whole.length - 1);
    expect((await read(part, "a.folded", signal)).frames.length).toBeGreaterThan(700);
    expect(whole.length).toBeGreaterThan(1_000_000);
  });

  it("is refused with the place of what is wrong, large or small", async () => {
    for (const bytes of [folded("no stack at all\n"), folded("no stack at all\n", 5_000)]) {
      const error = await read(bytes, "a.folded", signal).catch((reason: unknown) => codedOf(reason));
      expect(error).toMatchObject({ code: "profile.foldedLine", args: { file: "a.folded", value: "no stack at all" } });
    }
  });

  it("is given up with its page, and the thread ends", async () => {
    const waits = readInThread(threadOf("setInterval(() => undefined, 1000)"));
    const closed = new AbortController();
    const reading = waits(folded(), "a.folded", closed.signal);
    closed.abort();
    await expect(reading).rejects.toMatchObject({ code: "aborted" });
    await expect(waits(folded(), "a.folded", closed.signal)).rejects.toMatchObject({ code: "aborted" });
  });

  it("says so when the thread ends without an answer, whatever it ends of", async () => {
    for (const [script, reason] of [
      ["process.exit(3)", "exit code 3"],
      ["throw new Error('out of room')", "out of room"],
    ] as const)
      await expect(readInThread(threadOf(script))(folded(), "a.folded", signal)).rejects.toMatchObject({
        ...{ code: "profile.readerEnded", args: { file: "a.folded", reason } },
      });
  });
});
