import { readFileSync } from "node:fs";
import { getPriority, setPriority } from "node:os";

/** Nice values of single threads; replaced in tests by a system that refuses. */
export interface NiceSystem {
  /** @throws what `os.getPriority` throws */
  get(thread: number): number;
  /** @throws what `os.setPriority` throws */
  set(thread: number, nice: number): void;
  /** The lowest nice value that we may set; 20: none below the present one. */
  lowest(): number;
}

export const systemNice: NiceSystem = {
  get: getPriority,
  set: (thread, nice) => {
    // 0 is ourselves.
    if (!(Number.isSafeInteger(thread) && thread > 1)) throw new RangeError(`thread must be > 1, got ${thread}`);
    setPriority(thread, nice);
  },
  lowest: lowestNice,
};

/** Bit of CAP_SYS_NICE in a capability mask (capabilities(7)). */
const CAP_SYS_NICE = 23n;
const LOWEST = -20;
/** RLIMIT_NICE counts from the other end: a limit of n lets the nice value down to 20 − n (getrlimit(2)). */
const NICE_ZERO = 20;

/** @param procRoot where the proc file system is, or a recorded copy of one */
export function lowestNice(procRoot = "/proc"): number {
  try {
    const mask = /^CapEff:\s+([0-9a-f]+)$/m.exec(readFileSync(`${procRoot}/self/status`, "utf8"))?.[1] ?? "0";
    if (((BigInt(`0x${mask}`) >> CAP_SYS_NICE) & 1n) === 1n) return LOWEST;
    const soft = /^Max nice priority\s+(\d+)/m.exec(readFileSync(`${procRoot}/self/limits`, "utf8"))?.[1] ?? "0";
    return Math.max(LOWEST, NICE_ZERO - Number(soft));
  } catch {
    // It does not tell: taken for no privilege at all.
    return NICE_ZERO;
  }
}
