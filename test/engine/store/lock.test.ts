import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { takeLock } from "../../../src/engine/store/lock.ts";

const ROUNDS = process.env["SWARM_RELIABILITY_LONG"] === "1" ? 200 : 20;
const tools = mkdtempSync(join(tmpdir(), "swl-"));
const holderProgram = join(tools, "holder.cjs");
let folder: string;
let path: string;
let holders: ChildProcess[] = [];

beforeAll(() => {
  const source = join(dirname(fileURLToPath(import.meta.url)), "support", "lockHolder.ts");
  buildSync({
    entryPoints: [source],
    outfile: holderProgram,
    bundle: true,
    platform: "node",
    format: "cjs",
    logLevel: "error",
  });
});
afterAll(() => rmSync(tools, { recursive: true, force: true }));
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "swl-"));
  path = join(folder, "lock.db");
});
afterEach(async () => {
  await Promise.all(holders.map((child) => end(child)));
  holders = [];
  rmSync(folder, { recursive: true, force: true });
});

type Answer = { epoch?: number; refused?: string };

interface Holder {
  readonly child: ChildProcess;
  readonly ready: Promise<void>;
  /** Lets it try, and tells what came of it. */
  take(): Promise<Answer>;
}

function startHolder(): Holder {
  const child = spawn(process.execPath, [holderProgram, path], { stdio: ["pipe", "pipe", "inherit"] });
  holders.push(child);
  const lines: string[] = [];
  const waiting: ((line: string) => void)[] = [];
  const deliver = (line: string): void => {
    const next = waiting.shift();
    if (next === undefined) lines.push(line);
    else next(line);
  };
  child.stdout?.on("data", (chunk: Buffer) => chunk.toString().trim().split("\n").forEach(deliver));
  child.on("exit", () => deliver('{"refused":"ended without an answer"}'));
  const nextLine = (): Promise<string> =>
    new Promise((resolve) => {
      const line = lines.shift();
      if (line === undefined) waiting.push(resolve);
      else resolve(line);
    });
  const ready = nextLine().then((line) => expect(line).toBe("ready"));
  return {
    child,
    ready,
    take: async () => {
      await ready;
      child.stdin?.write("go\n");
      return JSON.parse(await nextLine()) as Answer;
    },
  };
}

async function end(child: ChildProcess, signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill(signal);
  await gone;
}

test(`of two that start at once exactly one gets the lock, under an epoch above all before (${ROUNDS} rounds)`, async () => {
  let last = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const pair = [startHolder(), startHolder()];
    await Promise.all(pair.map(({ ready }) => ready));
    const answers = await Promise.all(pair.map((holder) => holder.take()));
    const epochs = answers.flatMap(({ epoch }) => epoch ?? []);
    expect(answers.flatMap(({ refused }) => refused ?? [])).toEqual(["lock.held"]);
    expect(epochs).toHaveLength(1);
    expect(epochs[0]).toBe(last + 1);
    last = epochs[0] ?? 0;
    // Every other holder lets go by itself; the rest are killed.
    for (const { child } of pair) {
      if (round % 2 === 0) await end(child);
      else if (child.exitCode === null) {
        const gone = once(child, "exit");
        child.stdin?.end();
        await gone;
      }
    }
    holders = [];
  }
}, 120_000);

test("a stopped holder keeps the lock, a killed one frees it", async () => {
  const first = startHolder();
  expect(await first.take()).toEqual({ epoch: 1 });
  first.child.kill("SIGSTOP");
  expect(() => takeLock({ lock: path })).toThrow(expect.objectContaining({ code: "lock.held" }));
  await end(first.child);
  const second = takeLock({ lock: path });
  expect(second.epoch).toBe(2);
  expect(await startHolder().take()).toEqual({ refused: "lock.held" });
  second.release();
  expect(await startHolder().take()).toEqual({ epoch: 3 });
});

test("the lock outlives the garbage collection of its handle", async () => {
  const { setFlagsFromString } = await import("node:v8");
  const { runInNewContext } = await import("node:vm");
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  takeLock({ lock: path });
  for (let i = 0; i < 3; i++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await startHolder().take()).toEqual({ refused: "lock.held" });
});

test("released twice is harmless, and the released lock is not intact", () => {
  const lock = takeLock({ lock: path });
  expect(lock.intact()).toBe(true);
  lock.release();
  lock.release();
  expect(lock.intact()).toBe(false);
  expect(takeLock({ lock: path }).epoch).toBe(2);
});

test("the epoch exceeds a floor, for the case that the file was lost", () => {
  const first = takeLock({ lock: path }, 41);
  expect(first.epoch).toBe(42);
  first.release();
  const second = takeLock({ lock: path }, 3);
  expect(second.epoch).toBe(43);
  second.release();
  expect(() => takeLock({ lock: path }, -1)).toThrow("floor must be an integer ≥ 0, got -1");
});

test("a lock whose file was moved away or replaced is no longer intact", () => {
  const lock = takeLock({ lock: path });
  renameSync(path, join(folder, "moved"));
  expect(lock.intact()).toBe(false);
  writeFileSync(path, "");
  expect(lock.intact()).toBe(false);
  lock.release();
});

test("a file that is no database, or a folder that is missing, is named with the reason", () => {
  writeFileSync(path, "this is not a database, and it is long enough to be looked at".repeat(20));
  expect(() => takeLock({ lock: path })).toThrow(
    expect.objectContaining({ code: "lock.unusable", args: expect.objectContaining({ path }) as object }),
  );
  const missing = join(folder, "none", "lock.db");
  expect(() => takeLock({ lock: missing })).toThrow(expect.objectContaining({ code: "lock.unusable" }));
  expect(existsSync(missing)).toBe(false);
});
