import { cpus, hostname, release, totalmem, type as osType } from "node:os";
import type { Disposable } from "../common/disposable.ts";
import type { HostFacts } from "../protocol/model.ts";
import { detectSandbox, type SandboxRoots } from "./sandbox.ts";

/** The part of `systeminformation` that the slow facts use; tests plant their own. */
export interface FactsSource {
  osInfo(): Promise<{ distro: string; release: string; kernel: string }>;
  cpu(): Promise<{ manufacturer: string; brand: string }>;
  system(): Promise<{ virtual: boolean }>;
  fsSize(): Promise<readonly { mount: string; type: string; size: number; used: number }[]>;
}

const REFRESH_EVERY_MS = 10 * 60_000;
/** `df` on a dead network mount never ends; the other facts do not wait for it. */
const DEADLINE_MS = 30_000;

export interface SystemFactsOptions {
  readonly load?: () => Promise<FactsSource>;
  readonly roots?: SandboxRoots;
  readonly refreshEveryMs?: number;
  readonly deadlineMs?: number;
}

/**
 * Facts that change rarely, asked once at the start and then every ten minutes, never twice at once. What cannot be
 * found out stays unknown: an empty string, or an empty list.
 */
export class SystemFacts implements Disposable {
  readonly #load: () => Promise<FactsSource>;
  readonly #roots: SandboxRoots;
  readonly #everyMs: number;
  readonly #deadlineMs: number;
  #latest: HostFacts | null = null;
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> | null = null;
  #disposed = false;

  constructor(options: SystemFactsOptions = {}) {
    this.#load = options.load ?? loadSystemInformation;
    this.#roots = options.roots ?? { fileRoot: "", procRoot: "/proc", env: process.env };
    this.#everyMs = options.refreshEveryMs ?? REFRESH_EVERY_MS;
    this.#deadlineMs = options.deadlineMs ?? DEADLINE_MS;
  }

  latest(): HostFacts | null {
    return this.#latest;
  }

  /** Begins asking; settles with the first answer. A second call joins the round under way. */
  refresh(): Promise<void> {
    if (this.#disposed) return Promise.resolve();
    this.#running ??= this.#ask().finally(() => {
      this.#running = null;
      if (this.#disposed) return;
      this.#timer = setTimeout(() => void this.refresh(), this.#everyMs);
      this.#timer.unref();
    });
    return this.#running;
  }

  dispose(): void {
    this.#disposed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  async #ask(): Promise<void> {
    const source = await this.#settle(this.#load);
    const [os, cpu, system, fileSystems] = await Promise.all([
      this.#settle(() => source?.osInfo()),
      this.#settle(() => source?.cpu()),
      this.#settle(() => source?.system()),
      this.#settle(() => source?.fsSize()),
    ]);
    if (this.#disposed) return;
    this.#latest = {
      osName: os?.distro || osType(),
      osVersion: os?.release ?? "",
      kernel: os?.kernel || release(),
      cpuModel: cpu === null ? (cpus()[0]?.model ?? "") : `${cpu.manufacturer} ${cpu.brand}`.trim(),
      cpuCount: cpus().length,
      memoryTotalBytes: totalmem(),
      hostname: hostname(),
      sandbox: detectSandbox(this.#roots, system?.virtual ?? null),
      fileSystems: (fileSystems ?? []).map(({ mount, type, size, used }) => ({
        mount,
        type,
        sizeBytes: size,
        usedBytes: used,
      })),
    };
  }

  /** The answer, or `null` on any failure and at the deadline. */
  async #settle<T>(ask: () => Promise<T> | undefined): Promise<T | null> {
    let timer: NodeJS.Timeout | undefined;
    try {
      const late = new Promise<null>((resolve) => {
        timer = setTimeout(() => resolve(null), this.#deadlineMs);
        timer.unref();
      });
      return (await Promise.race([ask(), late])) ?? null;
    } catch {
      // Unknown, as promised; the other facts stand.
      return null;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Loaded on first use, so that a tick on Linux never pays for it. */
export async function loadSystemInformation(): Promise<typeof import("systeminformation")> {
  const loaded: typeof import("systeminformation") & { default?: typeof import("systeminformation") } =
    await import("systeminformation");
  return loaded.default ?? loaded;
}
