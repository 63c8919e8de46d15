const OFFSET_BASIS = 0xcbf29ce484222325n;
const PRIME = 0x100000001b3n;
const MASK = (1n << 64n) - 1n;

/**
 * FNV-1a (Fowler, Noll, Vo), 64 bits, as 16 hexadecimal digits, over the UTF-8 bytes. For names of folders and sockets,
 * not for secrets: the first use of node:crypto loads OpenSSL, which costs the keeper 2.5 MB of memory.
 */
export function shortHash(text: string): string {
  let hash = OFFSET_BASIS;
  for (const byte of Buffer.from(text)) hash = ((hash ^ BigInt(byte)) * PRIME) & MASK;
  return hash.toString(16).padStart(16, "0");
}
