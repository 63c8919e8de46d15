import { cpus, freemem, totalmem } from "node:os";
import type { Disposable } from "../common/disposable.ts";
import type { HostSample, PressureSample } from "../protocol/model.ts";
import { CounterRates } from "./counterRates.ts";
import { type CgroupLimits, memoryLeftBytes, readCgroupLimits } from "./linuxCgroup.ts";
import { LinuxDevices } from "./linuxDevices.ts";
import { MIN_RATE_INTERVAL_MS } from "./linuxProcesses.ts";
import { HeldFile, isRealProc } from "./procFile.ts";

/** Limits are set by hand or by an orchestrator, not every second; a new one shows within this time. */
const LIMITS_EVERY_MS = 10_000;

export interface HostReading {
  readonly host: HostSample;
  /** Wall time of the boot in ms; `null` when the system does not tell. Steps of one second. */
  readonly bootWallMs: number | null;
}

/** CPU, memory, pressure, disks and network of the machine, once a tick from `/proc`. */
export class LinuxHost implements Disposable {
  readonly #procRoot: string;
  readonly #devices: LinuxDevices;
  readonly #files: Record<"stat" | "meminfo" | "cpu" | "memory" | "io" | "diskstats" | "net" | "loadavg", HeldFile>;
  readonly #diskRates = new CounterRates();
  readonly #networkRates = new CounterRates();
  readonly #cpu = new CpuRatios();
  #limits: CgroupLimits = { memoryBytes: null, cpuCores: null, memoryGroups: [] };
  #limitsAtMs = Number.NEGATIVE_INFINITY;

  constructor(procRoot: string, sysRoot: string) {
    this.#procRoot = procRoot;
    this.#devices = new LinuxDevices(sysRoot);
    const hold = isRealProc(procRoot);
    const file = (path: string) => new HeldFile(`${procRoot}/${path}`, hold);
    this.#files = {
      stat: file("stat"),
      meminfo: file("meminfo"),
      cpu: file("pressure/cpu"),
      memory: file("pressure/memory"),
      io: file("pressure/io"),
      diskstats: file("diskstats"),
      net: file("net/dev"),
      loadavg: file("loadavg"),
    };
  }

  /** @param nowMs monotonic time of this tick */
  read(nowMs: number): HostReading {
    const stat = this.#files.stat.read() ?? "";
    const cpu = this.#cpu.update(stat, nowMs);
    if (nowMs - this.#limitsAtMs >= LIMITS_EVERY_MS) {
      this.#limits = readCgroupLimits(this.#procRoot);
      this.#limitsAtMs = nowMs;
    }
    const memory = parseMemory(this.#files.meminfo.read());
    const disks = this.#files.diskstats.read();
    const disk = this.#diskRates.update(disks === null ? null : this.#devices.disks(disks), nowMs);
    const interfaces = this.#files.net.read();
    const network = this.#networkRates.update(interfaces === null ? null : this.#devices.interfaces(interfaces), nowMs);
    const cpuCount = cpu.count > 0 ? cpu.count : cpus().length;
    const boot = /^btime (\d+)/m.exec(stat)?.[1];
    return {
      host: {
        cpuCount,
        cpuBusyRatio: cpu.total,
        perCoreBusyRatio: cpu.perCore,
        cpuCapacityCores: Math.min(cpuCount, this.#limits.cpuCores ?? cpuCount),
        memoryCapacityBytes: Math.min(memory.memoryTotalBytes, this.#limits.memoryBytes ?? memory.memoryTotalBytes),
        ...memory,
        memoryAvailableBytes: Math.min(memory.memoryAvailableBytes, this.#memoryLeft(memory.memoryTotalBytes)),
        pressure: this.#pressure(),
        diskReadBytesPerSecond: disk?.[0] ?? null,
        diskWriteBytesPerSecond: disk?.[1] ?? null,
        networkReceiveBytesPerSecond: network?.[0] ?? null,
        networkTransmitBytesPerSecond: network?.[1] ?? null,
        loadAverage: parseLoad(this.#files.loadavg.read()),
      },
      bootWallMs: boot === undefined ? null : Number(boot) * 1000,
    };
  }

  /** Under the limits that bind; those above the machine's own memory (version 1 writes such for "none") do not. */
  #memoryLeft(totalBytes: number): number {
    const binding = this.#limits.memoryGroups.filter(({ limitBytes }) => limitBytes < totalBytes);
    return memoryLeftBytes(binding) ?? Number.POSITIVE_INFINITY;
  }

  dispose(): void {
    for (const file of Object.values(this.#files)) file.dispose();
  }

  #pressure(): HostSample["pressure"] {
    const cpu = parsePressure(this.#files.cpu.read());
    const memory = parsePressure(this.#files.memory.read());
    const io = parsePressure(this.#files.io.read());
    return cpu === null || memory === null || io === null ? null : { cpu, memory, io };
  }
}

/** Times of one CPU line in clock ticks; busy includes what the hypervisor took away (steal): it was not to be had. */
interface CpuTimes {
  readonly busy: number;
  readonly idle: number;
}

interface CpuReading {
  readonly count: number;
  readonly total: number | null;
  readonly perCore: readonly number[] | null;
}

class CpuRatios {
  #base: { total: CpuTimes; cores: readonly CpuTimes[] } | null = null;
  #baseMs = 0;
  #last: { total: number | null; perCore: readonly number[] | null } = { total: null, perCore: null };

  update(stat: string, nowMs: number): CpuReading {
    const now = parseCpu(stat);
    if (now === null) {
      this.#base = null;
      return { count: 0, total: null, perCore: null };
    }
    const base = this.#base;
    if (base !== null && nowMs - this.#baseMs < MIN_RATE_INTERVAL_MS) return { count: now.cores.length, ...this.#last };
    this.#base = now;
    this.#baseMs = nowMs;
    this.#last = { total: null, perCore: null };
    if (base !== null) {
      // A core that came or went shifts the others: per core is unknown for that tick.
      const perCore =
        base.cores.length === now.cores.length
          ? now.cores.map((core, i) => busyRatio(base.cores[i] as CpuTimes, core))
          : [null];
      this.#last = {
        total: busyRatio(base.total, now.total),
        perCore: perCore.includes(null) ? null : (perCore as number[]),
      };
    }
    return { count: now.cores.length, ...this.#last };
  }
}

/** Busy share of the interval; `null` when a counter went backwards or no time passed. */
function busyRatio(before: CpuTimes, now: CpuTimes): number | null {
  const busy = now.busy - before.busy;
  // The idle counters of a core may step back by a few ticks (documented for iowait); that is not a reset.
  const idle = Math.max(0, now.idle - before.idle);
  return busy < 0 || busy + idle <= 0 ? null : busy / (busy + idle);
}

function parseCpu(stat: string): { total: CpuTimes; cores: CpuTimes[] } | null {
  let total: CpuTimes | null = null;
  const cores: CpuTimes[] = [];
  for (let at = 0; stat.startsWith("cpu", at);) {
    const end = stat.indexOf("\n", at);
    const line = stat.slice(at, end < 0 ? undefined : end);
    const fields = line.trim().split(/\s+/);
    // user nice system idle iowait irq softirq steal guest guest_nice; guest time is part of user already.
    const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = fields
      .slice(1)
      .map(Number);
    const times = { busy: user + nice + system + irq + softirq + steal, idle: idle + iowait };
    if (!Number.isFinite(times.busy + times.idle)) return null;
    if (fields[0] === "cpu") total = times;
    else cores.push(times);
    if (end < 0) break;
    at = end + 1;
  }
  return total === null ? null : { total, cores };
}

function parseMemory(
  text: string | null,
): Pick<
  HostSample,
  "memoryTotalBytes" | "memoryUsedBytes" | "memoryAvailableBytes" | "swapTotalBytes" | "swapUsedBytes"
> {
  const kilobytes = new Map<string, number>();
  for (const line of (text ?? "").split("\n")) {
    const match = /^(\w+(?:\(\w+\))?):\s+(\d+)/.exec(line);
    if (match !== null) kilobytes.set(match[1] as string, Number(match[2]) * 1024);
  }
  const total = kilobytes.get("MemTotal") ?? totalmem();
  const rough = sum(kilobytes.get("MemFree"), kilobytes.get("Buffers"), kilobytes.get("Cached"));
  // Kernels before 3.14 do not estimate what is available; free + caches is what people took for it then.
  const available = Math.min(total, kilobytes.get("MemAvailable") ?? rough ?? freemem());
  const swapTotal = kilobytes.get("SwapTotal") ?? 0;
  return {
    memoryTotalBytes: total,
    memoryUsedBytes: total - available,
    memoryAvailableBytes: available,
    swapTotalBytes: swapTotal,
    swapUsedBytes: Math.max(0, swapTotal - (kilobytes.get("SwapFree") ?? swapTotal)),
  };
}

function sum(...parts: (number | undefined)[]): number | null {
  let total = 0;
  for (const part of parts) {
    if (part === undefined) return null;
    total += part;
  }
  return total;
}

function parsePressure(text: string | null): PressureSample | null {
  const some = /^some avg10=([\d.]+)/m.exec(text ?? "")?.[1];
  if (some === undefined) return null;
  // Kernels before 5.13 have no "full" line for the CPU; for the whole machine it is 0 by definition: some task runs.
  const full = /^full avg10=([\d.]+)/m.exec(text ?? "")?.[1];
  return { someRatio10s: Number(some) / 100, fullRatio10s: full === undefined ? 0 : Number(full) / 100 };
}

function parseLoad(text: string | null): [number, number, number] | null {
  const [one, five, fifteen] = (text ?? "").trim().split(" ", 3).map(Number);
  if (one === undefined || five === undefined || fifteen === undefined) return null;
  return Number.isFinite(one + five + fifteen) ? [one, five, fifteen] : null;
}
