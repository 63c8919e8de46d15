import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Inspector } from "../../src/profiler/sources/inspector.ts";
import { LatencyProbe } from "../../src/profiler/sources/latencyProbe.ts";
import { catchesSigusr1, identify } from "../../src/profiler/sources/procTarget.ts";
import { median, report } from "./report.ts";

/** Short, so that both of a pair see the same machine. */
const PAIRS = 21;
const SPAN_MS = 500;
/** Of an agent's work its cost is told once the process has compiled what times it; of bare calls from the start, before it rests. */
const WARM_MS = 1_000;

/** Work of an agent between two calls: some 0.3 ms of JSON. */
const WORK = `
  const ready = () => process.stdout.write("ready");
  globalThis.turns = 0;
  const work = () => { for (let i = 0; i < 300; i++) JSON.parse(JSON.stringify({ at: i, list: [1, 2, 3, "n" + i] })); globalThis.turns++; };`;

/** Each a busy process with another kind of calls, as many as it can make. The last does nothing else, which no agent does. */
const WORKERS = {
  files: `
    import { openSync, writeSync } from "node:fs";
    import { readFile } from "node:fs/promises";
    import { setImmediate as turn } from "node:timers/promises";
    const file = openSync(process.argv[2], "w"), piece = Buffer.alloc(500);
    ready();
    for (let n = 0; ; n++) { work(); writeSync(file, piece, 0, 500, 0); await (n % 10 === 0 ? readFile(process.argv[1]) : turn()); }`,
  http: `
    import { createServer, get, Agent } from "node:http";
    const agent = new Agent({ keepAlive: true });
    const server = createServer((_, answer) => { work(); answer.end("yes"); }).listen(0, "127.0.0.1", () => {
      const turn = () => get({ host: "127.0.0.1", port: server.address().port, path: "/x", agent }, (answer) => { answer.resume(); answer.on("end", turn); });
      turn(); turn(); ready();
    });`,
  bareSync: `
    import { openSync, writeSync } from "node:fs";
    const file = openSync(process.argv[2], "w"), piece = Buffer.alloc(100);
    const turn = () => { for (let i = 0; i < 200; i++) { writeSync(file, piece, 0, 100, 0); globalThis.turns++; } setImmediate(turn); };
    turn(); ready();`,
} as const;

/** Calls that are timed in one turn, where a figure for one of them is told: what the script in the process reckons with. */
const CALLS = { files: null, http: 2, bareSync: 1 } as const;

/**
 * CPU for a turn of a busy process while its calls are timed, and without, the median of pairs that follow each other closely: as a
 * ratio for a process as agents are, as µs a call for those that make as many as they can, where it rests by what a call costs.
 */
export async function latencyCost(): Promise<void> {
  for (const name of Object.keys(WORKERS) as (keyof typeof WORKERS)[]) await costOf(name);
}

async function costOf(name: keyof typeof WORKERS): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "sw-bench-"));
  const file = join(folder, "worker.mjs");
  writeFileSync(file, `${WORK}\n${WORKERS[name]}`);
  const child = spawn(process.execPath, ["--inspect-port=0", file, join(folder, "out")], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  try {
    const pid = child.pid as number;
    // Before it runs Node, the signals caught are those of who started it.
    await once(child.stdout, "data");
    while (!catchesSigusr1(pid)) await sleep(10);
    const signal = new AbortController().signal;
    const inspector = await Inspector.attach(identify(pid), { signal });
    const usOfTurn = async (): Promise<number> => {
      const read = "({ turns: globalThis.turns, cpu: process.cpuUsage() })";
      type Reading = { turns: number; cpu: { user: number; system: number } };
      const before = (await inspector.evaluate(read, signal)) as Reading;
      await sleep(SPAN_MS);
      const after = (await inspector.evaluate(read, signal)) as Reading;
      const us = after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system;
      return us / (after.turns - before.turns);
    };
    let seen = 0;
    const timed = async (): Promise<number> => {
      const probe = await LatencyProbe.start(inspector, WARM_MS + SPAN_MS, signal);
      if (CALLS[name] === null) await sleep(WARM_MS);
      const measured = await usOfTurn();
      seen = (await probe.finish()).reduce((sum, { count }) => sum + count, 0);
      return measured;
    };
    await usOfTurn();
    await timed();
    const pairs: { readonly on: number; readonly off: number }[] = [];
    for (let pair = 0; pair < PAIRS; pair++) {
      const first = pair % 2 === 0 ? await usOfTurn() : await timed();
      const second = pair % 2 === 0 ? await timed() : await usOfTurn();
      pairs.push(pair % 2 === 0 ? { off: first, on: second } : { on: first, off: second });
    }
    const left = await inspector.detach();
    if (left !== null) throw new Error(`left open: ${left.code}`);
    const ratio = median(pairs.map(({ on, off }) => off / on));
    process.stderr.write(`${name}: ${seen} calls seen; ratio ${ratio.toFixed(3)}\n`);
    const calls = CALLS[name];
    const figure = { bench: "profiler", better: calls === null ? "higher" : "lower" } as const;
    if (calls === null)
      report({ ...figure, name: `latency_throughput_${name}`, value: ratio, unit: "ratio", target: 0.98 });
    else {
      const value = median(pairs.map(({ on, off }) => (on - off) / calls));
      report({ ...figure, name: `latency_call_${name}`, value, unit: "µs" });
    }
  } finally {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
}
