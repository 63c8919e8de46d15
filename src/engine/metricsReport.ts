import type { HostSample, SourceTag, SwarmRow } from "./protocol/model.ts";
import type { Figure, MetricComponent, MetricsReport, Overview } from "./protocol/rpc.ts";

/** The measured figures of the asked components, each with where it comes from. Pure. */
export function metricsReport(overview: Overview, components: readonly MetricComponent[]): MetricsReport {
  const host = overview.host;
  const parts: { -readonly [K in MetricComponent]?: MetricsReport[K] } = {};
  const wants = new Set(components);
  if (wants.has("cpu")) parts.cpu = cpu(host);
  if (wants.has("memory")) parts.memory = memory(host);
  if (wants.has("network")) {
    parts.network = {
      receiveBytesPerSecond: figure(host?.networkReceiveBytesPerSecond, "derived"),
      transmitBytesPerSecond: figure(host?.networkTransmitBytesPerSecond, "derived"),
    };
  }
  if (wants.has("disk")) {
    parts.disk = {
      readBytesPerSecond: figure(host?.diskReadBytesPerSecond, "derived"),
      writeBytesPerSecond: figure(host?.diskWriteBytesPerSecond, "derived"),
      pressureSomeRatio10s: figure(host?.pressure?.io.someRatio10s),
    };
  }
  if (wants.has("agents")) parts.agents = overview.swarms.flatMap(agents);
  return { wallMs: overview.wallMs, intervalMs: overview.intervalMs, ...parts };
}

function cpu(host: HostSample | null): NonNullable<MetricsReport["cpu"]> {
  return {
    busyRatio: figure(host?.cpuBusyRatio, "derived"),
    perCoreBusyRatio: host?.perCoreBusyRatio ?? null,
    cpuCount: figure(host?.cpuCount),
    capacityCores: figure(host?.cpuCapacityCores),
    loadAverage1m: figure(host?.loadAverage?.[0]),
    pressureSomeRatio10s: figure(host?.pressure?.cpu.someRatio10s),
  };
}

function memory(host: HostSample | null): NonNullable<MetricsReport["memory"]> {
  return {
    totalBytes: figure(host?.memoryTotalBytes),
    capacityBytes: figure(host?.memoryCapacityBytes),
    usedBytes: figure(host?.memoryUsedBytes, "derived"),
    availableBytes: figure(host?.memoryAvailableBytes),
    swapTotalBytes: figure(host?.swapTotalBytes),
    swapUsedBytes: figure(host?.swapUsedBytes, "derived"),
    pressureSomeRatio10s: figure(host?.pressure?.memory.someRatio10s),
    pressureFullRatio10s: figure(host?.pressure?.memory.fullRatio10s),
  };
}

function agents(swarm: SwarmRow): NonNullable<MetricsReport["agents"]> {
  return swarm.agents.map(({ id, pid, name, state, stateSource, usage }) => ({
    swarmId: swarm.id,
    id,
    pid,
    name,
    state,
    stateSource,
    usage,
    // Sums over the process tree of what was read for each process.
    usageSource: usage.cpuCores === null && usage.rssBytes === null ? "unknown" : "derived",
  }));
}

/** `derived` for differences and sums of what was read; whatever is missing is `unknown`. */
function figure(value: number | null | undefined, source: SourceTag = "measured"): Figure {
  return value === null || value === undefined || !Number.isFinite(value)
    ? { value: null, source: "unknown" }
    : { value, source };
}
