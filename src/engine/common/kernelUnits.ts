import { readFileSync } from "node:fs";

export interface KernelUnits {
  /** Unit of the CPU times and start times in `/proc`. */
  readonly ticksPerSecond: number;
  /** Unit of the resident size in `/proc/PID/stat`; 4,096 on x86, up to 65,536 on ARM. */
  readonly pageBytes: number;
}

/** Keys of the auxiliary vector, see getauxval(3). */
const AT_PAGESZ = 6;
const AT_CLKTCK = 17;

/**
 * Clock ticks and page size as the kernel told this very process at its start, from `/proc/self/auxv`. That is what
 * `getconf CLK_TCK` prints, without starting a process for it. 100 and 4,096 where the vector is not there (recorded
 * tables): every Linux that Node runs on has 100.
 */
export function readKernelUnits(
  procRoot: string,
  wordBytes = process.arch === "arm" || process.arch === "ia32" ? 4 : 8,
): KernelUnits {
  let ticksPerSecond = 100;
  let pageBytes = 4096;
  try {
    const vector = readFileSync(`${procRoot}/self/auxv`);
    for (let at = 0; at + 2 * wordBytes <= vector.length; at += 2 * wordBytes) {
      const key = word(vector, at, wordBytes);
      const value = word(vector, at + wordBytes, wordBytes);
      if (key === AT_PAGESZ && value > 0) pageBytes = value;
      if (key === AT_CLKTCK && value > 0) ticksPerSecond = value;
    }
  } catch {
    // A recorded table or a hardened kernel: the defaults above hold.
  }
  return { ticksPerSecond, pageBytes };
}

/** Node runs on little-endian machines, but for s390x. */
function word(vector: Buffer, at: number, bytes: number): number {
  const big = process.arch === "s390x";
  if (bytes === 4) return big ? vector.readUInt32BE(at) : vector.readUInt32LE(at);
  return Number(big ? vector.readBigUInt64BE(at) : vector.readBigUInt64LE(at));
}
