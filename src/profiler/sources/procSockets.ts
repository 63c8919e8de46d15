import { closeSync, openSync, readSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { parseTcp, type TcpSocket } from "../io/tcpTable.ts";

/** 25,000 sockets of a namespace; the kernel writes 150 bytes for each. */
const MOST_TABLE_BYTES = 4 << 20;
const PIECE_BYTES = 1 << 16;

export interface SocketLook {
  readonly sockets: readonly TcpSocket[];
  /** There was more than what is read. */
  readonly cut: boolean;
  /** What the look took, ms of elapsed time. */
  readonly tookMs: number;
}

/** The TCP sockets among `inodes`; `null` when the tables cannot be read. */
export function lookAtSockets(pid: number, inodes: ReadonlySet<string>): SocketLook | null {
  const began = performance.now();
  const tables = inodes.size === 0 ? [] : ["tcp", "tcp6"].map((name) => readTable(`/proc/${pid}/net/${name}`));
  if (tables.length > 0 && tables.every((table) => table === null)) return null;
  const sockets = tables.flatMap((table) => (table === null ? [] : parseTcp(table.text, inodes)));
  return { sockets, cut: tables.some((table) => table?.cut === true), tookMs: performance.now() - began };
}

function readTable(path: string): { readonly text: string; readonly cut: boolean } | null {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    // Gone, not for us, or a system without it.
    return null;
  }
  try {
    const piece = Buffer.allocUnsafe(PIECE_BYTES);
    let text = "";
    while (text.length < MOST_TABLE_BYTES) {
      const bytes = readSync(file, piece);
      if (bytes === 0) return { text, cut: false };
      text += piece.toString("latin1", 0, bytes);
    }
    return { text, cut: true };
  } catch {
    // Ended meanwhile.
    return null;
  } finally {
    closeSync(file);
  }
}
