import * as fs from "node:fs";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runInThisContext } from "node:vm";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import type { Latency } from "../../../src/engine/protocol/profilingIo.ts";
import { latenciesOf } from "../../../src/profiler/io/latencies.ts";
import {
  BUCKETS,
  BUCKETS_PER_DOUBLING,
  LATENCY_END,
  LATENCY_SCRIPT_URL,
  latencyBegin,
} from "../../../src/profiler/sources/latencyScript.ts";

/** The script as it runs in an agent, in this process: as the inspector does, in the global scope. */
const run = (text: string): unknown => runInThisContext(text, { filename: LATENCY_SCRIPT_URL });
const begin = (lastsMs = 60_000) => run(latencyBegin(lastsMs));
const end = () => run(LATENCY_END);
const figures = (told: unknown): Latency[] =>
  latenciesOf(told, { buckets: BUCKETS, perDoubling: BUCKETS_PER_DOUBLING });
const of = (told: unknown, kind: Latency["kind"]) => figures(told).find((one) => one.kind === kind);

const folder = mkdtempSync(join(tmpdir(), "sw-latency-"));
const path = join(folder, "planted.txt");
writeFileSync(path, "x");
// What others would see, and not what this file has imported.
const cjs: { -readonly [K in keyof typeof fs]: (typeof fs)[K] } = process.getBuiltinModule("node:fs");
const before = { ...cjs };
const beforeError = Object.getOwnPropertyDescriptors(Error);
const beforePromises = { ...cjs.promises };

/** With a clock that stands until it is set. */
function beginWithClock(): { ms: number } {
  const clock = { ms: 0 };
  const { getBuiltinModule } = process;
  const { PerformanceObserver } = getBuiltinModule("node:perf_hooks");
  process.getBuiltinModule = ((name: string) =>
    name === "node:perf_hooks"
      ? { PerformanceObserver, performance: { now: () => clock.ms } }
      : getBuiltinModule(name)) as typeof getBuiltinModule;
  try {
    begin();
  } finally {
    process.getBuiltinModule = getBuiltinModule;
  }
  return clock;
}

afterEach(() => void end());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the script that times calls", () => {
  test("times files however they are imported and called, with operation, path and caller, and leaves all as it was", async () => {
    begin();
    function plantedCaller(): void {
      cjs.readFileSync(path);
      fs.statSync(path);
      existsSync(path);
    }
    plantedCaller();
    await new Promise((resolve) => cjs.readFile(path, resolve));
    await cjs.promises.readFile(path);
    const told = end();
    const sync = of(told, "fileSync");
    expect(sync).toMatchObject({ count: 3, timed: 3 });
    expect(sync?.watchedRatio).toBeGreaterThan(0.5);
    expect(sync?.parts.map(({ name }) => name).toSorted()).toEqual(["existsSync", "readFileSync", "statSync"]);
    expect(sync?.slowest.map(({ what }) => what)).toContain(`readFileSync ${path}`);
    expect(sync?.callers[0]).toMatchObject({
      name: "plantedCaller",
      file: expect.stringContaining("latencyScript.test"),
    });
    // /dev/null is opened by the function that was there before.
    expect(of(told, "fileAsync")).toMatchObject({ count: 2, timed: 2 });
    expect({ ...cjs }).toEqual(before);
    expect({ ...cjs.promises }).toEqual(beforePromises);
    expect(fs.readFileSync).toBe(before.readFileSync);
    expect(Object.getOwnPropertyDescriptors(Error)).toEqual(beforeError);
    expect(end()).toBeNull();
  });

  test("times handles of files that were opened before it began", async () => {
    const handle = await cjs.promises.open(path, "r");
    const prototype = Object.getPrototypeOf(handle) as Record<string, unknown>;
    const { read } = prototype;
    begin();
    await vi.waitUntil(() => prototype["read"] !== read);
    await handle.read(Buffer.alloc(1), 0, 1, 0);
    expect(of(end(), "fileAsync")?.slowest).toContainEqual({ what: `read ${path}`, ms: expect.any(Number) });
    expect(prototype["read"]).toBe(read);
    await handle.close();
  });

  test("passes results, errors and what nobody handles on as they were", async () => {
    const missing = join(folder, "missing");
    begin();
    expect(() => cjs.readFileSync(missing)).toThrow(/ENOENT/);
    await expect(cjs.promises.readFile(missing)).rejects.toThrow(/ENOENT/);
    const error = await new Promise((resolve) => cjs.readFile(missing, resolve));
    expect(error).toMatchObject({ code: "ENOENT" });
    expect(cjs.readFileSync.name).toBe("readFileSync");
    expect(cjs.realpathSync.native(folder)).toBe(folder);
    const seen: unknown[] = [];
    const others = process.listeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection");
    process.once("unhandledRejection", (reason) => seen.push(reason));
    void cjs.promises.readFile(missing);
    await vi.waitUntil(() => seen.length > 0);
    for (const listener of others) process.on("unhandledRejection", listener);
    expect(seen).toMatchObject([{ code: "ENOENT" }]);
  });

  test("counts a call that is made of others once", () => {
    begin();
    cjs.writeFileSync(path, "y");
    expect(of(end(), "fileSync")?.parts.map(({ name, timed }) => [name, timed])).toEqual([["writeFileSync", 1]]);
  });

  test("of 100,000 calls counts all, times some, and keeps a bounded answer", () => {
    const clock = beginWithClock();
    for (let n = 0; n < 100_000; n++, clock.ms += 0.001) cjs.existsSync(`${path}${n % 5_000}`);
    const told = end();
    const sync = of(told, "fileSync");
    expect(sync?.count).toBe(100_000);
    expect(sync?.timed).toBeGreaterThan(500);
    expect(sync?.timed).toBeLessThan(90_000);
    expect(JSON.stringify(told).length).toBeLessThan(20_000);
  });

  test("rests where timing would cost too much, and comes back", async () => {
    const clock = beginWithClock();
    // 100,000 calls a second.
    let calls = 0;
    while (cjs.existsSync !== before.existsSync && calls < 300_000) {
      cjs.existsSync(path);
      clock.ms += 0.01;
      calls++;
    }
    expect(calls).toBeGreaterThanOrEqual(100_000);
    expect(calls).toBeLessThan(150_000);
    await vi.waitUntil(() => cjs.existsSync !== before.existsSync, 10_000);
    clock.ms += 1_000;
    cjs.existsSync(path);
    const sync = of(end(), "fileSync");
    expect(sync?.count).toBe(calls + 1);
    expect({ ...cjs }).toEqual(before);
  });

  test("leaves what somebody else has put around a function meanwhile, and does nothing below it any more", () => {
    begin();
    const ours = cjs.statSync;
    const theirs = ((...args: Parameters<typeof ours>) => ours(...args)) as typeof ours;
    cjs.statSync = theirs;
    end();
    expect(cjs.statSync).toBe(theirs);
    expect(theirs(path).isFile()).toBe(true);
    cjs.statSync = before.statSync;
  });

  test("that nobody comes back for takes itself away", async () => {
    begin(30);
    expect(cjs.statSync).not.toBe(before.statSync);
    await vi.waitUntil(() => cjs.statSync === before.statSync);
    expect(end()).toBeNull();
  });

  test("that is begun again takes the one away that was left over", () => {
    begin();
    begin();
    cjs.statSync(path);
    expect(of(end(), "fileSync")?.count).toBe(1);
    expect({ ...cjs }).toEqual(before);
  });

  test("of a runtime that has not what it needs throws there, and leaves nothing", () => {
    const { getBuiltinModule } = process;
    process.getBuiltinModule = ((name: string) =>
      name === "node:perf_hooks" ? { performance } : getBuiltinModule(name)) as typeof getBuiltinModule;
    try {
      expect(() => begin()).toThrow(TypeError);
    } finally {
      process.getBuiltinModule = getBuiltinModule;
    }
    expect({ ...cjs }).toEqual(before);
    expect(end()).toBeNull();
  });

  test("times the network by host and path, without what is asked for and without headers", async () => {
    const server = createServer((_, answer) => setTimeout(() => answer.end("yes"), 20));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    begin();
    const headers = { authorization: "planted-secret" };
    await new Promise<void>((resolve) => {
      get({ host: "localhost", port, path: "/a?key=planted-secret", headers }, (answer) =>
        answer.resume().on("end", resolve),
      );
    });
    await (await fetch(`http://127.0.0.1:${port}/b?key=planted-secret`)).text();
    let told: unknown = null;
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    told = end();
    await new Promise((resolve) => server.close(resolve));
    expect(JSON.stringify(told)).not.toContain("planted-secret");
    expect(figures(told).map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(["dns", "connect", "httpClient", "httpServer", "fetch"]),
    );
    expect(of(told, "httpClient")?.slowest[0]).toMatchObject({ what: expect.stringMatching(/^GET localhost.*\/a$/) });
    expect(of(told, "httpClient")?.maxMs).toBeGreaterThan(18);
    expect(of(told, "fetch")?.slowest[0]?.what).toBe(`127.0.0.1:${port}/b`);
    expect(
      of(told, "httpServer")
        ?.parts.map(({ name }) => name)
        .toSorted(),
    ).toEqual(["GET /a", "GET /b"]);
  });
});
