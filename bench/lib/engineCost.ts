import { readFileSync, rmSync } from "node:fs";
import { calls } from "../../src/engine/protocol/rpc.ts";
import { Home } from "../../test/engine/client/home.ts";
import { buildRealDist } from "../../test/engine/integration/realEngine.ts";
import { endCrowd, startCrowd } from "./crowd.ts";
import { median, report } from "./report.ts";

const CROWD = 200;
const WARM_UP_MS = 10_000;
const WINDOW_MS = 10_000;
const WINDOWS = 5;

/**
 * What the watcher itself costs: a real engine at 1 Hz, with a client that looks at every state it publishes, on a
 * machine with 200 more processes. CPU is the kernel's own count for the whole process, the median of five windows.
 */
export async function engineCost(): Promise<void> {
  const dist = await buildRealDist();
  const home = new Home();
  const crowd = await startCrowd(CROWD);
  try {
    const connection = await home.connect(home.options(dist));
    const { pid, keeperPid } = connection.info;
    let states = 0;
    await connection.subscribe("overview", true, () => void states++);
    await pause(WARM_UP_MS);
    const shares: number[] = [];
    const seenAtStart = states;
    for (let window = 0; window < WINDOWS; window++) {
      const cpuBefore = cpuMs(pid);
      const begun = performance.now();
      await pause(WINDOW_MS);
      shares.push((100 * (cpuMs(pid) - cpuBefore)) / (performance.now() - begun));
    }
    const hz = ((states - seenAtStart) * 1000) / (WINDOWS * WINDOW_MS);
    process.stderr.write(`collect: ${hz.toFixed(2)} states a second reached the client\n`);
    const { engine } = await connection.call(calls.overview, {});
    const common = { bench: "collect", better: "lower" } as const;
    report({ ...common, name: "engine_cpu_1hz", value: median(shares), unit: "% of a core", target: 1 });
    report({ ...common, name: "engine_rss", value: rssBytes(pid) / 1e6, unit: "MB", target: 120 });
    report({ ...common, name: "keeper_rss", value: rssBytes(keeperPid) / 1e6, unit: "MB", target: 60 });
    report({ ...common, name: "engine_tick_wall", value: engine.tickMs ?? Number.NaN, unit: "ms" });
  } finally {
    await endCrowd(crowd);
    await home.remove();
    rmSync(dist, { recursive: true, force: true });
  }
}

function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // utime and stime, fields 14 and 15 of proc(5), in ticks of 10 ms.
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function rssBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
