import { closeSync, openSync, readdirSync, readSync } from "node:fs";
import { readKernelUnits, type KernelUnits } from "../common/kernelUnits.ts";
import { cleanText } from "../common/text.ts";
import type { ThreadReader, ThreadReading } from "../ports.ts";
import { emptyStatFields, parseStatLine, type StatFields } from "./statLine.ts";

/** Beyond so many the rest of a process's threads is left out: each costs about 10 µs. */
export const MOST_THREADS = 256;
/** A stat line has at most some 52 numbers and a name of 15 bytes. */
const MAX_LINE_BYTES = 2_048;

/** Threads from `/proc/PID/task`. Nothing is kept open: they are asked for once a minute. */
export class LinuxThreads implements ThreadReader {
  readonly #root: string;
  readonly #units: KernelUnits;
  readonly #buffer = Buffer.allocUnsafe(MAX_LINE_BYTES);
  readonly #stat: StatFields = emptyStatFields();

  constructor(procRoot = "/proc") {
    this.#root = procRoot;
    this.#units = readKernelUnits(procRoot);
  }

  read(pid: number, startTime: number): ReturnType<ThreadReader["read"]> {
    const folder = `${this.#root}/${pid}/task`;
    let names: readonly string[];
    try {
      names = readdirSync(folder);
    } catch {
      // Gone, or hidden from us.
      return null;
    }
    const threads: ThreadReading[] = [];
    // The first one whatever the order: it tells whether this is the process that is meant.
    const main = String(pid);
    for (const name of [main, ...names.filter((one) => one !== main)].slice(0, MOST_THREADS)) {
      const thread = this.#thread(`${folder}/${name}/stat`, Number(name));
      if (thread !== null) threads.push(thread);
    }
    // The first thread began with its process: another beginning is another process with the same pid.
    if (threads.find(({ tid }) => tid === pid)?.startTime !== startTime) return null;
    return { threads, isComplete: names.length <= MOST_THREADS };
  }

  /** `null` for one that has ended meanwhile. */
  #thread(path: string, tid: number): ThreadReading | null {
    let fd = -1;
    try {
      fd = openSync(path, "r");
      const length = readSync(fd, this.#buffer, 0, MAX_LINE_BYTES, 0);
      const stat = this.#stat;
      if (length <= 0 || !parseStatLine(this.#buffer, length, stat)) return null;
      return {
        ...{ tid, startTime: stat.startTime, cpuSeconds: stat.cpuTicks / this.#units.ticksPerSecond },
        name: cleanText(this.#buffer.toString("utf8", stat.commStart, stat.commEnd), 40),
      };
    } catch {
      // It ended between the listing and the look.
      return null;
    } finally {
      if (fd >= 0) closeSync(fd);
    }
  }
}
