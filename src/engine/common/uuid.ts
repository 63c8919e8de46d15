import { randomBytes } from "node:crypto";

/** UUIDv7 (RFC 9562 §5.7): 48 bits of Unix time in ms, then random; sorts by time of creation. */
export function uuidv7(wallMs: number, random: (bytes: number) => Buffer = randomBytes): string {
  if (!(wallMs >= 0 && wallMs < 2 ** 48)) throw new RangeError(`wallMs must be 0 … 2^48 - 1, got ${wallMs}`);
  const bytes = random(16);
  bytes.writeUIntBE(Math.floor(wallMs), 0, 6);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
