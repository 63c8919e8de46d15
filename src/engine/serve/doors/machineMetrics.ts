import type { HostSample } from "../../protocol/model.ts";
import { gauge, type Metric } from "./metric.ts";
import { one } from "./readers.ts";

/** Of the machine: what may be used of it is the least of its own and of every limit above us. */
export const machineMetrics: readonly Metric[] = [
  gauge(
    "machine.cpu.capacity.cores",
    "{core}",
    "CPU that may be used: the least of the cores and of every limit above the engine.",
    ofHost((host) => host.cpuCapacityCores),
  ),
  gauge(
    "machine.cpu.busy",
    "1",
    "Share of all cores that was busy since the sample before.",
    ofHost((host) => host.cpuBusyRatio),
  ),
  gauge(
    "machine.memory.capacity",
    "By",
    "Memory that may be used: the least of the machine's and of every limit above the engine.",
    ofHost((host) => host.memoryCapacityBytes),
  ),
  gauge(
    "machine.memory.used",
    "By",
    "Memory in use.",
    ofHost((host) => host.memoryUsedBytes),
  ),
  gauge(
    "machine.memory.available",
    "By",
    "Memory that new processes could take without swapping.",
    ofHost((host) => host.memoryAvailableBytes),
  ),
  gauge(
    "machine.swap.used",
    "By",
    "Swap in use.",
    ofHost((host) => host.swapUsedBytes),
  ),
  gauge(
    "machine.pressure.some",
    "1",
    "Share of the last 10 s in which some process waited for the resource (Linux PSI).",
    ({ overview: { host } }) =>
      (["cpu", "memory", "io"] as const).map((resource) => ({
        value: host?.pressure?.[resource].someRatio10s,
        labels: { resource },
      })),
  ),
  gauge(
    "machine.pressure.full",
    "1",
    "Share of the last 10 s in which all processes waited for the resource (Linux PSI).",
    ({ overview: { host } }) =>
      (["memory", "io"] as const).map((resource) => ({
        value: host?.pressure?.[resource].fullRatio10s,
        labels: { resource },
      })),
  ),
  gauge(
    "machine.disk.read",
    "By/s",
    "Bytes read from disks a second, since the sample before.",
    ofHost((host) => host.diskReadBytesPerSecond),
  ),
  gauge(
    "machine.disk.write",
    "By/s",
    "Bytes written to disks a second, since the sample before.",
    ofHost((host) => host.diskWriteBytesPerSecond),
  ),
  gauge(
    "machine.network.receive",
    "By/s",
    "Bytes received a second, since the sample before.",
    ofHost((host) => host.networkReceiveBytesPerSecond),
  ),
  gauge(
    "machine.network.transmit",
    "By/s",
    "Bytes sent a second, since the sample before.",
    ofHost((host) => host.networkTransmitBytesPerSecond),
  ),
  gauge(
    "machine.load1",
    "{thing}",
    "Load average of one minute.",
    ofHost((host) => host.loadAverage?.[0]),
  ),
];

function ofHost(read: (host: HostSample) => number | null | undefined): Metric["read"] {
  return ({ overview: { host } }) => (host === null ? [] : one(read(host)));
}
