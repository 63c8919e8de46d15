import type { LinkLoad } from "../../engine/protocol/profilingIo.ts";
import { added, counts } from "./counters.ts";

interface Direction {
  readonly bytes: number;
  readonly packets: number;
  readonly errors: number;
  readonly drops: number;
}

export interface LinkCounters {
  readonly receive: Direction;
  readonly transmit: Direction;
}

/** What each link of `/proc/PID/net/dev` has carried so far. */
export function parseLinks(text: string): ReadonlyMap<string, LinkCounters> {
  const links = new Map<string, LinkCounters>();
  for (const line of text.split("\n").slice(2)) {
    // The name of an alias holds a colon itself.
    const at = line.lastIndexOf(":");
    const fields =
      at < 0
        ? null
        : counts(
            line
              .slice(at + 1)
              .trim()
              .split(/\s+/),
          );
    if (fields === null || fields.length < 16) continue;
    const direction = (from: number): Direction => {
      const [bytes = 0, packets = 0, errors = 0, drops = 0] = fields.slice(from);
      return { bytes, packets, errors, drops };
    };
    links.set(line.slice(0, at).trim(), { receive: direction(0), transmit: direction(8) });
  }
  return links;
}

/**
 * What a link carried over `ms`; `null` when its counters began anew meanwhile.
 * @throws RangeError for a time that is none
 */
export function linkLoad(name: string, before: LinkCounters, after: LinkCounters, ms: number): LinkLoad | null {
  if (!(ms > 0)) throw new RangeError(`ms must be > 0, got ${ms}`);
  const direction = (one: Direction, other: Direction): Direction | null => {
    const bytes = added(one.bytes, other.bytes);
    const packets = added(one.packets, other.packets);
    const errors = added(one.errors, other.errors);
    const drops = added(one.drops, other.drops);
    if (bytes === null || packets === null || errors === null || drops === null) return null;
    return { bytes, packets, errors, drops };
  };
  const receive = direction(before.receive, after.receive);
  const transmit = direction(before.transmit, after.transmit);
  if (receive === null || transmit === null) return null;
  const perSecond = (count: number) => (count * 1000) / ms;
  return {
    name,
    receiveBytesPerSecond: perSecond(receive.bytes),
    transmitBytesPerSecond: perSecond(transmit.bytes),
    receivePackets: receive.packets,
    transmitPackets: transmit.packets,
    ...{ receiveErrors: receive.errors, transmitErrors: transmit.errors },
    ...{ receiveDrops: receive.drops, transmitDrops: transmit.drops },
  };
}
