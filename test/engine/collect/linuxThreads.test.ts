import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { LinuxThreads, MOST_THREADS } from "../../../src/engine/collect/linuxThreads.ts";
import { readStartTime } from "../../../src/engine/common/processIdentity.ts";

/** A stat line of a thread as the kernel writes it. */
const line = (tid: number, name: string, startTime: number, user: number, system: number): string =>
  `${tid} (${name}) S 1 1 1 0 -1 0 0 0 0 0 ${user} ${system} 0 0 20 0 3 0 ${startTime} 0 0 0 0 0 0 0 0\n`;

function planted(threads: readonly [tid: number, text: string][]): { root: string; reader: LinuxThreads; end(): void } {
  const root = mkdtempSync(join(tmpdir(), "sw-threads-"));
  for (const [tid, text] of threads) {
    mkdirSync(join(root, `7/task/${tid}`), { recursive: true });
    writeFileSync(join(root, `7/task/${tid}/stat`), text);
  }
  return { root, reader: new LinuxThreads(root), end: () => rmSync(root, { recursive: true, force: true }) };
}

test("threads are read with what they have used; names may hold anything", () => {
  const { reader, end } = planted([
    [7, line(7, "node", 55, 200, 50)],
    [8, line(8, "a) b\u001b[31m", 60, 1, 2)],
  ]);
  expect(reader.read(7, 55)).toEqual({
    isComplete: true,
    threads: [
      { tid: 7, startTime: 55, name: "node", cpuSeconds: 2.5 },
      { tid: 8, startTime: 60, name: "a) b", cpuSeconds: 0.03 },
    ],
  });
  end();
});

test("another process by now, one that is gone, and a broken line are no threads", () => {
  const { reader, end } = planted([
    [7, line(7, "node", 55, 1, 1)],
    [8, "8 (cut"],
  ]);
  expect(reader.read(7, 56)).toBeNull();
  expect(reader.read(9, 55)).toBeNull();
  expect(reader.read(7, 55)?.threads).toHaveLength(1);
  end();
});

test("of a great many only the first are read, and it says so", () => {
  const { reader, end } = planted(
    Array.from({ length: MOST_THREADS + 5 }, (_, at) => [7 + at, line(7 + at, "w", 55, 1, 0)]),
  );
  const read = reader.read(7, 55);
  expect([read?.threads.length, read?.isComplete, read?.threads[0]?.tid]).toEqual([MOST_THREADS, false, 7]);
  end();
});

test.runIf(process.platform === "linux")("a real process's busy threads are told from its idle ones", async () => {
  const program = `
    const { Worker } = require("node:worker_threads");
    const worker = new Worker("for (let n = 0;;) n++;", { eval: true });
    worker.on("online", () => console.log("on"));`;
  const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "ignore"] });
  try {
    await new Promise((resolve) => child.stdout.once("data", resolve));
    const { pid = 0 } = child;
    const startTime = readStartTime(pid) ?? 0;
    const reader = new LinuxThreads();
    const busiest = () =>
      (reader.read(pid, startTime)?.threads ?? []).toSorted((a, b) => b.cpuSeconds - a.cpuSeconds)[0];
    const deadline = Date.now() + 15_000;
    while ((busiest()?.tid === pid || (busiest()?.cpuSeconds ?? 0) < 0.5) && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(busiest()?.tid).not.toBe(pid);
    expect(busiest()?.cpuSeconds).toBeGreaterThanOrEqual(0.5);
  } finally {
    child.kill("SIGKILL");
  }
});
