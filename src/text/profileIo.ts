import type { BlockingCaller } from "../engine/protocol/profiling.ts";
import type {
  DiskLoad,
  DiskRequests,
  FileAccess,
  FileLoad,
  IoReport,
  Latency,
  LatencyFigures,
  LatencyKind,
  LinkLoad,
  RemoteLoad,
} from "../engine/protocol/profilingIo.ts";
import { bytesPerSecondText, bytesText, countText, durationText, numberText, ratioText } from "./figures.ts";
import { printable } from "./printable.ts";
import { placeText } from "./profileFrame.ts";
import { reasonText } from "./reasons.ts";

/** What a process reads, writes and waits for, in plain lines. Each group is apart, so that a page can lay them out its own way. */

const KINDS: Readonly<Record<LatencyKind, string>> = {
  fileSync: "file calls that block",
  fileAsync: "file calls that do not block",
  dns: "names looked up",
  connect: "connections made",
  httpClient: "HTTP asked, until the answer began",
  httpServer: "HTTP answered",
  fetch: "fetch",
};

const ACCESSES: Readonly<Record<FileAccess, string>> = {
  read: "reads",
  write: "writes",
  both: "reads and writes",
};

const MOST_PARTS = 3;
const MOST_SLOWEST = 3;
const MOST_CALLERS = 3;
/** Nobody acts on less. */
const LEAST_RATIO = 0.05;

/** All of it, the shortest first. */
export function ioWords(io: IoReport): string[] {
  return [ioTitle(io), ...ioLines(io)];
}

function ioLines(io: IoReport): string[] {
  return [
    callsText(io),
    ...io.files.map(fileText),
    ...descriptorLines(io),
    ...io.disks.filter(({ utilisationRatio }) => utilisationRatio > 0).map(diskText),
    ...io.links.filter(isUsed).map(linkText),
    ...socketLines(io),
    ...retransmitLines(io),
    ...latencyLines(io),
  ];
}

/** What goes to and from block devices. */
function ioTitle({ readBytesPerSecond, writeBytesPerSecond }: IoReport): string {
  return `disk: reads ${bytesPerSecondText(readBytesPerSecond)}, writes ${bytesPerSecondText(writeBytesPerSecond)}`;
}

function callsText(io: IoReport): string {
  const rate = bytesPerSecondText;
  return `calls: reads ${numberText(io.readCallsPerSecond)}/s of ${rate(io.readCallBytesPerSecond)}, writes ${numberText(io.writeCallsPerSecond)}/s of ${rate(io.writeCallBytesPerSecond)}`;
}

/** `writes /a/b.log: 63 MB/s, on vda (derived, moved in 8 of 8 looks)`. */
export function fileText(file: FileLoad): string {
  const { path, access, bytesPerSecond, grownBytesPerSecond: grown, disk, movedLooks, looks } = file;
  const moved = bytesPerSecond === null ? "how much is not told" : bytesPerSecondText(bytesPerSecond);
  const grows = grown === null || grown === 0 ? "" : `, grows by ${bytesPerSecondText(grown)}`;
  const on = disk === null ? "" : `, on ${printable(disk)}`;
  return `${ACCESSES[access]} ${printable(path)}: ${moved}${grows}${on} (derived, moved in ${movedLooks} of ${countText(looks, "look")})`;
}

function descriptorLines({ descriptors }: IoReport): string[] {
  if (descriptors === null) return [];
  const { open, looked, files, sockets, pipes } = descriptors;
  const all = open === null ? `more than ${looked}` : String(open);
  const of = open === looked ? "" : ` among the first ${looked}`;
  return [
    `open: ${all}, ${countText(files, "file")}, ${countText(sockets, "socket")}, ${countText(pipes, "pipe")}${of}`,
  ];
}

/** Of the whole machine, and that is said. */
export function diskText(disk: DiskLoad): string {
  const depth = disk.queueDepth === null ? "" : `, ${numberText(disk.queueDepth)} requests under way`;
  return `machine's ${printable(disk.name)}: busy ${ratioText(disk.utilisationRatio)}${depth}${directionText("reads", disk.reads)}${directionText("writes", disk.writes)}`;
}

function directionText(name: string, { perSecond, meanBytes, awaitMs }: DiskRequests): string {
  if (perSecond === 0) return "";
  return `; ${name} ${numberText(perSecond, 1)}/s of ${bytesText(meanBytes)}, ${msText(awaitMs)} each`;
}

function isUsed(link: LinkLoad): boolean {
  return link.receivePackets + link.transmitPackets + lost(link) > 0;
}

function lost(link: LinkLoad): number {
  return link.receiveErrors + link.transmitErrors + link.receiveDrops + link.transmitDrops;
}

/** Of the network that the process is in, and that is said. */
export function linkText(link: LinkLoad): string {
  const { name, receiveBytesPerSecond: received, transmitBytesPerSecond: sent } = link;
  const errors = link.receiveErrors + link.transmitErrors;
  const drops = link.receiveDrops + link.transmitDrops;
  const bad = errors + drops === 0 ? "" : `; ${countText(errors, "error")}, ${drops} dropped`;
  return `machine's ${printable(name)}: receives ${bytesPerSecondText(received)} (${countText(link.receivePackets, "packet")}), sends ${bytesPerSecondText(sent)} (${countText(link.transmitPackets, "packet")})${bad}`;
}

function socketLines({ sockets }: IoReport): string[] {
  if (sockets === null || sockets.states.length + sockets.remotes.length === 0) return [];
  const states = sockets.states.map(({ state, count }) => `${count} ${printable(state)}`).join(", ");
  const again =
    sockets.retransmitting === 0 ? "" : `; ${countText(sockets.retransmitting, "connection")} had to send again`;
  const cut = sockets.cut ? "; there may be more, the kernel's table is too long" : "";
  return [
    `its TCP sockets: ${states === "" ? "none at the end" : states}${again}${cut}`,
    ...sockets.remotes.map((remote) => `  ${remoteText(remote)}`),
  ];
}

/** `to 10.0.0.7:443: 3 connections, 1.2 kB not read by it`. */
export function remoteText({ direction, address, port, connections, ...queues }: RemoteLoad): string {
  const unread = queues.receiveQueueBytes === 0 ? "" : `, ${bytesText(queues.receiveQueueBytes)} not read by it`;
  const unsent = queues.sendQueueBytes === 0 ? "" : `, ${bytesText(queues.sendQueueBytes)} not confirmed by the other`;
  const whom =
    direction === "in" || address === null ? `at its port ${port}` : `to ${endpointText(printable(address), port)}`;
  return `${whom}: ${countText(connections, "connection")}${unread}${unsent}`;
}

function endpointText(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

function retransmitLines({ retransmits }: IoReport): string[] {
  if (retransmits === null || retransmits.ratio === null) return [];
  const { retransmittedSegments: again, sentSegments, ratio, timeouts } = retransmits;
  const waited = timeouts === null ? "" : `, ${countText(timeouts, "timeout")}`;
  return [
    `sent again by all who share its network: ${again} of ${again + sentSegments} segments (${ratioText(ratio)})${waited}`,
  ];
}

/** What calls took, as Node measured it, or why nothing is told. */
export function latencyLines({ latency, latencyReason }: Pick<IoReport, "latency" | "latencyReason">): string[] {
  if (latency === null) return latencyReason === null ? [] : [`how long calls took: ${reasonText(latencyReason)}`];
  return latency.flatMap((one) => [
    latencyText(one),
    ...(one.parts.length > 1 || one.kind === "dns" || one.kind === "fetch" || one.kind === "httpClient"
      ? one.parts
          .slice(0, MOST_PARTS)
          .map((part) => `  ${printable(part.name)}: ${numberText(part.timed)} timed, ${figuresText(part)}`)
      : []),
    ...callerLines(one),
    ...one.slowest.slice(0, MOST_SLOWEST).map(({ what, ms }) => `  ${msText(ms)}: ${printable(what)}`),
  ]);
}

/** `file calls that block: 6071, median 0.21 ms, 95% 2.33 ms, most 44.94 ms`. */
export function latencyText(one: Latency): string {
  const some = one.timed < one.count ? `, ${numberText(one.timed)} of them timed` : "";
  const rest = one.watchedRatio < 0.995 ? `, looked at ${ratioText(one.watchedRatio)} of the time` : "";
  return `${KINDS[one.kind]}: ${numberText(one.count)}${some}${rest}, ${figuresText(one)}`;
}

function figuresText({ p50Ms, p95Ms, maxMs }: LatencyFigures): string {
  return `median ${msText(p50Ms)}, 95% ${msText(p95Ms)}, most ${msText(maxMs)}`;
}

/** A call may take parts of a millisecond, which whole ones would round away. */
function msText(ms: number | null): string {
  return ms !== null && ms < 9.95 ? `${numberText(ms)} ms` : durationText(ms);
}

function callerLines({ callers }: Latency): string[] {
  return callers
    .filter(({ ratio }) => ratio >= LEAST_RATIO)
    .slice(0, MOST_CALLERS)
    .map(
      ({ name, file, line, ratio }) =>
        `  called by ${printable(name)} ${printable(file)}${line === null ? "" : `:${line}`}: ${ratioText(ratio)} of that time (derived)`,
    );
}

/** Which functions waited in calls that block, of a CPU profile. */
export function blockingLines(callers: readonly BlockingCaller[] | null): string[] {
  return (callers ?? [])
    .filter(({ ratio }) => ratio >= LEAST_RATIO)
    .slice(0, MOST_CALLERS)
    .map(({ name, file, line, ratio, operations }) => {
      const place = file === null ? "" : ` ${placeText({ file, line })}`;
      return `waits ${ratioText(ratio)} of its busy time in ${operations.map(printable).join(", ")}: ${printable(name)}${place}`;
    });
}
