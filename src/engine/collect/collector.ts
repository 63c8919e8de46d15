import type { Clock } from "../common/clock.ts";
import type { Collector } from "../ports.ts";
import { LinuxCollector } from "./linuxCollector.ts";
import { SystemFacts, type SystemFactsOptions } from "./systemFacts.ts";
import { SystemInformationCollector } from "./systemInformationCollector.ts";

export interface CollectorOptions {
  readonly clock: Clock;
  /** Default: this machine's. */
  readonly platform?: NodeJS.Platform;
  /** Where the proc file system is, or a recorded copy of one. */
  readonly procRoot?: string;
  readonly sysRoot?: string;
  readonly facts?: SystemFactsOptions;
}

export interface StartedCollector extends Collector {
  /** Settles when `read()` has a process table to return: at once on Linux, elsewhere after the first sampling. */
  readonly ready: Promise<void>;
}

/** The collector for this system: `/proc` on Linux, `systeminformation` elsewhere. Begins asking for the slow facts. */
export function createCollector(options: CollectorOptions): StartedCollector {
  const { clock, platform = process.platform, procRoot = "/proc", sysRoot = "/sys" } = options;
  const facts = new SystemFacts({ roots: { fileRoot: "", procRoot, env: process.env }, ...options.facts });
  // Never fails: what cannot be found out becomes unknown.
  void facts.refresh();
  if (platform !== "linux") return new SystemInformationCollector({ clock, facts });
  return Object.assign(new LinuxCollector({ clock, procRoot, sysRoot, facts }), { ready: Promise.resolve() });
}
