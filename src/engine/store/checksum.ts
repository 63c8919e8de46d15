import { crc32 } from "node:zlib";

const CRC_BYTES = 4;

/**
 * SQLite's own check sees a broken structure, not a flipped bit inside a value. Every row therefore carries the CRC-32 of
 * what it says and of where it stands, so that damage is a gap with a notice and never a plausible number.
 */
export function rowChecksum(values: readonly unknown[]): number {
  return crc32(JSON.stringify(values));
}

/** The payload with its checksum behind it. `place`: the key of the row, so that a row under another's key is seen. */
export function sealed(payload: Uint8Array, place: string): Uint8Array {
  const out = new Uint8Array(payload.byteLength + CRC_BYTES);
  out.set(payload);
  new DataView(out.buffer).setUint32(payload.byteLength, crc32(payload, crc32(place)), true);
  return out;
}

/** The payload in memory of its own (aligned for typed arrays), or `null` when it is not what was written. */
export function unsealed(blob: Uint8Array, place: string): ArrayBuffer | null {
  const length = blob.byteLength - CRC_BYTES;
  if (length < 0) return null;
  const payload = blob.slice(0, length);
  const expected = new DataView(blob.buffer, blob.byteOffset + length, CRC_BYTES).getUint32(0, true);
  return crc32(payload, crc32(place)) === expected ? payload.buffer : null;
}
