import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Slowness with a name, for an operator who wants to see what a profile finds: real work of the processor, memory that is
 * really kept, writes that really wait for the disk.
 */

const BLOCK_BYTES = 64 * 1024;

/** Of an object with twelve small numbers on 64 bits: three words for what it is, one for each, and one in the list. */
const RECORD_BYTES = 128;

/** What `plantedLeak` keeps: for as long as the process lives. */
const kept: object[] = [];

/**
 * Takes the processor for so long. Too large for V8 to put it into its caller, whose name it would carry then: it inlines up to
 * 460 bytes of bytecode, and this has 561. The other two are called once a task, by code that is never compiled for that.
 * @param ms of wall-clock time
 * @returns a number that depends on all of it, so that none of it can be left out
 */
export function plantedHotLoop(ms: number): number {
  const end = performance.now() + ms;
  const lanes = new Uint32Array(8).fill(0x9e37_79b9);
  let a = 1;
  let b = 2;
  let c = 3;
  let d = 4;
  do {
    for (let round = 0; round < 2_000; round++) {
      const lane = round & 7;
      const seen = lanes[lane] as number;
      a = (Math.imul(a ^ seen, 0x85eb_ca6b) + round) | 0;
      b = (Math.imul(b ^ (a >>> 13), 0xc2b2_ae35) + lane) | 0;
      c = (Math.imul(c + b, 0x27d4_eb2f) ^ (b >>> 15)) | 0;
      d = (Math.imul(d ^ c, 0x1656_67b1) + (c >>> 16)) | 0;
      a ^= (d << 7) | (d >>> 25);
      b ^= (a << 11) | (a >>> 21);
      c ^= (b << 13) | (b >>> 19);
      d ^= (c << 17) | (c >>> 15);
      if ((round & 15) === 15) {
        a = (a + Math.imul(b, 0x9e37_79b1)) | 0;
        b = (b + Math.imul(c, 0x85eb_ca77)) | 0;
        c = (c + Math.imul(d, 0xc2b2_ae3d)) | 0;
        d = (d + Math.imul(a, 0x27d4_eb4f)) | 0;
      }
      lanes[lane] = (a ^ b ^ c ^ d) >>> 0;
      lanes[(lane + 3) & 7] = ((lanes[(lane + 5) & 7] as number) ^ (a + d)) >>> 0;
    }
  } while (performance.now() < end);
  return (a ^ b ^ c ^ d) >>> 0;
}

/** Keeps so many bytes for good, as small records: what a session that never forgets does. */
export function plantedLeak(bytes: number): void {
  for (let left = bytes; left > 0; left -= RECORD_BYTES) {
    const n = left | 0;
    kept.push({ a: n, b: n, c: n, d: n, e: n, f: n, g: n, h: n, i: n, j: n, k: n, l: n });
  }
}

/**
 * Writes blocks to a file of its own and waits after each until the disk has it. The file is gone afterwards.
 * @param ms of wall-clock time, however fast the disk is
 */
export function plantedDiskLoop(ms: number): void {
  const end = performance.now() + ms;
  const folder = mkdtempSync(join(tmpdir(), "swarm-demo-"));
  try {
    const file = openSync(join(folder, "planted.log"), "w");
    try {
      const block = Buffer.alloc(BLOCK_BYTES, 0x5a);
      do {
        writeSync(file, block, 0, BLOCK_BYTES, 0);
        fsyncSync(file);
      } while (performance.now() < end);
    } finally {
      closeSync(file);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
