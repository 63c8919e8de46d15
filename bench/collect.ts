import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import systemInformation from "systeminformation";
import { createCollector } from "../src/engine/collect/collector.ts";
import { createRecognizer } from "../src/engine/collect/recognition.ts";
import { cpuTimeMs } from "../src/engine/collect/tickCost.ts";
import { systemClock } from "../src/engine/common/clock.ts";
import { endCrowd, startCrowd } from "./lib/crowd.ts";
import { engineCost } from "./lib/engineCost.ts";
import { median, report } from "./lib/report.ts";

/**
 * What watching costs. Each figure is a function that measures and reports; add one here and to `figures`.
 */
const LIVE_PROCESSES = 200;
const WARM_UP_TICKS = 20;
const TICKS = 120;
/** Ticks come one at a time in life, with cold caches; back to back they would look a third cheaper. */
const TICK_PAUSE_MS = 40;
const PEER_WARM_UP = 2;
const PEER_CALLS = 7;
/** The peer answers from its memory when it is asked again within 500 ms. */
const PEER_PAUSE_MS = 600;

/** CPU of one tick, agents recognised included, with 200 live processes besides those of the machine. */
async function tickCpu(): Promise<void> {
  const crowd = await startCrowd(LIVE_PROCESSES);
  try {
    const ours = await measureTicks();
    const peer = await measurePeer();
    process.stderr.write(
      `live processes seen: ${ours.processes}; first tick (command lines read): ${ours.first.toFixed(2)} ms\n`,
    );
    report({
      bench: "collect",
      name: "tick_cpu",
      value: ours.tick,
      unit: "ms",
      target: 5,
      better: "lower",
      peer: "systeminformation.processes()",
      peerValue: peer,
    });
  } finally {
    await endCrowd(crowd);
  }
}

async function measureTicks(): Promise<{ tick: number; first: number; processes: number }> {
  // The slow facts are not part of a tick, and asking for them would run beside it.
  const facts = { load: () => Promise.reject(new Error("not asked for here")) };
  const collector = createCollector({ clock: systemClock, facts });
  const recognizer = createRecognizer();
  const nobody = new Set<number>();
  const costs: number[] = [];
  let processes = 0;
  try {
    for (let tick = 0; tick < WARM_UP_TICKS + TICKS; tick++) {
      const before = cpuTimeMs();
      const snapshot = collector.read();
      recognizer.recognize(snapshot, nobody);
      costs.push(cpuTimeMs() - before);
      processes = snapshot.processes.size;
      await sleep(TICK_PAUSE_MS);
    }
  } finally {
    collector.dispose();
  }
  if (processes < LIVE_PROCESSES)
    throw new Error(`only ${processes} processes were seen, ${LIVE_PROCESSES} were started`);
  return { tick: median(costs.slice(WARM_UP_TICKS)), first: costs[0] as number, processes };
}

/**
 * CPU of one `systeminformation.processes()`: this process's own plus that of the shells, `ps` and `cat` it starts. The
 * latter from `cutime` and `cstime` in `/proc/self/stat`, which grow when an ended child is waited for (10 ms steps, so
 * the mean over all calls is taken); `process.resourceUsage()` covers this process alone.
 */
async function measurePeer(): Promise<number> {
  for (let call = 0; call < PEER_WARM_UP; call++) {
    await systemInformation.processes();
    await sleep(PEER_PAUSE_MS);
  }
  let own = 0;
  let waited = 0;
  const childrenBefore = childrenCpuMs();
  for (let call = 0; call < PEER_CALLS; call++) {
    const before = ownCpuMs();
    await systemInformation.processes();
    own += ownCpuMs() - before;
    await sleep(PEER_PAUSE_MS);
    waited++;
  }
  return (own + childrenCpuMs() - childrenBefore) / waited;
}

function ownCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function childrenCpuMs(): number {
  const stat = readFileSync("/proc/self/stat", "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // Fields 16 and 17 of proc(5); the first here is field 3. In clock ticks of 10 ms.
  return (Number(fields[13]) + Number(fields[14])) * 10;
}

const figures = [tickCpu, engineCost];

if (process.platform === "linux") for (const figure of figures) await figure();
else process.stderr.write("collect: measured on Linux only\n");
