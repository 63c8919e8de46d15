import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cpuTimeMs } from "../../src/engine/collect/tickCost.ts";
import { readIo } from "../../src/profiler/sources/io.ts";
import { ProcDescriptors } from "../../src/profiler/sources/procDescriptors.ts";
import { lookAtSockets } from "../../src/profiler/sources/procSockets.ts";
import { endCrowd, startCrowd } from "./crowd.ts";
import { median, report } from "./report.ts";

const PROCESSES = 50;
const ROUNDS = 40;
const WARM_UP_ROUNDS = 5;
/** Of every kind in one process: 100 files, 400 sockets, and pipes beyond what is looked at. */
const FILES = 100;
const CONNECTIONS = 200;
const MANY = `
  const fs = require("node:fs"), net = require("node:net");
  for (let n = 0; n < ${FILES}; n++) fs.openSync(process.argv[1] + "/" + n, "w");
  for (let n = 0; n < 2_000; n++) fs.openSync("/dev/null", "r");
  let open = 0;
  const server = net.createServer(() => { if (++open === ${CONNECTIONS}) process.stdout.write("ready"); }).listen(0, "127.0.0.1", () => {
    for (let n = 0; n < ${CONNECTIONS}; n++) net.connect(server.address().port, "127.0.0.1");
  });`;

/** CPU of ours of one look at what processes read and write, with files and sockets: of 50 small ones, and of one with very many. */
export async function ioLookCost(): Promise<void> {
  const crowd = await startCrowd(PROCESSES);
  try {
    const looks = crowd.flatMap(({ pid }) => (pid === undefined ? [] : [{ pid, open: new ProcDescriptors(pid) }]));
    await cost("io_look_50_cpu", looks, false, 5);
  } finally {
    await endCrowd(crowd);
  }
  const folder = mkdtempSync(join(tmpdir(), "sw-bench-"));
  const child = spawn(process.execPath, ["-e", MANY, folder], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    await once(child.stdout, "data");
    const pid = child.pid as number;
    await cost("io_look_many_cpu", [{ pid, open: new ProcDescriptors(pid) }], false, 10);
    await cost("io_look_many_sockets_cpu", [{ pid, open: new ProcDescriptors(pid) }], true, 15);
  } finally {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
}

async function cost(
  name: string,
  looks: readonly { readonly pid: number; readonly open: ProcDescriptors }[],
  sockets: boolean,
  target: number,
): Promise<void> {
  const costs: number[] = [];
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
    const before = cpuTimeMs();
    for (const { pid, open } of looks) {
      const seen = open.look();
      if (readIo(pid) === null || seen === null) throw new Error("unread");
      if (sockets && lookAtSockets(pid, seen.socketInodes) === null) throw new Error("no sockets");
    }
    costs.push(cpuTimeMs() - before);
    await sleep(10);
  }
  report({
    ...{ bench: "profiler", name, value: median(costs.slice(WARM_UP_ROUNDS)), unit: "ms" },
    ...{ target, better: "lower" },
  });
}
