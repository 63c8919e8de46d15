import { readFileSync } from "node:fs";
import { splitWords } from "../../../src/engine/collect/words.ts";
import type { FoundAgent, HostSample, ProcessSample, Snapshot } from "../../../src/engine/protocol/model.ts";

export const fixtures = new URL("../../fixtures/processTables/", import.meta.url);

export function row(
  pid: number,
  parentPid: number,
  startTime: number,
  args: readonly string[],
  more: Partial<ProcessSample> = {},
): ProcessSample {
  return {
    pid,
    parentPid,
    startTime,
    comm: (args[0] ?? "").slice(0, 15),
    args,
    startedAtMs: startTime,
    state: "S",
    cpuSeconds: 1,
    cpuCores: 0.25,
    rssBytes: 1024,
    threads: 1,
    readBytes: 10,
    writeBytes: 20,
    ...more,
  };
}

export const someHost: HostSample = {
  cpuCount: 2,
  cpuBusyRatio: null,
  perCoreBusyRatio: null,
  cpuCapacityCores: 2,
  memoryTotalBytes: 1,
  memoryCapacityBytes: 1,
  memoryUsedBytes: 0,
  memoryAvailableBytes: 1,
  swapTotalBytes: 0,
  swapUsedBytes: 0,
  pressure: null,
  diskReadBytesPerSecond: null,
  diskWriteBytesPerSecond: null,
  networkReceiveBytesPerSecond: null,
  networkTransmitBytesPerSecond: null,
  loadAverage: null,
};

export function snapshotOf(rows: readonly ProcessSample[], monotonicMs = 0): Snapshot {
  return {
    sequence: 1,
    wallMs: 0,
    monotonicMs,
    intervalMs: null,
    machine: { bootId: "boot", pidNamespace: "1" },
    host: someHost,
    processes: new Map(rows.map((one) => [one.pid, one])),
    unreadableProcesses: 0,
    tickCpuMs: 0,
  };
}

/** Reads a recorded table; its README says how one is written. */
export function readTable(name: string): ProcessSample[] {
  const rows: ProcessSample[] = [];
  for (const line of readFileSync(new URL(`${name}.table`, fixtures), "utf8").split("\n")) {
    if (line.startsWith("#") || line.trim() === "") continue;
    const match = /^(\d+) (\d+) (\d+) (?:([A-Z])(?: |$))?(.*)$/.exec(line);
    if (match === null) throw new Error(`${name}: malformed line: ${line}`);
    const [, pid, parent, start, state = "S", command = ""] = match;
    const args = command.startsWith("= ") ? [command.slice(2)] : splitWords(command);
    rows.push(row(Number(pid), Number(parent), Number(start), command.startsWith("[") ? [] : args, { state }));
  }
  return rows;
}

/** What was found, as text: one paragraph an agent. */
export function describeFound(found: readonly FoundAgent[]): string {
  const lines: string[] = [];
  for (const agent of found) {
    lines.push(`${agent.kind} ${agent.identity.pid} (${agent.usage.processCount}) ${agent.command}`);
    for (const { identity, role, name } of agent.processes) lines.push(`  ${role.padEnd(6)} ${identity.pid} ${name}`);
  }
  return lines.length === 0 ? "nothing\n" : `${lines.join("\n")}\n`;
}
