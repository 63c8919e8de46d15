import { readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import { CodedError, type Coded } from "../../common/errors.ts";
import { kilobytes } from "./agentGroup.ts";
import type { RunCommand } from "./systemCommand.ts";

/** What is known of one process before a limit is set on it. */
export interface MemoryFacts {
  /** Name of its program; `null` when it may not be read. */
  program(pid: number): string | null;
  /** Address space that it has asked for at most, and private data that it has now, in bytes. */
  addressSpaceBytes(pid: number): number | null;
  dataBytes(pid: number): number | null;
  /** The soft limits in force; `undefined`: not known, `null`: none. */
  softLimits(pid: number): { readonly data: number | null; readonly addressSpace: number | null } | undefined;
}

export type HardLimit = "dataBytes" | "addressSpaceBytes";

/**
 * Runtimes that reserve address space by gigabytes and use little of it: a WebAssembly memory alone takes ten, a pointer cage
 * four. RLIMIT_AS counts what is reserved, so a limit that means anything ends them; RLIMIT_DATA counts private memory that
 * may be written, and is the one for them.
 */
const RESERVING = new Set(["node", "electron", "bun", "deno", "java", "chrome", "code", "claude", "gemini"]);

export const systemMemoryFacts: MemoryFacts = {
  program: (pid) => {
    try {
      return basename(readlinkSync(`/proc/${pid}/exe`)).replace(/ \(deleted\)$/, "");
    } catch {
      // Gone, or another user's.
      return null;
    }
  },
  addressSpaceBytes: (pid) => kilobytes(pid, "VmPeak"),
  dataBytes: (pid) => kilobytes(pid, "VmData"),
  softLimits: (pid) => {
    try {
      const text = readFileSync(`/proc/${pid}/limits`, "utf8");
      const data = /^Max data size\s+(\d+|unlimited)/m.exec(text)?.[1];
      const addressSpace = /^Max address space\s+(\d+|unlimited)/m.exec(text)?.[1];
      if (data === undefined || addressSpace === undefined) return undefined;
      return { data: bytesOf(data), addressSpace: bytesOf(addressSpace) };
    } catch {
      // Gone, or another user's.
      return undefined;
    }
  },
};

/** Why this limit is not for this process; `null` when it is. A limit below what it has would fail its next allocation. */
export function hardLimitRefusal(facts: MemoryFacts, pid: number, kind: HardLimit, bytes: number): Coded | null {
  if (kind === "addressSpaceBytes") {
    const program = facts.program(pid);
    if (program === null || RESERVING.has(program))
      return { code: "allocation.reservesAddressSpace", args: { pid, program } };
  }
  const usedBytes = kind === "dataBytes" ? facts.dataBytes(pid) : facts.addressSpaceBytes(pid);
  return usedBytes !== null && bytes <= usedBytes
    ? { code: "allocation.belowUse", args: { limitBytes: bytes, usedBytes } }
    : null;
}

/**
 * Sets the soft limit of one process by `prlimit`; the hard one stays, so that it can be taken back without a privilege.
 * The caller has identified the process right before.
 * @param bytes `null`: as high as the hard one lets it
 * @returns `null` when it was read to be so; `allocation.agentGone` when the process is not there to be read
 * @throws what `run` throws
 */
export async function setHardLimit(
  parts: { readonly prlimit: string; readonly run: RunCommand; readonly facts: MemoryFacts },
  pid: number,
  kind: HardLimit,
  bytes: number | null,
  signal: AbortSignal,
): Promise<Coded | null> {
  const option = kind === "dataBytes" ? "--data" : "--as";
  await parts.run(parts.prlimit, ["--pid", String(pid), `${option}=${bytes ?? "unlimited"}:`], signal);
  const now = parts.facts.softLimits(pid);
  if (now === undefined) throw new CodedError("allocation.agentGone");
  const value = kind === "dataBytes" ? now.data : now.addressSpace;
  // The kernel counts in bytes and keeps what it was given.
  return value === bytes
    ? null
    : { code: "allocation.limitOtherwise", args: { pid, wantedBytes: bytes, nowBytes: value } };
}

function bytesOf(text: string): number | null {
  return text === "unlimited" ? null : Number(text);
}
