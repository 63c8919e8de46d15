import { closeSync, openSync, readdirSync, readSync } from "node:fs";
import { isErrno } from "../common/errors.ts";
import type { Disposable } from "../common/disposable.ts";
import type { ProcessSample } from "../protocol/model.ts";
import { readKernelUnits, type KernelUnits } from "../common/kernelUnits.ts";
import { isRealProc, readText } from "./procFile.ts";
import { emptyStatFields, parseIo, parseStatLine, type StatFields } from "./statLine.ts";

/**
 * The process table, once a tick, from `/proc`.
 *
 * Descriptors of `stat` and `io` are kept open and read again at position 0. Measured on 200 sleeping processes (Node
 * 24, 2 cores): open, read and close cost 3.05 ms of CPU a tick, reading held descriptors 1.07 ms. And a held descriptor
 * keeps meaning the same process: it answers ESRCH once that is gone, even when the pid has been given to another.
 * Each costs the kernel one page, which is one reason for the bound.
 */
export interface ProcessTable {
  readonly processes: ReadonlyMap<number, ProcessSample>;
  /** Listed but gone, or not for us to read. */
  readonly unreadable: number;
}

export interface LinuxProcessesOptions {
  readonly procRoot: string;
  /** At most this many descriptors are kept open; 0 opens and closes each file every tick. Default: see below. */
  readonly maxHeldDescriptors?: number;
}

const MAX_HELD_DESCRIPTORS = 2_000;
/** Kernel threads have neither a command line nor an address space. */
const PF_KTHREAD = 0x0020_0000;
/** A longer command line is cut: what identifies an agent stands at its beginning, prompts can be megabytes. */
const MAX_COMMAND_LINE_BYTES = 16_384;
const MAX_ARGUMENTS = 512;
/**
 * Rates over less than this are kept from before instead of computed: the kernel counts CPU in steps of 10 ms, so over
 * 20 ms one step would read as half a core.
 */
export const MIN_RATE_INTERVAL_MS = 200;
/** An empty command line may be that of a process caught in the middle of its exec: look again this many times. */
const EMPTY_RETRIES = 3;

const NO_ARGUMENTS: readonly string[] = Object.freeze([]);

/** In place of a descriptor: not kept open. */
const NOT_HELD = -1;
/** In place of a descriptor: the system said no, and would again. */
const REFUSED = -2;

interface Entry {
  readonly pid: number;
  readonly startTime: number;
  readonly startedAtMs: number;
  readonly kernelThread: boolean;
  statFd: number;
  ioFd: number;
  rawComm: string;
  comm: string;
  args: readonly string[];
  stackStart: number;
  emptyReads: number;
  /** CPU ticks and moment from which the next rate is computed. */
  baseTicks: number;
  baseMs: number;
  cpuCores: number | null;
  seen: number;
}

export class LinuxProcesses implements Disposable {
  readonly #root: string;
  readonly #units: KernelUnits;
  readonly #entries = new Map<number, Entry>();
  readonly #buffer = Buffer.allocUnsafe(MAX_COMMAND_LINE_BYTES);
  readonly #stat: StatFields = emptyStatFields();
  #maxHeld: number;
  #held = 0;
  #tick = 0;

  constructor(options: LinuxProcessesOptions) {
    this.#root = options.procRoot;
    this.#units = readKernelUnits(options.procRoot);
    this.#maxHeld =
      options.maxHeldDescriptors ?? (isRealProc(options.procRoot) ? allowedDescriptors(options.procRoot) : 0);
  }

  get heldDescriptors(): number {
    return this.#held;
  }

  /**
   * @param nowMs monotonic time of this tick
   * @param bootWallMs wall time at which the machine came up, for the start times of new processes
   */
  read(nowMs: number, bootWallMs: number): ProcessTable {
    this.#tick++;
    const processes = new Map<number, ProcessSample>();
    let unreadable = 0;
    for (const name of this.#list()) {
      const pid = pidOf(name);
      if (pid === 0) continue;
      const entry = this.#update(pid, nowMs, bootWallMs);
      if (entry === null) unreadable++;
      else processes.set(pid, this.#sample(entry));
    }
    for (const entry of this.#entries.values()) if (entry.seen !== this.#tick) this.#drop(entry);
    return { processes, unreadable };
  }

  dispose(): void {
    for (const entry of this.#entries.values()) this.#drop(entry);
  }

  #list(): readonly string[] {
    try {
      return readdirSync(this.#root);
    } catch {
      // No proc file system at all: an empty table; the host figures say "unknown" beside it.
      return [];
    }
  }

  /** Reads `stat` of one process and brings its entry up to date; `null` when it cannot be read. */
  #update(pid: number, nowMs: number, bootWallMs: number): Entry | null {
    let known = this.#entries.get(pid);
    let length = -1;
    let fd = NOT_HELD;
    if (known !== undefined && known.statFd >= 0) {
      length = this.#readHeld(known.statFd);
      if (length <= 0) {
        // ESRCH: that process is gone. The pid is still listed, so it may already belong to another.
        this.#drop(known);
        known = undefined;
      }
    }
    if (length <= 0) {
      fd = this.#open(`${this.#root}/${pid}/stat`);
      if (fd < 0) {
        if (known !== undefined) this.#drop(known);
        return null;
      }
      length = this.#readHeld(fd);
    }
    const stat = this.#stat;
    if (length <= 0 || !parseStatLine(this.#buffer, length, stat)) {
      if (fd >= 0) closeSync(fd);
      if (known !== undefined) this.#drop(known);
      return null;
    }
    const rawComm = this.#buffer.toString("latin1", stat.commStart, stat.commEnd);
    let entry = known;
    if (entry === undefined || entry.startTime !== stat.startTime) {
      if (entry !== undefined) this.#drop(entry);
      entry = {
        pid,
        startTime: stat.startTime,
        startedAtMs: Math.round(bootWallMs + (stat.startTime * 1000) / this.#units.ticksPerSecond),
        kernelThread: (stat.flags & PF_KTHREAD) !== 0,
        statFd: NOT_HELD,
        ioFd: NOT_HELD,
        rawComm: "",
        comm: "",
        args: NO_ARGUMENTS,
        stackStart: -1,
        emptyReads: 0,
        baseTicks: stat.cpuTicks,
        baseMs: nowMs,
        cpuCores: null,
        seen: 0,
      };
      this.#entries.set(pid, entry);
    } else if (nowMs - entry.baseMs >= MIN_RATE_INTERVAL_MS) {
      const ticks = stat.cpuTicks - entry.baseTicks;
      entry.cpuCores = ticks < 0 ? null : (ticks * 1000) / (this.#units.ticksPerSecond * (nowMs - entry.baseMs));
      entry.baseTicks = stat.cpuTicks;
      entry.baseMs = nowMs;
    }
    if (fd >= 0) {
      if (this.#held < this.#maxHeld) {
        entry.statFd = fd;
        this.#held++;
      } else closeSync(fd);
    }
    entry.seen = this.#tick;
    this.#noteCommand(entry, rawComm);
    return entry;
  }

  /** The command line is read on first sight, after an exec (new stack), and when the process renames itself. */
  #noteCommand(entry: Entry, rawComm: string): void {
    const { stackStart } = this.#stat;
    const changed = entry.rawComm !== rawComm || entry.stackStart !== stackStart;
    const again = entry.args.length === 0 && entry.emptyReads < EMPTY_RETRIES;
    if (!changed && !again) return;
    if (changed) {
      if (entry.stackStart !== stackStart && entry.ioFd === REFUSED) entry.ioFd = NOT_HELD;
      entry.rawComm = rawComm;
      entry.comm = Buffer.from(rawComm, "latin1").toString("utf8");
      entry.stackStart = stackStart;
      entry.emptyReads = 0;
    }
    if (entry.kernelThread) return;
    // The numbers of this tick sit in #stat; the command line may overwrite the buffer.
    entry.args = this.#readCommandLine(entry.pid);
    if (entry.args.length === 0) entry.emptyReads++;
  }

  #sample(entry: Entry): ProcessSample {
    const { state, parentPid, cpuTicks, threads, rssPages } = this.#stat;
    const io = entry.kernelThread ? null : this.#readIo(entry);
    return {
      pid: entry.pid,
      startTime: entry.startTime,
      parentPid,
      comm: entry.comm,
      args: entry.args,
      startedAtMs: entry.startedAtMs,
      state: String.fromCharCode(state),
      cpuSeconds: cpuTicks / this.#units.ticksPerSecond,
      cpuCores: entry.cpuCores,
      rssBytes: Math.max(0, rssPages) * this.#units.pageBytes,
      threads,
      readBytes: io === null ? null : io.readBytes,
      writeBytes: io === null ? null : io.writeBytes,
    };
  }

  #readIo(entry: Entry): { readBytes: number; writeBytes: number } | null {
    if (entry.ioFd === REFUSED) return null;
    let fd = entry.ioFd;
    if (fd < 0) {
      fd = this.#open(`${this.#root}/${entry.pid}/io`);
      if (fd < 0) {
        if (fd === REFUSED) entry.ioFd = REFUSED;
        return null;
      }
      if (this.#held < this.#maxHeld) {
        entry.ioFd = fd;
        this.#held++;
      }
    }
    try {
      const length = readSync(fd, this.#buffer, 0, this.#buffer.length, 0);
      return parseIo(this.#buffer, length);
    } catch (error) {
      // Opening is allowed to all, reading only to the owner (and only as long as it stays one): never asked again.
      if (isErrno(error, "EACCES", "EPERM")) {
        if (entry.ioFd >= 0) {
          closeSync(entry.ioFd);
          this.#held--;
          fd = NOT_HELD;
        }
        entry.ioFd = REFUSED;
      }
      // Else it ended between the two reads: unknown for this tick, and gone at the next.
      return null;
    } finally {
      if (fd >= 0 && fd !== entry.ioFd) closeSync(fd);
    }
  }

  #readCommandLine(pid: number): readonly string[] {
    const fd = this.#open(`${this.#root}/${pid}/cmdline`);
    if (fd < 0) return NO_ARGUMENTS;
    const length = this.#readHeld(fd);
    closeSync(fd);
    return splitCommandLine(this.#buffer, length);
  }

  /** A descriptor; `notHeld` when it is gone, `refused` when it is not for us. */
  #open(path: string): number {
    for (let attempt = 0; ; attempt++) {
      try {
        return openSync(path, "r");
      } catch (error) {
        if (isErrno(error, "EMFILE", "ENFILE") && attempt === 0) {
          // Others need descriptors more than we do: give all back and go on without holding any.
          this.#maxHeld = 0;
          for (const entry of this.#entries.values()) this.#release(entry);
          continue;
        }
        return isErrno(error, "EACCES", "EPERM") ? REFUSED : NOT_HELD;
      }
    }
  }

  #readHeld(fd: number): number {
    try {
      return readSync(fd, this.#buffer, 0, this.#buffer.length, 0);
    } catch {
      // ESRCH: the process behind the descriptor is gone. EACCES: not ours any more. Both mean "not readable".
      return -1;
    }
  }

  #drop(entry: Entry): void {
    this.#release(entry);
    if (this.#entries.get(entry.pid) === entry) this.#entries.delete(entry.pid);
  }

  #release(entry: Entry): void {
    for (const fd of [entry.statFd, entry.ioFd]) {
      if (fd < 0) continue;
      closeSync(fd);
      this.#held--;
    }
    entry.statFd = NOT_HELD;
    if (entry.ioFd !== REFUSED) entry.ioFd = NOT_HELD;
  }
}

/** The pid that a folder name stands for; 0 for everything else in `/proc`. */
function pidOf(name: string): number {
  const first = name.charCodeAt(0);
  if (first < 0x31 || first > 0x39) return 0;
  const pid = Number(name);
  return Number.isSafeInteger(pid) ? pid : 0;
}

/**
 * The bytes of `/proc/PID/cmdline` as arguments. A process that sets its title (`process.title`, setproctitle) leaves the
 * title followed by zeros: those are no arguments.
 */
export function splitCommandLine(buffer: Buffer, length: number): readonly string[] {
  let end = length;
  while (end > 0 && buffer[end - 1] === 0) end--;
  if (end <= 0) return NO_ARGUMENTS;
  const args: string[] = [];
  for (let start = 0; start <= end && args.length < MAX_ARGUMENTS;) {
    let stop = buffer.indexOf(0, start);
    if (stop < 0 || stop > end) stop = end;
    args.push(buffer.toString("utf8", start, stop));
    start = stop + 1;
  }
  return args;
}

/** A quarter of what this process may open, at most 2,000: the rest belongs to sockets, stores and agents' pipes. */
function allowedDescriptors(procRoot: string): number {
  const limits = readText(`${procRoot}/self/limits`);
  const soft = /^Max open files\s+(\d+|unlimited)/m.exec(limits ?? "")?.[1];
  if (soft === undefined) return 0;
  return soft === "unlimited" ? MAX_HELD_DESCRIPTORS : Math.min(MAX_HELD_DESCRIPTORS, Math.floor(Number(soft) / 4));
}
