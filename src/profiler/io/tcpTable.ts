/** States of include/net/tcp_states.h, as they are named in RFC 9293. */
const STATES: Readonly<Record<string, string>> = {
  "01": "established",
  "02": "syn-sent",
  "03": "syn-received",
  "04": "fin-wait-1",
  "05": "fin-wait-2",
  "06": "time-wait",
  "07": "closed",
  "08": "close-wait",
  "09": "last-ack",
  "0A": "listen",
  "0B": "closing",
  "0C": "syn-received",
};

/** One socket of `/proc/PID/net/tcp` or `tcp6`, see Documentation/networking/proc_net_tcp.rst. */
export interface TcpSocket {
  readonly inode: string;
  readonly state: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Sent, and not confirmed by the other side yet. */
  readonly sendQueueBytes: number;
  /** Received, and not read by the process yet. Of one that listens: connections that wait to be accepted. */
  readonly receiveQueueBytes: number;
  /** Times that what waits was sent again, without an answer so far. */
  readonly retransmits: number;
}

const ROW =
  /^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) ([0-9A-F]+):([0-9A-F]{4}) ([0-9A-F]{2}) ([0-9A-F]{8}):([0-9A-F]{8}) [0-9A-F]{2}:[0-9A-F]{8} ([0-9A-F]{8})\s+\d+\s+\d+ (\d+) /;

/** Those of a table whose inode is among `inodes`. A line that is none is passed over. */
export function parseTcp(table: string, inodes: ReadonlySet<string>): TcpSocket[] {
  if (inodes.size === 0) return [];
  return table.split("\n").flatMap((line): TcpSocket[] => {
    const [, local = "", address = "", port = "", state = "", sent = "", received = "", again = "", inode = ""] =
      ROW.exec(line) ?? [];
    if (!inodes.has(inode)) return [];
    return [
      {
        inode,
        state: STATES[state] ?? `state ${state}`,
        localPort: Number.parseInt(local, 16),
        remoteAddress: addressText(address),
        remotePort: Number.parseInt(port, 16),
        sendQueueBytes: Number.parseInt(sent, 16),
        receiveQueueBytes: Number.parseInt(received, 16),
        retransmits: Number.parseInt(again, 16),
      },
    ];
  });
}

/**
 * An address as people write it. The kernel writes words of 32 bits in the order of the machine, which is little-endian wherever Node
 * runs but on s390x.
 */
export function addressText(hex: string): string {
  const bytes = [...hex.matchAll(/(..)(..)(..)(..)/g)].flatMap(([, a = "", b = "", c = "", d = ""]) => [d, c, b, a]);
  if (bytes.length === 4) return bytes.map((byte) => Number.parseInt(byte, 16)).join(".");
  if (bytes.length !== 16) return hex;
  const joined = bytes.join("").toLowerCase();
  if (joined.startsWith("00000000000000000000ffff"))
    return bytes
      .slice(12)
      .map((byte) => Number.parseInt(byte, 16))
      .join(".");
  const groups = [...joined.matchAll(/..../g)].map(([group]) => group.replace(/^0{1,3}/, ""));
  // RFC 5952: the longest run of zeros, of two or more, is left out.
  const text = groups.join(":");
  const runs = [...text.matchAll(/\b0(?::0)+\b/g)].map(([run]) => run).toSorted((a, b) => b.length - a.length);
  const [longest] = runs;
  return longest === undefined ? text : text.replace(longest, "").replace(/^:?:?$|^:(?!:)|(?<!:):$/g, "::");
}
