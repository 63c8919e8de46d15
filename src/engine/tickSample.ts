import type { SeriesValue, TickSample } from "./ports.ts";
import type { HostSample, SeriesScope, SourceTag, SwarmRow } from "./protocol/model.ts";
import type { Overview } from "./protocol/rpc.ts";

/**
 * What of a tick becomes history: the machine, every swarm and every agent. A figure that was not measured this time is
 * `null` in its place, so that the gap is kept as one.
 */
export function tickSample(overview: Pick<Overview, "wallMs" | "intervalMs" | "host" | "swarms">): TickSample {
  const values: SeriesValue[] = overview.host === null ? [] : machineValues(overview.host);
  for (const swarm of overview.swarms) {
    values.push(...swarmValues(swarm));
    for (const { id, usage } of swarm.agents) {
      values.push(value("agent", id, "cpuCores", usage.cpuCores, "derived"));
      values.push(value("agent", id, "rssBytes", usage.rssBytes, "measured"));
    }
  }
  return { wallMs: overview.wallMs, intervalMs: overview.intervalMs, values };
}

function machineValues(host: HostSample): SeriesValue[] {
  const one = (metric: string, v: number | null | undefined, source: SourceTag = "measured") =>
    value("machine", "", metric, v, source);
  return [
    one("cpuBusyRatio", host.cpuBusyRatio, "derived"),
    one("memoryUsedBytes", host.memoryUsedBytes),
    one("memoryAvailableBytes", host.memoryAvailableBytes),
    one("swapUsedBytes", host.swapUsedBytes),
    one("cpuPressureRatio", host.pressure?.cpu.someRatio10s),
    one("memoryPressureRatio", host.pressure?.memory.someRatio10s),
    one("ioPressureRatio", host.pressure?.io.someRatio10s),
    one("diskReadBytesPerSecond", host.diskReadBytesPerSecond, "derived"),
    one("diskWriteBytesPerSecond", host.diskWriteBytesPerSecond, "derived"),
    one("networkReceiveBytesPerSecond", host.networkReceiveBytesPerSecond, "derived"),
    one("networkTransmitBytesPerSecond", host.networkTransmitBytesPerSecond, "derived"),
    one("loadAverage1m", host.loadAverage?.[0]),
  ];
}

function swarmValues(swarm: SwarmRow): SeriesValue[] {
  const one = (metric: string, v: number | null, source: SourceTag) => value("swarm", swarm.id, metric, v, source);
  const usage = [one("cpuCores", swarm.usage.cpuCores, "derived"), one("rssBytes", swarm.usage.rssBytes, "measured")];
  if (swarm.kind === "observed") return [one("live", swarm.agents.length, "measured"), ...usage];
  // Its records are a word, kept as one: what was seen is `live`.
  if (swarm.kind === "orchestrated")
    return [one("live", swarm.agents.length, "measured"), one("records", swarm.recordCount, "claimed"), ...usage];
  return [
    // A stopped swarm has no demand: zeros there would teach a forecast that nobody needs it.
    one("demand", swarm.target === 0 ? null : swarm.demand, swarm.demandSource),
    one("live", swarm.live, "measured"),
    one("target", swarm.target, "measured"),
    ...(swarm.waitingTasks === null ? [] : [one("waitingTasks", swarm.waitingTasks, "measured")]),
    ...usage,
  ];
}

function value(
  scope: SeriesScope,
  key: string,
  metric: string,
  v: number | null | undefined,
  source: SourceTag,
): SeriesValue {
  return { scope, key, metric, value: v ?? null, source };
}
