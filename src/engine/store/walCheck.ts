import { readFileSync } from "node:fs";

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const MAGIC = 0x377f0682;

/**
 * SQLite reads its write-ahead log up to the first frame whose checksum is wrong and says nothing of what follows: right
 * after a crash, where only the end can be torn, but a flipped bit in the middle silently takes every later commit with
 * it. `true` when whole frames of this log lie behind such a place. For a file that nobody has open. Format: SQLite's
 * "WAL File Format" (header, frame header, cumulative checksum).
 */
export function losesCommits(path: string): boolean {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch {
    // No log: everything is in the database.
    return false;
  }
  if (bytes.length <= HEADER_BYTES) return false;
  const magic = bytes.readUInt32BE(0);
  if ((magic & ~1) >>> 0 !== MAGIC) return true;
  const little = (magic & 1) === 0;
  const head = checksum(bytes, 0, 24, little, [0, 0]);
  if (head[0] !== bytes.readUInt32BE(24) || head[1] !== bytes.readUInt32BE(28)) return true;
  const pageBytes = bytes.readUInt32BE(8);
  const size = FRAME_HEADER_BYTES + pageBytes;
  const salts = bytes.subarray(16, 24);
  let sum = head;
  let broken = false;
  for (let at = HEADER_BYTES; at + size <= bytes.length; at += size) {
    // Frames of an earlier round of the same file have other salts: the log ends before them.
    const ours = bytes.subarray(at + 8, at + 16).equals(salts);
    if (broken) {
      if (ours) return true;
      continue;
    }
    sum = checksum(bytes, at, 8, little, sum);
    sum = checksum(bytes, at + FRAME_HEADER_BYTES, pageBytes, little, sum);
    const right = sum[0] === bytes.readUInt32BE(at + 16) && sum[1] === bytes.readUInt32BE(at + 20);
    broken = !ours || !right;
  }
  return false;
}

type Sum = readonly [number, number];

function checksum(bytes: Buffer, from: number, length: number, little: boolean, [a, b]: Sum): Sum {
  let s0 = a;
  let s1 = b;
  for (let at = from; at < from + length; at += 8) {
    s0 = (s0 + (little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at)) + s1) >>> 0;
    s1 = (s1 + (little ? bytes.readUInt32LE(at + 4) : bytes.readUInt32BE(at + 4)) + s0) >>> 0;
  }
  return [s0, s1];
}
