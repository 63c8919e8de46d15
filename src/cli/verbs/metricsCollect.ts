import {
  metricsCollectFlags,
  type MetricsOutput,
  type MetricsWithClaims,
  metricsWithClaims,
} from "../../engine/protocol/cli.ts";
import { calls, type Figure } from "../../engine/protocol/rpc.ts";
import {
  bytesPerSecondText,
  bytesText,
  countText,
  durationText,
  numberText,
  ratioText,
  UNKNOWN,
} from "../../text/figures.ts";
import type { EngineConnection } from "../../engine/client.ts";
import { claimedLines } from "../claimed.ts";
import { usageFailure } from "../failure.ts";
import { firstSample } from "../firstSample.ts";
import type { Line, Span } from "../lines.ts";
import { table } from "../table.ts";
import { defineVerb } from "../verb.ts";

export const metricsCollect = defineVerb({
  name: "metrics-collect",
  summary: "Measure the machine and the agents now",
  notes: ["CPU of an agent: 100% is one core. A figure that was not measured carries its source."],
  flags: metricsCollectFlags,
  output: metricsWithClaims,
  run: async (flags, context): Promise<MetricsWithClaims> => {
    const connection = await context.connect(!flags["no-start"]);
    const { components } = flags;
    const report = await firstSample(
      context,
      () => connection.call(calls.metricsCollect, { components }, context.interrupt),
      // Rates need two samples; an engine just started has one.
      (answer) => answer.intervalMs !== null,
    );
    const swarmId = flags["swarm-id"];
    return swarmId === undefined ? report : ofSwarm(report, swarmId, connection, context.interrupt);
  },
  render: (output, width) => [
    ...metricsLines(output, width),
    ...(output.claimed === undefined
      ? []
      : [[], ...claimedLines({ swarmId: "", answers: output.claimed }, width).slice(1)]),
  ],
});

/** @throws CliFailure `swarm.unknown` */
async function ofSwarm(
  report: MetricsOutput,
  swarmId: string,
  connection: EngineConnection,
  signal: AbortSignal,
): Promise<MetricsWithClaims> {
  const { swarms } = await connection.call(calls.overview, {}, signal);
  const row = swarms.find(({ id }) => id === swarmId);
  if (row === undefined) throw usageFailure("swarm.unknown", { swarmId, known: swarms.map(({ id }) => id).join(", ") });
  const agents = report.agents?.filter((agent) => agent.swarmId === swarmId);
  const own = agents === undefined ? report : { ...report, agents };
  if (row.kind !== "orchestrated") return own;
  const { answers } = await connection.call(calls.claimed, { swarmId, roles: ["metrics_collect"] }, signal);
  return { ...own, claimed: answers };
}

export function metricsLines(report: MetricsOutput, width: number | null): Line[] {
  const { cpu, memory, network, disk, agents } = report;
  const rows: Span[][] = [];
  const add = (component: string, name: string, figure: Figure, format: (value: number | null) => string): void => {
    // An unknown figure says so in its own column; any other source than a measurement is said beside it.
    const source = figure.source === "measured" || figure.value === null ? "" : figure.source;
    rows.push([component, name, format(figure.value), source]);
  };
  if (cpu !== undefined) {
    add("cpu", "busy", cpu.busyRatio, ratioText);
    cpu.perCoreBusyRatio?.forEach((ratio, core) => rows.push(["cpu", `busy, core ${core}`, ratioText(ratio), ""]));
    add("cpu", "cores", cpu.cpuCount, numberText);
    add("cpu", "cores usable", cpu.capacityCores, numberText);
    add("cpu", "load, 1 min", cpu.loadAverage1m, numberText);
    add("cpu", "pressure, some, 10 s", cpu.pressureSomeRatio10s, ratioText);
  }
  if (memory !== undefined) {
    add("memory", "total", memory.totalBytes, bytesText);
    add("memory", "usable", memory.capacityBytes, bytesText);
    add("memory", "used", memory.usedBytes, bytesText);
    add("memory", "available", memory.availableBytes, bytesText);
    add("memory", "swap, total", memory.swapTotalBytes, bytesText);
    add("memory", "swap, used", memory.swapUsedBytes, bytesText);
    add("memory", "pressure, some, 10 s", memory.pressureSomeRatio10s, ratioText);
    add("memory", "pressure, full, 10 s", memory.pressureFullRatio10s, ratioText);
  }
  if (network !== undefined) {
    add("network", "received", network.receiveBytesPerSecond, bytesPerSecondText);
    add("network", "sent", network.transmitBytesPerSecond, bytesPerSecondText);
  }
  if (disk !== undefined) {
    add("disk", "read", disk.readBytesPerSecond, bytesPerSecondText);
    add("disk", "written", disk.writeBytesPerSecond, bytesPerSecondText);
    add("disk", "pressure, some, 10 s", disk.pressureSomeRatio10s, ratioText);
  }
  const window =
    report.intervalMs === null
      ? `rates ${UNKNOWN}: one sample so far`
      : `rates over ${durationText(report.intervalMs)}`;
  const figures = table(
    [
      { title: "COMPONENT", align: "left" },
      { title: "FIGURE", align: "left" },
      { title: "VALUE", align: "right" },
      { title: "SOURCE", align: "left" },
    ],
    rows,
    width,
  );
  return [
    ...(figures.length > 0 ? [[{ text: window, tone: "faint" }] satisfies Line, ...figures] : []),
    ...(agents === undefined ? [] : [...(figures.length > 0 ? [[]] : []), ...agentLines(agents, width)]),
  ];
}

function agentLines(agents: NonNullable<MetricsOutput["agents"]>, width: number | null): Line[] {
  return [
    [{ text: countText(agents.length, "agent"), tone: "strong" }],
    ...table(
      [
        { title: "PID", align: "right" },
        { title: "STATE", align: "left" },
        { title: "CPU", align: "right" },
        { title: "MEMORY", align: "right" },
        { title: "READ", align: "right" },
        { title: "WRITTEN", align: "right" },
        { title: "PROCESSES", align: "right" },
        { title: "SOURCE", align: "left" },
        { title: "NAME", align: "left" },
        { title: "SWARM", align: "left" },
      ],
      agents.map((agent) => [
        String(agent.pid),
        agent.stateSource === "measured" ? agent.state : `${agent.state} (${agent.stateSource})`,
        ratioText(agent.usage.cpuCores),
        bytesText(agent.usage.rssBytes),
        bytesText(agent.usage.readBytes),
        bytesText(agent.usage.writeBytes),
        String(agent.usage.processCount),
        agent.usageSource === "measured" ? "" : agent.usageSource,
        agent.name,
        agent.swarmId,
      ]),
      width,
    ),
  ];
}
