import { existsSync } from "node:fs";
import { cpus, freemem, loadavg, totalmem } from "node:os";
import type { Clock } from "../common/clock.ts";
import { readMachineIdentity } from "../common/processIdentity.ts";
import type { Collector } from "../ports.ts";
import type { HostFacts, HostSample, MachineIdentity, ProcessSample, Snapshot } from "../protocol/model.ts";
import { loadSystemInformation, type SystemFacts } from "./systemFacts.ts";
import { splitWords } from "./words.ts";

/** One row of `systeminformation.processes()`, as far as used here. */
export interface ListedProcess {
  readonly pid: number;
  readonly parentPid: number;
  readonly name: string;
  readonly cpu: number;
  readonly memRss: number;
  readonly started: string;
  readonly state: string;
  readonly command: string;
  readonly params: string;
  readonly path: string;
}

/** The part of `systeminformation` that a sampling uses; tests plant their own. */
export interface SampleSource {
  processes(): Promise<{ list: readonly ListedProcess[] }>;
  currentLoad(): Promise<{ currentLoad: number; cpus: readonly { load: number }[] }>;
  mem(): Promise<{ total: number; available: number; swaptotal: number; swapused: number }>;
  fsStats(): Promise<{ rx_sec: number | null; wx_sec: number | null } | null>;
  networkStats(interfaces: string): Promise<readonly { iface: string; rx_sec: number | null; tx_sec: number | null }[]>;
}

export interface SystemInformationCollectorOptions {
  readonly clock: Clock;
  readonly facts: SystemFacts;
  readonly load?: () => Promise<SampleSource>;
  readonly platform?: NodeJS.Platform;
}

/** A sampling starts `ps` or PowerShell: never more often than this, never two at once. */
const MIN_SAMPLE_INTERVAL_MS = 1_000;
/** A sampling that takes longer is given up, and the next may begin. */
const DEADLINE_MS = 20_000;
/** The start time is computed as "now − age in whole seconds", so it wavers by a second between samplings. */
const START_TIME_JITTER_MS = 2_500;

interface Known {
  readonly startTime: number;
  readonly commandText: string;
  readonly args: readonly string[];
}

/**
 * macOS and Windows: sampling is asynchronous, `read()` returns the latest finished one and begins the next. Before the
 * first is finished it returns a snapshot of sequence 0 without processes: nothing is known yet, nobody is gone.
 *
 * Not to be had here, hence `null`: CPU seconds, threads and I/O bytes of a process, pressure, and disk bytes on Windows.
 */
export class SystemInformationCollector implements Collector {
  readonly ready: Promise<void>;
  readonly #clock: Clock;
  readonly #facts: SystemFacts;
  readonly #load: () => Promise<SampleSource>;
  readonly #platform: NodeJS.Platform;
  readonly #machine: MachineIdentity = readMachineIdentity();
  #known = new Map<number, Known>();
  #latest: Snapshot;
  #sampling: Promise<void> | null = null;
  #startedMs = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #disposed = false;

  constructor(options: SystemInformationCollectorOptions) {
    this.#clock = options.clock;
    this.#facts = options.facts;
    this.#load = options.load ?? loadSystemInformation;
    this.#platform = options.platform ?? process.platform;
    this.#latest = this.#nothingYet();
    this.ready = this.#sample();
  }

  read(): Snapshot {
    void this.#sample();
    return this.#latest;
  }

  facts(): HostFacts | null {
    return this.#facts.latest();
  }

  /** Samplings that failed since the last one that did not. */
  get failures(): number {
    return this.#failures;
  }

  dispose(): void {
    this.#disposed = true;
    this.#facts.dispose();
  }

  /** Begins a sampling unless one is under way or the last began a moment ago. Never rejects. */
  #sample(): Promise<void> {
    if (this.#sampling !== null) return this.#sampling;
    const now = this.#clock.monotonicMs();
    if (this.#disposed || now - this.#startedMs < MIN_SAMPLE_INTERVAL_MS) return Promise.resolve();
    this.#startedMs = now;
    const round = this.#ask().finally(() => {
      if (this.#sampling === round) this.#sampling = null;
    });
    this.#sampling = round;
    return round;
  }

  async #ask(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(() => resolve(null), DEADLINE_MS);
      timer.unref();
    });
    try {
      const source = await this.#load();
      const parts = Promise.all([
        source.processes(),
        source.currentLoad(),
        source.mem(),
        unknownOnError(source.fsStats()),
        unknownOnError(source.networkStats("*")),
      ]);
      const answer = await Promise.race([parts, late]);
      if (answer === null || this.#disposed) {
        this.#failures++;
        return;
      }
      const cpuBefore = performance.now();
      const [table, load, memory, disk, network] = answer;
      const previous = this.#latest.sequence === 0 ? null : this.#latest.monotonicMs;
      const monotonicMs = this.#clock.monotonicMs();
      const processes = this.#table(table.list);
      // An empty table is a failed `ps`, not a machine without processes.
      if (processes.size === 0) {
        this.#failures++;
        return;
      }
      this.#failures = 0;
      this.#latest = {
        sequence: this.#latest.sequence + 1,
        wallMs: this.#clock.wallMs(),
        monotonicMs,
        intervalMs: previous === null ? null : monotonicMs - previous,
        machine: this.#machine,
        host: this.#host(load, memory, disk, network, previous === null),
        processes,
        unreadableProcesses: 0,
        // Only our own part; `ps` and PowerShell run beside it and are not counted.
        tickCpuMs: performance.now() - cpuBefore,
      };
    } catch {
      // `ps` or PowerShell could not be run: the last sample stands, with its age; `failures` tells how often.
      this.#failures++;
    } finally {
      clearTimeout(timer);
    }
  }

  #table(list: readonly ListedProcess[]): Map<number, ProcessSample> {
    const processes = new Map<number, ProcessSample>();
    const known = new Map<number, Known>();
    for (const row of list) {
      if (!Number.isSafeInteger(row.pid) || row.pid < 0 || processes.has(row.pid)) continue;
      const startedAtMs = new Date(row.started.replace(" ", "T")).getTime();
      const commandText = this.#commandText(row);
      const before = this.#known.get(row.pid);
      const same =
        before !== undefined &&
        (Number.isNaN(startedAtMs) || Math.abs(before.startTime - startedAtMs) <= START_TIME_JITTER_MS);
      const startTime = same ? before.startTime : Number.isNaN(startedAtMs) ? 0 : startedAtMs;
      const args = same && before.commandText === commandText ? before.args : this.#words(row, commandText);
      known.set(row.pid, { startTime, commandText, args });
      processes.set(row.pid, {
        pid: row.pid,
        startTime,
        parentPid: row.parentPid,
        comm: row.name,
        args,
        startedAtMs: startTime,
        state: stateLetter(row.state),
        cpuSeconds: null,
        // The first figure of a process is a mean over its life, not over a tick.
        cpuCores:
          same && Number.isFinite(row.cpu) ? (row.cpu / 100) * (this.#platform === "darwin" ? 1 : cpus().length) : null,
        rssBytes: Number.isFinite(row.memRss) ? row.memRss * 1024 : null,
        threads: null,
        readBytes: null,
        writeBytes: null,
      });
    }
    this.#known = known;
    return processes;
  }

  /** The rows hold the command cut into folder, name and parameters (Unix), or whole (Windows). */
  #commandText(row: ListedProcess): string {
    if (this.#platform === "win32") return row.command;
    return `${row.path ? `${row.path}/` : ""}${row.command}${row.params ? ` ${row.params}` : ""}`;
  }

  /** `ps` prints arguments joined by blanks. A program in a folder with blanks is held together where such a file exists. */
  #words(row: ListedProcess, commandText: string): readonly string[] {
    const program = `${row.path}/${row.command}`;
    const whole = this.#platform !== "win32" && row.path && /\s/.test(program) && existsSync(program);
    return whole ? [program, ...splitWords(row.params)] : splitWords(commandText);
  }

  #host(
    load: Awaited<ReturnType<SampleSource["currentLoad"]>>,
    memory: Awaited<ReturnType<SampleSource["mem"]>>,
    disk: Awaited<ReturnType<SampleSource["fsStats"]>>,
    network: Awaited<ReturnType<SampleSource["networkStats"]>> | null,
    first: boolean,
  ): HostSample {
    const cpuCount = cpus().length;
    const interfaces = (network ?? []).filter(
      ({ iface }) => !/^(?:lo|utun|awdl|llw|bridge|gif|stf|ap)\d*$/.test(iface),
    );
    return {
      cpuCount,
      cpuBusyRatio: first ? null : ratio(load.currentLoad),
      perCoreBusyRatio: first ? null : load.cpus.map((core) => ratio(core.load) ?? 0),
      cpuCapacityCores: cpuCount,
      memoryTotalBytes: memory.total,
      memoryCapacityBytes: memory.total,
      memoryUsedBytes: memory.total - memory.available,
      memoryAvailableBytes: memory.available,
      swapTotalBytes: memory.swaptotal,
      swapUsedBytes: memory.swapused,
      pressure: null,
      diskReadBytesPerSecond: rate(disk?.rx_sec),
      diskWriteBytesPerSecond: rate(disk?.wx_sec),
      networkReceiveBytesPerSecond: total(interfaces.map((one) => one.rx_sec)),
      networkTransmitBytesPerSecond: total(interfaces.map((one) => one.tx_sec)),
      loadAverage: loadOrNull(this.#platform),
    };
  }

  #nothingYet(): Snapshot {
    const bytes = totalmem();
    const cpuCount = cpus().length;
    return {
      sequence: 0,
      wallMs: this.#clock.wallMs(),
      monotonicMs: this.#clock.monotonicMs(),
      intervalMs: null,
      machine: this.#machine,
      host: {
        cpuCount,
        cpuBusyRatio: null,
        perCoreBusyRatio: null,
        cpuCapacityCores: cpuCount,
        memoryTotalBytes: bytes,
        memoryCapacityBytes: bytes,
        memoryUsedBytes: bytes - freemem(),
        memoryAvailableBytes: freemem(),
        swapTotalBytes: 0,
        swapUsedBytes: 0,
        pressure: null,
        diskReadBytesPerSecond: null,
        diskWriteBytesPerSecond: null,
        networkReceiveBytesPerSecond: null,
        networkTransmitBytesPerSecond: null,
        loadAverage: loadOrNull(this.#platform),
      },
      processes: new Map(),
      unreadableProcesses: 0,
      tickCpuMs: 0,
    };
  }
}

async function unknownOnError<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch {
    // One figure less; the sample stands.
    return null;
  }
}

function ratio(percent: number): number | null {
  return Number.isFinite(percent) ? Math.min(1, Math.max(0, percent / 100)) : null;
}

function rate(perSecond: number | null | undefined): number | null {
  return perSecond === null || perSecond === undefined || !(perSecond >= 0) ? null : perSecond;
}

function total(rates: readonly (number | null)[]): number | null {
  const known = rates.map(rate).filter((one) => one !== null);
  return known.length === 0 ? null : known.reduce((sum, one) => sum + one, 0);
}

function loadOrNull(platform: NodeJS.Platform): [number, number, number] | null {
  const [one = 0, five = 0, fifteen = 0] = loadavg();
  return platform === "win32" ? null : [one, five, fifteen];
}

function stateLetter(state: string): string {
  const letters: Readonly<Record<string, string>> = {
    running: "R",
    sleeping: "S",
    stopped: "T",
    blocked: "D",
    zombie: "Z",
    dead: "X",
    paging: "W",
  };
  return letters[state] ?? "?";
}
