import type { Clock } from "../common/clock.ts";
import { readMachineIdentity } from "../common/processIdentity.ts";
import type { HostFacts, MachineIdentity, Snapshot } from "../protocol/model.ts";
import type { Collector } from "../ports.ts";
import { LinuxHost } from "./linuxHost.ts";
import { LinuxProcesses } from "./linuxProcesses.ts";
import type { SystemFacts } from "./systemFacts.ts";
import { cpuTimeMs } from "./tickCost.ts";

export interface LinuxCollectorOptions {
  readonly clock: Clock;
  readonly procRoot: string;
  readonly sysRoot: string;
  readonly facts: SystemFacts;
  readonly maxHeldDescriptors?: number;
}

/** Reads the whole machine synchronously from `/proc`, in a few milliseconds. */
export class LinuxCollector implements Collector {
  readonly #clock: Clock;
  readonly #host: LinuxHost;
  readonly #processes: LinuxProcesses;
  readonly #facts: SystemFacts;
  readonly #machine: MachineIdentity;
  #sequence = 0;
  #previousMs: number | null = null;

  constructor(options: LinuxCollectorOptions) {
    this.#clock = options.clock;
    this.#facts = options.facts;
    this.#host = new LinuxHost(options.procRoot, options.sysRoot);
    const { procRoot, maxHeldDescriptors } = options;
    this.#processes = new LinuxProcesses(
      maxHeldDescriptors === undefined ? { procRoot } : { procRoot, maxHeldDescriptors },
    );
    this.#machine = readMachineIdentity(procRoot);
  }

  read(): Snapshot {
    const cpuBefore = cpuTimeMs();
    const monotonicMs = this.#clock.monotonicMs();
    const wallMs = this.#clock.wallMs();
    const { host, bootWallMs } = this.#host.read(monotonicMs);
    // Without a boot time (a recorded table) start times count from the start of the monotonic clock.
    const table = this.#processes.read(monotonicMs, bootWallMs ?? wallMs - monotonicMs);
    const intervalMs = this.#previousMs === null ? null : monotonicMs - this.#previousMs;
    this.#previousMs = monotonicMs;
    return {
      sequence: ++this.#sequence,
      wallMs,
      monotonicMs,
      intervalMs,
      machine: this.#machine,
      host,
      processes: table.processes,
      unreadableProcesses: table.unreadable,
      tickCpuMs: cpuTimeMs() - cpuBefore,
    };
  }

  facts(): HostFacts | null {
    return this.#facts.latest();
  }

  get heldDescriptors(): number {
    return this.#processes.heldDescriptors;
  }

  dispose(): void {
    this.#facts.dispose();
    this.#processes.dispose();
    this.#host.dispose();
  }
}
