import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cpuTimeMs } from "../../src/engine/collect/tickCost.ts";
import { Inspector } from "../../src/profiler/sources/inspector.ts";
import { readIo } from "../../src/profiler/sources/io.ts";
import { readMemory } from "../../src/profiler/sources/memory.ts";
import { catchesSigusr1, identify } from "../../src/profiler/sources/procTarget.ts";
import { FIRST_SAMPLING_BYTES, samplingBytesFor } from "../../src/profiler/sources/heapSampling.ts";
import { SAMPLING_MS } from "../../src/profiler/sources/cpu.ts";
import { SwarmMemory } from "../../src/profiler/sources/swarmMemory.ts";
import { endCrowd, startCrowd } from "./crowd.ts";
import { median, report } from "./report.ts";

/** What profiling costs the profiled, and what looking at many costs us. */

const PAIRS = 9;
const SPAN_MS = 1_000;
const PROCESSES = 50;
const ROUNDS = 60;
const SWARM_ROUNDS = 5;
const SWARM_SPREAD_MS = 500;
const WARM_UP_ROUNDS = 10;

/** Counts turns of an equal amount of work over its own CPU time: another process on the machine then weighs on neither side. */
const WORKER = `
  globalThis.turns = 0;
  function part(n) { let sum = 0; for (let i = 0; i < n; i++) sum += Math.sqrt(i) % 7; return sum; }
  const table = new Map();
  const turn = () => {
    for (let i = 0; i < 50; i++) {
      table.set(i, JSON.parse(JSON.stringify({ at: i, sum: part(500 + i), name: "n" + i })));
      globalThis.turns++;
    }
    setImmediate(turn);
  };
  turn();`;

const ALLOCATOR_BYTES_PER_SECOND = 500e6;
/** Allocates some hundreds of megabytes a second, from several places, and keeps a little for a while. */
const ALLOCATOR = `
  globalThis.turns = 0;
  const kept = [];
  const row = (i) => ({ at: i, list: new Array(40).fill(i), name: "n" + i });
  const other = (i) => [i, i + 1, { of: i }];
  const turn = () => {
    for (let i = 0; i < 200; i++) {
      kept[globalThis.turns++ % 2000] = row(i);
      for (let k = 0; k < 20; k++) other(i + k);
    }
    setImmediate(turn);
  };
  turn();`;

/**
 * Throughput of a busy worker while it is sampled ÷ without, of the same process with its inspector open both times. Pairs of spans
 * follow each other closely, in turn with and without first; the median of the pairs' ratios is told.
 */
export async function samplingOverhead(): Promise<void> {
  const interval = { interval: SAMPLING_MS * 1000 };
  await overhead("sampling_throughput", WORKER, async (inspector, signal) => {
    await inspector.call("Profiler.enable", {}, signal);
    await inspector.call("Profiler.setSamplingInterval", interval, signal);
    return {
      start: () => inspector.call("Profiler.start", {}, signal),
      stop: () => inspector.call("Profiler.stop", {}, signal, 20_000),
    };
  });
}

/**
 * The same for the sampling of allocations, of a worker that does nothing else (some 500 MB/s): of all that is allocated, and of the
 * living, as finely as a profile of that worker takes them.
 */
export async function heapSamplingOverhead(): Promise<void> {
  const everything = { includeObjectsCollectedByMajorGC: true, includeObjectsCollectedByMinorGC: true };
  const living = { samplingInterval: samplingBytesFor(ALLOCATOR_BYTES_PER_SECOND) };
  for (const [name, params] of [
    ["heap_sampling_all_throughput", { samplingInterval: FIRST_SAMPLING_BYTES, ...everything }],
    ["heap_sampling_living_throughput", living],
  ] as const)
    await overhead(name, ALLOCATOR, async (inspector, signal) => {
      await inspector.call("HeapProfiler.enable", {}, signal);
      return {
        start: () => inspector.call("HeapProfiler.startSampling", params, signal),
        // The collection that comes with it is outside of the span: its share of the time is told on its own.
        stop: () => inspector.call("HeapProfiler.stopSampling", {}, signal, 20_000),
      };
    });
}

interface Switch {
  readonly start: () => Promise<unknown>;
  readonly stop: () => Promise<unknown>;
}

async function overhead(
  name: string,
  script: string,
  prepare: (inspector: Inspector, signal: AbortSignal) => Promise<Switch>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "sw-bench-"));
  const file = join(folder, "worker.mjs");
  writeFileSync(file, script);
  const child: ChildProcess = spawn(process.execPath, ["--inspect-port=0", file], { stdio: "ignore" });
  try {
    const pid = child.pid as number;
    while (!catchesSigusr1(pid)) await sleep(10);
    const signal = new AbortController().signal;
    const inspector = await Inspector.attach(identify(pid), { signal });
    const { start, stop } = await prepare(inspector, signal);
    const rate = async (): Promise<number> => {
      const read = "({ turns: globalThis.turns, cpu: process.cpuUsage() })";
      type Reading = { turns: number; cpu: { user: number; system: number } };
      const before = (await inspector.evaluate(read, signal)) as Reading;
      await sleep(SPAN_MS);
      const after = (await inspector.evaluate(read, signal)) as Reading;
      const us = after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system;
      return (after.turns - before.turns) / us;
    };
    const sampled = async (): Promise<number> => {
      await start();
      const measured = await rate();
      await stop();
      return measured;
    };
    // Warm: everything compiled.
    await rate();
    await sampled();
    const ratios: number[] = [];
    for (let pair = 0; pair < PAIRS; pair++) {
      if (pair % 2 === 0) {
        const without = await rate();
        ratios.push((await sampled()) / without);
      } else {
        const withIt = await sampled();
        ratios.push(withIt / (await rate()));
      }
    }
    process.stderr.write(`${name}: ${ratios.map((ratio) => ratio.toFixed(3)).join(" ")}\n`);
    const left = await inspector.detach();
    if (left !== null) throw new Error(`left open: ${left.code}`);
    report({
      ...{ bench: "profiler", name, value: median(ratios), unit: "ratio" },
      ...{ target: 0.98, better: "higher" },
    });
  } finally {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
}

/** CPU of one look at memory and I/O of fifty processes. */
export async function samplingRound(): Promise<void> {
  const crowd = await startCrowd(PROCESSES);
  try {
    const pids = crowd.map(({ pid }) => pid).filter((pid) => pid !== undefined);
    const costs: number[] = [];
    for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
      const before = cpuTimeMs();
      for (const pid of pids) if (readMemory(pid).rssBytes === null || readIo(pid) === null) throw new Error("unread");
      costs.push(cpuTimeMs() - before);
      await sleep(20);
    }
    const processes = pids.map((pid) => ({ agentId: `a${pid}`, pid, startTime: identify(pid).startTime }));
    const swarm = new SwarmMemory({ swarmId: "bench", processes: () => processes }, () => performance.now());
    const never = new AbortController().signal;
    for (let round = 0; round < SWARM_ROUNDS; round++) await swarm.round(SWARM_SPREAD_MS, never);
    const told = swarm.report();
    if (told?.rounds.at(-1)?.processes !== PROCESSES) throw new Error("unread");
    report({
      ...{ bench: "profiler", name: "swarm_pss_round_cpu", value: told.cpuMsPerRound, unit: "ms" },
      better: "lower",
    });
    report({
      ...{ bench: "profiler", name: "memory_io_round_cpu", value: median(costs.slice(WARM_UP_ROUNDS)), unit: "ms" },
      ...{ target: 5, better: "lower" },
    });
  } finally {
    await endCrowd(crowd);
  }
}
