import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { catchesSigusr1, identify, isThere, listeningPorts } from "../../src/profiler/sources/procTarget.ts";

/** Real processes to be profiled. Each has its inspector on a port of the system's choice: other tests have theirs. */

const DEADLINE_MS = 15_000;
const folder = mkdtempSync(join(tmpdir(), "sw-profile-"));
const children: ChildProcess[] = [];
let count = 0;

export const SCRIPTS = {
  /**
   * Spends its time in one function, too large for V8 to inline it into what calls it (over 460 bytes of bytecode), and in its
   * own code alone: what runs in V8's stubs without a frame (boxed numbers, write barriers) is counted to the caller.
   */
  hot: `
    globalThis.sum = 0;
    function plantedHot() {
      let sum = globalThis.sum;
      for (let i = 0; i < 40_000; i++) { ${"sum = (sum + Math.imul(i, 31)) | 0; ".repeat(40)} }
      globalThis.sum = sum;
      setImmediate(plantedHot);
    }
    plantedHot();`,
  /** The same, small enough to be inlined into Node's loop of immediates. */
  inlined: `
    globalThis.sum = 0;
    function plantedHot() {
      for (let i = 0; i < 400_000; i++) globalThis.sum = (globalThis.sum + i * 31) | 0;
      setImmediate(plantedHot);
    }
    plantedHot();`,
  /** Keeps what it allocates, and allocates a little that it does not keep. */
  leak: `
    const kept = [];
    function plantedLeak() { kept.push(new Array(4_000).fill(kept.length)); }
    function forgotten() { return new Array(4_000).fill(1).length; }
    setInterval(() => { plantedLeak(); forgotten(); }, 5);`,
  /** Writes small pieces without end. */
  disk: `
    import { openSync, writeSync } from "node:fs";
    const file = openSync(process.argv[2], "w");
    function plantedDisk() { for (let i = 0; i < 500; i++) writeSync(file, "planted", 0); setImmediate(plantedDisk); }
    plantedDisk();`,
  /** Writes and waits for the disk each time, in calls that block. */
  diskLoop: `
    import { fsyncSync, openSync, writeSync } from "node:fs";
    const file = openSync(process.argv[2], "w");
    const piece = Buffer.alloc(64_000, 1);
    function plantedDiskLoop() {
      for (let i = 0; i < 10; i++) { writeSync(file, piece); fsyncSync(file); }
      setTimeout(plantedDiskLoop, 1);
    }
    plantedDiskLoop();`,
  /** The same by promises. */
  asyncDiskLoop: `
    import { open } from "node:fs/promises";
    const file = await open(process.argv[2], "w");
    const piece = Buffer.alloc(64_000, 1);
    async function plantedAsyncLoop() { for (;;) { await file.write(piece); await file.sync(); } }
    void plantedAsyncLoop();`,
  /** Serves itself, slowly and with a secret in each query, and keeps an open connection that it does not read. */
  http: `
    import { createServer, get } from "node:http";
    import { connect, createServer as listen } from "node:net";
    const server = createServer((asked, answer) => setTimeout(() => answer.end("yes"), asked.url.startsWith("/slow") ? 40 : 1));
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      const headers = { authorization: "Bearer planted-header", connection: "close" };
      setInterval(() => {
        get({ host: "localhost", port, path: "/slow?key=planted-query", headers }, (answer) => answer.resume());
        fetch(\`http://127.0.0.1:\${port}/quick?key=planted-query\`).then((answer) => answer.text());
      }, 20);
    });
    const sink = listen((socket) => { socket.pause(); }).listen(0, "127.0.0.1", () => {
      const socket = connect(sink.address().port, "127.0.0.1", () => socket.write(Buffer.alloc(100_000)));
    });`,
  /** Blocks its event loop for 150 ms at a time. */
  blocking: `
    setInterval(() => { const end = performance.now() + 150; while (performance.now() < end); }, 200);`,
  /** Never comes back to its event loop. */
  hung: `
    setTimeout(function plantedHang() { for (;;) Math.random(); }, 1);`,
  /** Hangs in a thread of its own, beside an event loop that is idle. */
  worker: `
    import { Worker } from "node:worker_threads";
    new Worker("for (;;) Math.random();", { eval: true });
    setInterval(() => undefined, 60_000);`,
  /** Waits outside JavaScript for what nobody writes. */
  reading: `
    import { readSync } from "node:fs";
    setTimeout(() => readSync(0, Buffer.alloc(1)), 1);`,
  /** Waits for a child in an event loop that is not its own. */
  deaf: `
    import { execFileSync } from "node:child_process";
    setTimeout(() => execFileSync("sleep", ["9"]), 1);`,
  idle: `setInterval(() => undefined, 60_000);`,
} as const;

export interface Target {
  readonly pid: number;
  readonly child: ChildProcess;
}

/** Starts Node with a script of these or any other, and waits until it would survive SIGUSR1. */
export async function startNode(script: keyof typeof SCRIPTS | (string & {}), ...flags: string[]): Promise<Target> {
  const known = (SCRIPTS as Readonly<Record<string, string>>)[script];
  const file = join(folder, `${known === undefined ? "own" : script}-${++count}.mjs`);
  writeFileSync(file, `${known ?? script}\nprocess.stdout.write("ready\\n");\n`);
  const args = flags.some((flag) => flag.startsWith("--inspect")) ? flags : ["--inspect-port=0", ...flags];
  const child = spawn(process.execPath, [...args, file, join(folder, `${count}.out`)], {
    stdio: [script === "reading" ? "pipe" : "ignore", "pipe", "ignore"],
    env: { ...process.env, NODE_OPTIONS: "" },
  });
  children.push(child);
  const { pid } = child;
  if (pid === undefined) throw new Error("Node did not start");
  await new Promise<void>((resolve, reject) => {
    child.stdout?.once("data", () => resolve());
    child.once("exit", () => reject(new Error("Node ended at once")));
  });
  if (!flags.includes("--disable-sigusr1")) await until("SIGUSR1 is caught", () => catchesSigusr1(pid));
  return { pid, child };
}

export function startSleep(): Target {
  return startProgram("sleep", "60");
}

/** A program that is no Node. Its standard input is a pipe in which nothing comes. */
export function startProgram(program: string, ...args: string[]): Target {
  const child = spawn(program, args, { stdio: ["pipe", "ignore", "ignore"] });
  children.push(child);
  if (child.pid === undefined) throw new Error(`${program} did not start`);
  return { pid: child.pid, child };
}

/** Waits for something that will be, and not for a time. */
export async function until(what: string, met: () => boolean): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!met()) {
    if (performance.now() > deadline) throw new Error(`not within ${DEADLINE_MS} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Whether a process is there and listens nowhere: it is as it was. */
export function isUntouched({ pid }: Target): boolean {
  return isThere(identify(pid)) && listeningPorts(pid).length === 0;
}

/** After each test: what burns processor time would slow down the next. */
export function endAll(): void {
  for (const child of children.splice(0)) child.kill("SIGKILL");
}

process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
