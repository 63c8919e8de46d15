import { existsSync, readdirSync } from "node:fs";
import type { CounterPair } from "./counterRates.ts";

/** The unit of `/proc/diskstats`, whatever the device's own sector size. */
const SECTOR_BYTES = 512;

/** Memory and files dressed up as disks. */
const NOT_A_DISK = /^(?:loop|ram|zram|fd|sr)\d/;
/** Built on other disks, which are counted already: device mapper, RAID, bcache, DRBD. */
const STACKED_DISK = /^(?:dm-|md|bcache|drbd)\d/;
const PARTITION =
  /^(?:(?:sd|vd|xvd|hd)[a-z]+\d+|(?:nvme\d+(?:c\d+)?n\d+|mmcblk\d+|nbd\d+)p\d+|mmcblk\d+(?:boot|rpmb).*)$/;

/** Names that stand for traffic which some other interface carries as well, or that never leaves the machine. */
const VIRTUAL_INTERFACE =
  /^(?:lo|veth|docker|br-|virbr|vnet|cni|flannel|cali|cilium|lxc|lxd|podman|tun|tap|wg|tailscale|utun|zt|ifb|dummy|bond|team|vxlan|gre|sit|ip6tnl|macv|ipv|vlan|nlmon|vcan)|[.@]/;

/**
 * Which disks and network interfaces count. Classified once per name, since `/sys` answers it only by file look-ups.
 */
export class LinuxDevices {
  readonly #sysRoot: string;
  readonly #disks = new Map<string, boolean>();
  readonly #interfaces = new Map<string, boolean>();

  constructor(sysRoot: string) {
    this.#sysRoot = sysRoot;
  }

  /**
   * Bytes read and written per whole disk, from the text of `/proc/diskstats`. Partitions, loop and RAM devices are out,
   * and so are devices that rest on other disks (`/sys/block/NAME/slaves` is not empty): their I/O is counted below them.
   */
  disks(text: string): Map<string, CounterPair> {
    const totals = new Map<string, CounterPair>();
    for (const line of text.split("\n")) {
      const fields = line.trim().split(/\s+/);
      const name = fields[2];
      const read = Number(fields[5]);
      const written = Number(fields[9]);
      if (name === undefined || !Number.isFinite(read) || !Number.isFinite(written)) continue;
      if (remember(this.#disks, name, (disk) => this.#isWholeDisk(disk)))
        totals.set(name, [read * SECTOR_BYTES, written * SECTOR_BYTES]);
    }
    return totals;
  }

  /**
   * Bytes received and sent per interface, from the text of `/proc/net/dev`. The rule against double counting: where
   * any interface has hardware (or virtio) behind it (`/sys/class/net/NAME/device`), only such interfaces count, because
   * bridges, tunnels, bonds and the veth pairs of containers pass their traffic on through them. Where none has
   * (inside a container the way out is itself a veth), all but the names of known virtual kinds count.
   */
  interfaces(text: string): Map<string, CounterPair> {
    const all = new Map<string, CounterPair>();
    const physical = new Map<string, CounterPair>();
    for (const line of text.split("\n")) {
      const colon = line.indexOf(":");
      if (colon < 0) continue;
      const name = line.slice(0, colon).trim();
      const fields = line
        .slice(colon + 1)
        .trim()
        .split(/\s+/);
      const received = Number(fields[0]);
      const sent = Number(fields[8]);
      if (name === "lo" || !Number.isFinite(received) || !Number.isFinite(sent)) continue;
      if (!VIRTUAL_INTERFACE.test(name)) all.set(name, [received, sent]);
      if (remember(this.#interfaces, name, (known) => existsSync(`${this.#sysRoot}/class/net/${known}/device`)))
        physical.set(name, [received, sent]);
    }
    return physical.size > 0 ? physical : all;
  }

  #isWholeDisk(name: string): boolean {
    if (NOT_A_DISK.test(name) || STACKED_DISK.test(name)) return false;
    // The kernel writes a slash in a device name (cciss/c0d0) as an exclamation mark there.
    const folder = `${this.#sysRoot}/block/${name.replaceAll("/", "!")}`;
    if (!existsSync(`${this.#sysRoot}/block`)) return !PARTITION.test(name);
    if (!existsSync(folder)) return false;
    try {
      return readdirSync(`${folder}/slaves`).length === 0;
    } catch {
      // No such folder on this kernel: then nothing says that it rests on others.
      return true;
    }
  }
}

/** Names come and go with containers: forget all before the memory of gone ones adds up. */
const MAX_REMEMBERED = 1_000;

function remember(known: Map<string, boolean>, name: string, decide: (name: string) => boolean): boolean {
  const before = known.get(name);
  if (before !== undefined) return before;
  if (known.size >= MAX_REMEMBERED) known.clear();
  const decision = decide(name);
  known.set(name, decision);
  return decision;
}
