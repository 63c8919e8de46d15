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

const PAIRS = 7;
/** Long enough that it rests where it costs too much: it watches for a second at the least. */
const SPAN_MS = 4_000;

/** Work of an agent between two calls: some 0.2 ms of JSON. */
const WORK = `
  process.stdout.write("ready");
  globalThis.turns = 0;
  const work = () => { for (let i = 0; i < 60; i++) JSON.parse(JSON.stringify({ at: i, list: [1, 2, 3, "n" + i] })); globalThis.turns++; };`;

/** Each a busy process with another kind of calls, as many as it can make. The last does nothing else, which no agent does. */
const WORKERS = {
  files: `
    import { openSync, writeSync } from "node:fs";
    import { readFile } from "node:fs/promises";
    import { setImmediate as turn } from "node:timers/promises";
    const file = openSync(process.argv[2], "w"), piece = Buffer.alloc(500);
    for (let n = 0; ; n++) { work(); writeSync(file, piece, 0, 500, 0); await (n % 10 === 0 ? readFile(process.argv[1]) : turn()); }`,
  http: `
    import { createServer, get, Agent } from "node:http";
    const agent = new Agent({ keepAlive: true });
    const server = createServer((_, answer) => { work(); answer.end("yes"); }).listen(0, "127.0.0.1", () => {
      const turn = () => get({ host: "127.0.0.1", port: server.address().port, path: "/x", agent }, (answer) => { answer.resume(); answer.on("end", turn); });
      turn(); turn();
    });`,
  bareSync: `
    import { openSync, writeSync } from "node:fs";
    const file = openSync(process.argv[2], "w"), piece = Buffer.alloc(100);
    const turn = () => { for (let i = 0; i < 200; i++) { writeSync(file, piece, 0, 100, 0); globalThis.turns++; } setImmediate(turn); };
    turn();`,
} as const;

/** Work a CPU second of a busy process while its calls are timed ÷ without; the median of pairs that follow each other closely. */
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
    const rate = async (): Promise<number> => {
      const read = "({ turns: globalThis.turns, cpu: process.cpuUsage() })";
      type Reading = { turns: number; cpu: { user: number; system: number } };
      const before = (await inspector.evaluate(read, signal)) as Reading;
      await sleep(SPAN_MS);
      const after = (await inspector.evaluate(read, signal)) as Reading;
      const us = after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system;
      return (after.turns - before.turns) / us;
    };
    let seen = 0;
    const timed = async (): Promise<number> => {
      const probe = await LatencyProbe.start(inspector, SPAN_MS, signal);
      const measured = await rate();
      seen = (await probe.finish()).reduce((sum, { count }) => sum + count, 0);
      return measured;
    };
    await rate();
    await timed();
    const ratios: number[] = [];
    for (let pair = 0; pair < PAIRS; pair++) {
      if (pair % 2 === 0) {
        const without = await rate();
        ratios.push((await timed()) / without);
      } else {
        const withIt = await timed();
        ratios.push(withIt / (await rate()));
      }
    }
    process.stderr.write(
      `${name}: ${Math.round(seen / (SPAN_MS / 1000))} calls a second; ratios: ${ratios.map((ratio) => ratio.toFixed(3)).join(" ")}\n`,
    );
    const left = await inspector.detach();
    if (left !== null) throw new Error(`left open: ${left.code}`);
    const told = { bench: "profiler", name: `latency_throughput_${name}`, value: median(ratios), unit: "ratio" };
    report({ ...told, target: 0.98, better: "higher" });
  } finally {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
}
