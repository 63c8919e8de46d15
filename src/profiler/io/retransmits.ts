import type { RetransmitReport } from "../../engine/protocol/profilingIo.ts";
import { added } from "./counters.ts";

export interface TcpCounters {
  readonly retransmitted: number;
  readonly sent: number;
  /** `null`: not told. */
  readonly timeouts: number | null;
}

/** From `/proc/PID/net/snmp` and `netstat`: of all sockets of the namespace together. `null` when the first does not tell it. */
export function parseTcpCounters(snmp: string, netstat: string): TcpCounters | null {
  const tcp = group(snmp, "Tcp");
  const retransmitted = tcp.get("RetransSegs");
  const sent = tcp.get("OutSegs");
  if (retransmitted === undefined || sent === undefined) return null;
  return { retransmitted, sent, timeouts: group(netstat, "TcpExt").get("TCPTimeouts") ?? null };
}

/** A line of names, and one of their values. */
function group(text: string, name: string): ReadonlyMap<string, number> {
  const [names = [], values = []] = text
    .split("\n")
    .filter((line) => line.startsWith(`${name}: `))
    .map((line) => line.trim().split(" ").slice(1));
  return new Map(
    names.flatMap((key, index): [string, number][] => {
      const value = Number(values[index] ?? Number.NaN);
      return Number.isSafeInteger(value) ? [[key, value]] : [];
    }),
  );
}

/** `null` when it began anew meanwhile. */
export function retransmitsBetween(before: TcpCounters, after: TcpCounters): RetransmitReport | null {
  const retransmitted = added(before.retransmitted, after.retransmitted);
  const sent = added(before.sent, after.sent);
  if (retransmitted === null || sent === null) return null;
  const timeouts = before.timeouts === null || after.timeouts === null ? null : added(before.timeouts, after.timeouts);
  // `OutSegs` counts what is sent for the first time only.
  return {
    ...{ retransmittedSegments: retransmitted, sentSegments: sent, timeouts },
    ratio: sent + retransmitted > 0 ? retransmitted / (sent + retransmitted) : null,
  };
}
