import { readFileSync, rmSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { spawn } from "node:child_process";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { InMemoryTransport } from "@modelcontextprotocol/server";
import { readStartTime } from "../src/engine/common/processIdentity.ts";
import type { EngineConnection } from "../src/engine/client.ts";
import { localSwarm } from "../src/engine/protocol/config.ts";
import { calls } from "../src/engine/protocol/rpc.ts";
import { cleaned } from "../src/mcp/cleanTransport.ts";
import { EngineLink } from "../src/mcp/engineLink.ts";
import { Grants } from "../src/mcp/grants.ts";
import { createAgentServer } from "../src/mcp/server.ts";
import { tools } from "../src/mcp/tools/all.ts";
import { bundle, dist as cliDist, home as cliHome, environment } from "../test/cli/realCli.ts";
import { Home } from "../test/engine/client/home.ts";
import { buildRealDist } from "../test/engine/integration/realEngine.ts";
import { median, report } from "./lib/report.ts";

/**
 * A hundred agents that ask for capacity at the same moment, of a real engine: each has its own connection in the role of an
 * agent and asks for one place of a lane that has twenty. Measured from the moment at which all ask to each one's answer; all
 * rounds together make the percentile. Once at the engine's door, and once through the whole of MCP with the official client;
 * there the hundred clients and servers share one thread of this process, which a hundred agents would not.
 */
const AGENTS = 100;
/** Many, because once a second the engine looks at the machine, and whoever asks then waits for that as well. */
const ROUNDS = 100;
const WARM_UP = 5;
/** An engine that has just started has yet to compile what it does. */
const WARM_UP_MS = 10_000;
const LANE = "standard";
const LIMIT = 20;
const STARTS = 5;
const SWARM = "bench";

interface Answer {
  readonly ms: number;
  readonly leaseId: string | null;
}

const common = { bench: "mcp", better: "lower", unit: "ms" } as const;

async function main(): Promise<void> {
  const dist = await buildRealDist();
  const home = new Home();
  try {
    const operator = await home.connect(home.options(dist));
    // Leases must be refused for want of places, and not because this machine is busy with the bench.
    const scaling = { maxCpuPressure: 1, maxMemoryPressure: 1 };
    const swarm = { id: SWARM, command: process.execPath, args: ["-e", ""], minAgents: 0, maxAgents: 1, scaling };
    const swarms = [localSwarm.parse(swarm)];
    const { revision } = await operator.call(calls.configGet, {});
    await operator.call(calls.configPatch, { source: "bench", baseRevision: revision, patch: { swarms } });
    const door = spawn("sleep", ["600"], { stdio: "ignore" });
    try {
      await new Promise((resolve) => door.once("spawn", resolve));
      const connections: EngineConnection[] = [];
      for (let at = 0; at < AGENTS; at++)
        connections.push(
          await home.connect(
            home.options(dist, { role: "agent", client: { name: `agent ${at}`, version: "1.0.0", kind: "agent" } }),
          ),
        );
      await delay(WARM_UP_MS);
      await atTheDoor(operator, connections, identity(door.pid ?? 0));
      await throughMcp(operator, connections, identity(door.pid ?? 0));
    } finally {
      door.kill("SIGKILL");
    }
  } finally {
    await home.remove();
    rmSync(dist, { recursive: true, force: true });
  }
  await starts();
}

async function atTheDoor(
  operator: EngineConnection,
  connections: readonly EngineConnection[],
  door: Identity,
): Promise<void> {
  const holder = identity(process.pid);
  const wish = { lane: LANE, units: 1, seconds: 60, swarmId: SWARM, bytesEach: 1_000, holder, door } as const;
  const figures = await rounds(
    operator,
    connections.map((connection) => async () => {
      const answer = await connection.call(calls.capacityRequest, wish);
      return answer.kind === "granted" ? answer.lease.id : null;
    }),
  );
  report({ ...common, name: "request_capacity_100_at_once_p99", value: figures.p99, target: 50 });
  report({ ...common, name: "request_capacity_100_at_once_median", value: figures.median });
  // What the wall says hangs on who else uses the machine; this does not.
  report({ ...common, name: "request_capacity_100_engine_cpu", value: figures.engineCpuMs, target: 50 });
  report({ ...common, name: "leased_at_once_most", value: figures.most, unit: "places", target: LIMIT });
}

async function throughMcp(
  operator: EngineConnection,
  connections: readonly EngineConnection[],
  door: Identity,
): Promise<void> {
  const clients: Client[] = [];
  const never = new AbortController().signal;
  for (const connection of connections) {
    const link = new EngineLink({ connect: () => Promise.resolve(connection), monotonicMs: () => performance.now() });
    const holder = identity(process.pid);
    const leases = new Grants({ call: (call, params) => link.call(call, params, never), holder, door });
    const server = createAgentServer({
      version: "1",
      tools,
      context: (signal) => ({
        call: (call, params) => link.call(call, params, signal),
        ...{ signal, holder, leases },
        wallMs: () => Date.now(),
        delay: (ms, until) => delay(ms, undefined, { signal: until }),
      }),
    });
    const [ours, theirs] = InMemoryTransport.createLinkedPair();
    await server.connect(cleaned(ours));
    const client = new Client({ name: "bench", version: "1" });
    await client.connect(theirs);
    // As any client does: it has the schemas, and checks answers against them.
    await client.listTools();
    clients.push(client);
  }
  const request = { lane: LANE, swarmId: SWARM, memoryBytesEach: 1_000, seconds: 60 };
  const figures = await rounds(
    operator,
    clients.map((client) => async () => {
      const { structuredContent } = await client.callTool({ name: "request_capacity", arguments: request });
      return (structuredContent as { lease: { leaseId: string } | null }).lease?.leaseId ?? null;
    }),
  );
  report({ ...common, name: "mcp_request_capacity_100_at_once_p99", value: figures.p99, target: 50 });
  report({ ...common, name: "mcp_request_capacity_100_at_once_median", value: figures.median });
  report({ ...common, name: "mcp_leased_at_once_most", value: figures.most, unit: "places", target: LIMIT });
}

/** @throws Error when more was given than there is, or less than all of it */
async function rounds(operator: EngineConnection, asks: readonly (() => Promise<string | null>)[]) {
  const latencies: number[] = [];
  let most = 0;
  let cpuMs = 0;
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    const cpuBefore = cpuMsOf(operator.info.pid);
    const begun = performance.now();
    const answers: Answer[] = await Promise.all(
      asks.map(async (ask) => {
        const leaseId = await ask();
        return { ms: performance.now() - begun, leaseId };
      }),
    );
    if (round >= WARM_UP) cpuMs += cpuMsOf(operator.info.pid) - cpuBefore;
    const given = answers.flatMap(({ leaseId }) => (leaseId === null ? [] : [leaseId]));
    const { lanes } = await operator.call(calls.guard, {});
    const row = lanes.find(({ lane }) => lane === LANE);
    if (given.length !== LIMIT || row?.inUse !== LIMIT)
      throw new Error(`${given.length} of ${LIMIT} places were given, ${row?.inUse} are in use`);
    most = Math.max(most, given.length);
    for (const leaseId of given) await operator.call(calls.capacityRelease, { leaseId });
    if (round >= WARM_UP) latencies.push(...answers.map(({ ms }) => ms));
  }
  const sorted = latencies.toSorted((a, b) => a - b);
  return {
    p99: sorted[Math.ceil(0.99 * sorted.length) - 1] as number,
    median: median(sorted),
    most,
    engineCpuMs: cpuMs / ROUNDS,
  };
}

/** From the start of the command to the answer to the opening, and to the first answer of a running engine. */
async function starts(): Promise<void> {
  await bundle();
  const opened: number[] = [];
  const answered: number[] = [];
  const env = Object.fromEntries(
    Object.entries(environment).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
  const command = { command: process.execPath, args: [`${cliDist}/cli.js`, "mcp"], env, stderr: "inherit" as const };
  try {
    for (let start = 0; start <= STARTS; start++) {
      const begun = performance.now();
      const client = new Client({ name: "bench", version: "1" });
      await client.connect(new StdioClientTransport(command));
      const openedMs = performance.now() - begun;
      await client.callTool({ name: "swarm_status", arguments: {} });
      // The first has started the engine.
      if (start > 0) {
        opened.push(openedMs);
        answered.push(performance.now() - begun);
      }
      await client.close();
    }
  } finally {
    const { cli } = await import("../test/cli/realCli.ts");
    await cli("engine-stop", "--timeout", "20000");
    rmSync(cliHome, { recursive: true, force: true });
  }
  report({ ...common, name: "mcp_start_to_opening", value: median(opened) });
  report({ ...common, name: "mcp_start_to_first_answer", value: median(answered) });
}

/** User and system time of a process so far, in ticks of 10 ms; over a hundred rounds that is exact enough. */
function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

interface Identity {
  readonly pid: number;
  readonly startTime: number | null;
}

function identity(pid: number): Identity {
  return { pid, startTime: readStartTime(pid) };
}

await main();
