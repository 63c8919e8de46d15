import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/**
 * @typedef {{pid: number, parent: number, group: number, startTime: string, command: string}} ProcessFacts
 */

/** Every live process (zombies are none: they only wait to be reaped). Empty on Windows, where nothing here can tell. */
export function listProcesses() {
  if (process.platform === "linux") return listLinux();
  return process.platform === "win32" ? [] : listByPs();
}

/** Processes whose environment moves the allocator to `home`, and all that descend from them. */
export function processesOfHome(home) {
  const all = listProcesses();
  const own = new Set(
    all.filter(({ pid }) => environmentOf(pid).includes(`SWARM_ALLOCATOR_HOME=${home}`)).map(({ pid }) => pid),
  );
  for (let grown = true; grown;) {
    grown = false;
    for (const { pid, parent } of all) {
      if (own.has(pid) || !own.has(parent)) continue;
      own.add(pid);
      grown = true;
    }
  }
  own.delete(process.pid);
  return all.filter(({ pid }) => own.has(pid));
}

/** Those of `processes` that are still the same live process. */
export function stillAlive(processes) {
  const now = new Map(listProcesses().map((facts) => [facts.pid, facts.startTime]));
  return processes.filter(({ pid, startTime }) => now.get(pid) === startTime);
}

/** Signals each one, after a look that it is still itself. */
export function signalEach(processes, signal) {
  for (const { pid } of stillAlive(processes)) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      // Gone between the look and the signal: what was wanted.
      if (error.code !== "ESRCH") throw error;
    }
  }
}

export function described({ pid, command }) {
  return `${pid} ${command.slice(0, 160)}`;
}

function listLinux() {
  const found = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = readQuietly(`/proc/${name}/stat`);
    const end = stat.lastIndexOf(")");
    if (end < 0) continue;
    const fields = stat.slice(end + 2).split(" ");
    if (fields[0] === "Z" || fields[0] === "X") continue;
    found.push({
      pid: Number(name),
      parent: Number(fields[1]),
      group: Number(fields[2]),
      startTime: fields[19],
      command:
        readQuietly(`/proc/${name}/cmdline`).replaceAll("\0", " ").trim() || stat.slice(stat.indexOf("("), end + 1),
    });
  }
  return found;
}

function listByPs() {
  const lines = execFileSync("ps", ["-axo", "pid=,ppid=,pgid=,stat=,lstart=,command="], { encoding: "utf8" }).split(
    "\n",
  );
  return lines.flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S+ +\S+ +\S+ +\S+ +\S+)\s+(.*)$/.exec(line);
    if (match === null || match[4].startsWith("Z")) return [];
    return [
      {
        pid: Number(match[1]),
        parent: Number(match[2]),
        group: Number(match[3]),
        startTime: match[5],
        command: match[6],
      },
    ];
  });
}

function environmentOf(pid) {
  if (process.platform === "linux") return readQuietly(`/proc/${pid}/environ`).split("\0");
  try {
    return execFileSync("ps", ["-Eww", "-o", "command=", "-p", String(pid)], { encoding: "utf8" }).split(" ");
  } catch {
    // Gone meanwhile.
    return [];
  }
}

/** A process may end, or belong to somebody else, between listing and reading: then there is nothing to read. */
function readQuietly(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
