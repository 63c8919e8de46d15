import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { diskUse } from "../../../../src/engine/act/allocators/diskUse.ts";
import { findCommand } from "../../../../src/engine/act/allocators/systemCommand.ts";
import { ManualClock } from "../../../../src/engine/common/clock.ts";
import { signal } from "./world.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "du-"));
  mkdirSync(join(folder, "a", "b"), { recursive: true });
  writeFileSync(join(folder, "a", "one"), Buffer.alloc(100_000, 1));
  writeFileSync(join(folder, "a", "b", "two"), Buffer.alloc(50_000, 1));
  linkSync(join(folder, "a", "one"), join(folder, "a", "b", "again"));
  // Neither round and round, nor out of the folder.
  symlinkSync(folder, join(folder, "a", "up"));
  symlinkSync("/usr", join(folder, "a", "usr"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const bounds = { mostEntries: 1_000, mostMs: 1_000 };
const use = (folders: readonly string[], own = bounds, clock = new ManualClock()) =>
  diskUse(folders, own, clock, signal);

test.runIf(findCommand("du") !== null)(
  "what folders take is what du says, names of one file counted once",
  async () => {
    const du = execFileSync("du", ["-s", "--block-size=1", folder], { encoding: "utf8" });
    const { bytes, complete, entries } = await use([folder]);
    expect(bytes).toBe(Number(du.split("\t")[0]));
    expect(complete).toBe(true);
    expect(entries).toBe(8);
  },
);

test("a folder within another, and one that is named twice, count once", async () => {
  const once = await use([folder]);
  expect((await use([folder, folder, join(folder, "a")])).bytes).toBe(once.bytes);
  expect((await use([join(folder, "a", "b"), folder])).bytes).toBe(once.bytes);
});

test("it ends at its bounds, and says that it is at least so much", async () => {
  const whole = await use([folder]);
  const few = await use([folder], { ...bounds, mostEntries: 3 });
  expect(few.complete).toBe(false);
  expect(few.entries).toBe(3);
  expect(few.bytes).toBeLessThan(whole.bytes);
  const late = new ManualClock();
  const slow = { monotonicMs: () => (late.advance(400), late.monotonicMs()), wallMs: () => 0 };
  expect((await diskUse([folder], bounds, slow, signal)).complete).toBe(false);
});

test("it can be cancelled, and what is not there counts for nothing", async () => {
  await expect(diskUse([folder], bounds, new ManualClock(), AbortSignal.abort(new Error("enough")))).rejects.toThrow(
    "enough",
  );
  expect(await use([join(folder, "gone")])).toEqual({ bytes: 0, entries: 0, complete: true });
  expect(await use([])).toEqual({ bytes: 0, entries: 0, complete: true });
});

test.each([
  ["mostEntries", 0],
  ["mostMs", Number.NaN],
])("a bound that is none is refused by name: %s %s", async (name, value) => {
  await expect(use([folder], { ...bounds, [name]: value })).rejects.toThrow(`${name} must be > 0, got ${value}`);
});
