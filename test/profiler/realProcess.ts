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
  /** Spends its time in one function, too large for V8 to inline it into what calls it (over 460 bytes of bytecode). */
  hot: `
    globalThis.sum = 0;
    function plantedHot() {
      for (let i = 0; i < 10_000; i++) { ${"globalThis.sum += Math.sqrt(i) % 7; ".repeat(40)} }
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
  /** Blocks its event loop for 150 ms at a time. */
  blocking: `
    setInterval(() => { const end = performance.now() + 150; while (performance.now() < end); }, 200);`,
  /** Never comes back to its event loop. */
  hung: `
    setTimeout(function plantedHang() { for (;;) Math.random(); }, 1);`,
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
    stdio: ["ignore", "pipe", "ignore"],
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
  const child = spawn("sleep", ["60"], { stdio: "ignore" });
  children.push(child);
  if (child.pid === undefined) throw new Error("sleep did not start");
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
