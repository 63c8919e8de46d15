import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { added, addedWrapping } from "../../../src/profiler/io/counters.ts";
import {
  descriptorKind,
  isLocal,
  parseFdInfo,
  parseMounts,
  socketInode,
} from "../../../src/profiler/io/descriptors.ts";
import { diskLoad, parseDisks } from "../../../src/profiler/io/disks.ts";
import { linkLoad, parseLinks } from "../../../src/profiler/io/links.ts";
import { parseTcpCounters, retransmitsBetween } from "../../../src/profiler/io/retransmits.ts";
import { addressText, parseTcp } from "../../../src/profiler/io/tcpTable.ts";

/** Texts as Linux 6 writes them. */
const DISKS = `   7       0 loop0 9 0 9 9 9 9 9 9 0 9 9 0 0 0 0 0 0
 259       0 nvme0n1 1000 5 80000 400 2000 70 160000 3000 2 1500 3400 0 0 0 0 9 9
 259       1 nvme0n1p1 990 5 79000 399 2000 70 160000 3000 0 1500 3400 0 0 0 0 0 0
 253       0 zram0 5 0 5 5 5 5 5 5 0 5 5 0 0 0 0 0 0
   8       0 sda 1 2 3
`;
const LATER = DISKS.replace(
  "1000 5 80000 400 2000 70 160000 3000 2 1500 3400",
  "1010 5 80160 405 2200 70 176000 5000 2 2000 5900",
);
const whole = new Set(["loop0", "nvme0n1", "zram0", "sda"]);

const LINKS = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:  1000      10    0    0    0     0          0         0     1000      10    0    0    0     0       0          0
  eth0: 50000     100    1    2    0     0          0         0     9000      80    3    4    0     0       0          0
eth0:1: 7 1 0 0 0 0 0 0 7 1 0 0 0 0 0 0
  bad0: 1 2 3
`;

describe("disks", () => {
  test("are the whole ones, by direction; lines that are cut and what lies in memory are none", () => {
    const disks = parseDisks(DISKS, whole);
    expect([...disks.keys()]).toEqual(["nvme0n1"]);
    expect(disks.get("nvme0n1")).toEqual({
      reads: { requests: 1000, bytes: 80_000 * 512, ms: 400 },
      writes: { requests: 2000, bytes: 160_000 * 512, ms: 3000 },
      ...{ busyMs: 1500, weightedMs: 3400 },
    });
    expect(parseDisks("", whole).size).toBe(0);
  });

  test("tell requests, bytes, wait and queue of a time", () => {
    const [before, after] = [DISKS, LATER].map((text) => parseDisks(text, whole).get("nvme0n1") ?? expect.fail());
    expect(diskLoad("nvme0n1", before as never, after as never, 1000)).toEqual({
      ...{ name: "nvme0n1", readBytesPerSecond: 81_920, writeBytesPerSecond: 8_192_000, utilisationRatio: 0.5 },
      awaitMs: 2005 / 210,
      reads: { perSecond: 10, meanBytes: 8_192, awaitMs: 0.5 },
      writes: { perSecond: 200, meanBytes: 40_960, awaitMs: 10 },
      queueDepth: 2.5,
    });
    const idle = diskLoad("d", before as never, before as never, 1000);
    expect(idle).toMatchObject({ awaitMs: null, reads: { perSecond: 0, meanBytes: null, awaitMs: null } });
    // Taken out and put in again: nothing is known.
    expect(diskLoad("d", after as never, before as never, 1000)).toBeNull();
    expect(() => diskLoad("d", before as never, after as never, 0)).toThrow(RangeError);
  });

  test("whose milliseconds begin anew after 49 days lose none", () => {
    expect(addedWrapping(2 ** 32 - 10, 5, 1_000)).toBe(15);
    expect(addedWrapping(1_000, 5, 1_000)).toBeNull();
    expect(added(5, 4)).toBeNull();
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 32 - 1 }), fc.nat({ max: 100_000 }), (before, step) => {
        expect(addedWrapping(before, (before + step) % 2 ** 32, 100_000)).toBe(step);
      }),
    );
  });
});

describe("links", () => {
  test("tell bytes, packets, errors and drops; aliases keep their names", () => {
    const links = parseLinks(LINKS);
    expect([...links.keys()]).toEqual(["lo", "eth0", "eth0:1"]);
    const before = links.get("eth0") ?? expect.fail();
    const after = parseLinks(LINKS.replace("50000     100    1    2", "51000     104    1    7")).get("eth0");
    expect(linkLoad("eth0", before, after ?? expect.fail(), 500)).toEqual({
      ...{
        name: "eth0",
        receiveBytesPerSecond: 2_000,
        transmitBytesPerSecond: 0,
        receivePackets: 4,
        transmitPackets: 0,
      },
      ...{ receiveErrors: 0, transmitErrors: 0, receiveDrops: 5, transmitDrops: 0 },
    });
    expect(linkLoad("eth0", after ?? expect.fail(), before, 500)).toBeNull();
  });
});

describe("what was sent again", () => {
  const snmp = (again: number, sent: number) =>
    `Ip: A B\nIp: 1 2\nTcp: RtoAlgorithm MaxConn OutSegs RetransSegs\nTcp: 1 -1 ${sent} ${again}\n`;
  const netstat = (timeouts: number) => `TcpExt: Other TCPTimeouts\nTcpExt: 9 ${timeouts}\nIpExt: A\nIpExt: 1\n`;

  test("is read by name, whatever the order", () => {
    expect(parseTcpCounters(snmp(7, 100), netstat(3))).toEqual({ retransmitted: 7, sent: 100, timeouts: 3 });
    expect(parseTcpCounters(snmp(7, 100), "")).toEqual({ retransmitted: 7, sent: 100, timeouts: null });
    expect(parseTcpCounters("", netstat(3))).toBeNull();
    expect(parseTcpCounters("Tcp: OutSegs RetransSegs\nTcp: x\n", "")).toBeNull();
  });

  test("is a share of all that was sent, and none of nothing", () => {
    const counters = (retransmitted: number, sent: number) => ({ retransmitted, sent, timeouts: null });
    expect(retransmitsBetween(counters(1, 10), counters(3, 108))).toEqual({
      ...{ retransmittedSegments: 2, sentSegments: 98, ratio: 0.02, timeouts: null },
    });
    expect(retransmitsBetween(counters(1, 10), counters(1, 10))?.ratio).toBeNull();
    expect(retransmitsBetween(counters(5, 10), counters(1, 20))).toBeNull();
  });
});

describe("sockets", () => {
  const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000005 00:00000000 00000000     0        0 77 1 0000 100 0 0 10 0
   1: 0100007F:1F90 0200000A:C350 01 00000010:00000100 01:00000014 00000003  1000        0 78 1 0000 20 4 30 10 -1
   2: 0100007F:1F90 0200000A:C351 06 00000000:00000000 03:00000000 00000000     0        0 0 3 0000
  99: garbage
`;

  test("are those of the process, with state, queues and what was sent again", () => {
    expect(parseTcp(table, new Set(["77", "78"]))).toEqual([
      {
        ...{ inode: "77", state: "listen", localPort: 8080, remoteAddress: "0.0.0.0", remotePort: 0 },
        ...{ sendQueueBytes: 0, receiveQueueBytes: 5, retransmits: 0 },
      },
      {
        ...{ inode: "78", state: "established", localPort: 8080, remoteAddress: "10.0.0.2", remotePort: 50_000 },
        ...{ sendQueueBytes: 16, receiveQueueBytes: 256, retransmits: 3 },
      },
    ]);
    expect(parseTcp(table, new Set())).toEqual([]);
  });

  test.each([
    ["0100007F", "127.0.0.1"],
    ["00000000000000000000000001000000", "::1"],
    ["00000000000000000000000000000000", "::"],
    ["0000000000000000FFFF00000100007F", "127.0.0.1"],
    ["B80D0120000000000000000007000000", "2001:db8::7"],
    ["B80D012000000000000000000000FF07", "2001:db8::7ff:0"],
    ["B80D0120010000000000000007000000", "2001:db8:0:1::7"],
    ["xyz", "xyz"],
  ])("%s is written %s", (hex, text) => expect(addressText(hex)).toBe(text));
});

describe("descriptors", () => {
  test.each([
    ["/home/a/b.log", "file"],
    ["/home/a/b.log (deleted)", "file"],
    ["/dev/shm/x", "file"],
    ["/dev/null", "other"],
    ["/memfd:x (deleted)", "other"],
    ["/proc/1/stat", "other"],
    ["socket:[42]", "socket"],
    ["pipe:[7]", "pipe"],
    ["anon_inode:[eventpoll]", "other"],
  ])("%s is a %s", (target, kind) => expect(descriptorKind(target)).toBe(kind));

  test("are read from their texts, and nothing else is", () => {
    expect(socketInode("socket:[42]")).toBe("42");
    expect(socketInode("pipe:[42]")).toBeNull();
    const info = parseFdInfo("pos:\t8192\nflags:\t0102001\nmnt_id:\t31\nino:\t9\n");
    expect(info).toEqual({ position: 8192, flags: 0o102001, mountId: "31" });
    expect(parseFdInfo("")).toBeNull();
    const mounts = parseMounts(
      "22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw\n31 22 0:52 / /net rw - nfs4 host:/x rw\nnone\n",
    );
    expect([...mounts]).toEqual([
      ["22", { device: "254:1", type: "ext4" }],
      ["31", { device: "0:52", type: "nfs4" }],
    ]);
    expect([...mounts.values()].map(isLocal)).toEqual([true, false]);
  });
});

test("no text makes a parser throw, hang or invent a figure", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), fc.nat({ max: 400 }), (noise, at) => {
      const cut = (text: string) => text.slice(0, at) + noise;
      for (const { reads, busyMs } of parseDisks(cut(DISKS), whole).values())
        expect(Number.isFinite(reads.bytes) && Number.isFinite(busyMs)).toBe(true);
      for (const { receive } of parseLinks(cut(LINKS)).values()) expect(Number.isFinite(receive.bytes)).toBe(true);
      parseTcp(cut("   0: 0100007F:1F90 00000000:0000 0A"), new Set(["77"]));
      parseTcpCounters(cut("Tcp: OutSegs RetransSegs\n"), noise);
      parseFdInfo(cut("pos:\t1\n"));
      parseMounts(cut("22 1 254:1 / / rw - ext4 "));
    }),
  );
});
