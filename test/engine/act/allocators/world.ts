import { createAllocators, type AllocatorSystem } from "../../../../src/engine/act/allocators/all.ts";
import type { CgroupFiles } from "../../../../src/engine/act/allocators/cgroupFiles.ts";
import { ManualClock } from "../../../../src/engine/common/clock.ts";
import { CodedError } from "../../../../src/engine/common/errors.ts";
import type { ConfiguredLimits, Log, ManagedAgent, SwarmView } from "../../../../src/engine/ports.ts";
import type { ActionOutcome } from "../../../../src/engine/protocol/rpc.ts";
import type { Lane } from "../../../../src/engine/protocol/lanes.ts";

export const MEGABYTE = 1 << 20;
const PAGE_BYTES = 4_096;
const nothing = () => undefined;
export const log: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing };

export interface FakeProcess {
  pid: number;
  startTime: number;
  processGroup: number;
  state: string;
  threads: number[];
  rssBytes: number;
  program: string;
  addressSpaceBytes: number;
  dataBytes: number;
  data: number | null;
  addressSpace: number | null;
  io: string;
}

/** A thrown thing as `os.setPriority` throws it. */
export function niceError(code: string): Error {
  return Object.assign(new Error(code), { code: "ERR_SYSTEM_ERROR", info: { code } });
}

/** A tree of files in memory. */
export class CgroupTree implements CgroupFiles {
  readonly files = new Map<string, string>();
  readonly readOnly = new Set<string>();
  /** What the kernel makes of a write: sizes in whole pages, anything else as it is, usually. */
  kernel: (path: string, text: string) => string = (path, text) =>
    path.endsWith("/memory.high") && text !== "max" ? `${Number(text) - (Number(text) % PAGE_BYTES)}\n` : `${text}\n`;
  pageBytes = () => PAGE_BYTES;
  read = (path: string) => this.files.get(path) ?? null;
  exists = (path: string) => this.files.has(path);
  isWritable = (path: string) => this.files.has(path) && !this.readOnly.has(path);
  write = (path: string, text: string) => {
    if (!this.isWritable(path)) throw Object.assign(new Error(`EACCES: ${path}`), { code: "EACCES" });
    this.files.set(path, this.kernel(path, text));
  };

  /** The group of one agent, with the engine elsewhere. */
  own(pid: number, pids: readonly number[] = [pid]): string {
    const folder = `/sys/fs/cgroup/agents/run-${pid}.scope`;
    this.files.set("/sys/fs/cgroup/cgroup.controllers", "cpu memory\n");
    this.files.set("/proc/self/cgroup", "0::/engine.service\n");
    this.files.set(`/proc/${pid}/cgroup`, `0::/agents/run-${pid}.scope\n`);
    this.files.set(`${folder}/cgroup.procs`, `${pids.join("\n")}\n`);
    this.files.set(`${folder}/cpu.weight`, "100\n");
    this.files.set(`${folder}/memory.high`, "max\n");
    return folder;
  }
}

/** Two agents of a swarm `s` on a machine in memory that does what it is told. */
export class World {
  readonly clock = new ManualClock();
  readonly processes = new Map<number, FakeProcess>();
  readonly cgroups = new CgroupTree();
  readonly nice = new Map<number, number>();
  agents: ManagedAgent[] = [];
  bootId = "boot";
  lowest = -20;
  target = 2;
  readonly maxAgents = 10;
  held = false;
  /** The newest change of the size was an allocation's. */
  isOurs = true;
  activity = "steady";
  needBytes: number | null = 100 * MEGABYTE;
  roomAgents = 5;
  leftBytes = 1_000 * MEGABYTE;
  readonly lanes: Record<Lane, number> = { critical: 10, standard: 20, background: 5 };
  outputBytes: number | null = 1 << 20;
  readonly asked: (readonly [number, number])[] = [];
  readonly recycled: string[] = [];
  readonly commands: string[] = [];
  /** The outcome of a scaling; reached, usually. */
  scaled: ((target: number) => Promise<ActionOutcome>) | null = null;
  /** In the place of a command that does what it says. */
  command: ((args: readonly string[], signal: AbortSignal) => Promise<string>) | null = null;
  /** Called before each nice value is set: things happen between two looks. */
  beforeNice: (thread: number) => void = nothing;

  constructor() {
    this.start(100);
    this.start(200);
  }

  start(pid: number, state: ManagedAgent["state"] = "idle"): void {
    this.process(pid, pid);
    const agent = { id: `a${pid}`, pid, startTime: pid * 10, state, task: state === "working" ? "t" : null };
    this.agents.push({ ...agent, startedAtMs: 0, stateSinceMs: 0, tasksDone: 0, problem: null });
  }

  process(pid: number, processGroup: number): FakeProcess {
    const made: FakeProcess = {
      ...{ pid, startTime: pid * 10, processGroup, state: "S", threads: [pid, pid + 1], rssBytes: 80 * MEGABYTE },
      ...{ program: "worker", addressSpaceBytes: 200 * MEGABYTE, dataBytes: 60 * MEGABYTE },
      ...{ data: null, addressSpace: null, io: "none: prio 0" },
    };
    this.processes.set(pid, made);
    for (const thread of made.threads) this.nice.set(thread, 0);
    return made;
  }

  get(pid: number): FakeProcess {
    const process = this.processes.get(pid);
    if (process === undefined) throw new Error(`no process ${pid}`);
    return process;
  }

  readonly swarms = {
    get: (swarmId: string): SwarmView => {
      if (swarmId !== "s") throw new CodedError("swarm.unknown", { swarmId, known: "s" });
      return {
        ...{ id: "s", timeScale: 1, supportOf: null, target: this.target, maxAgents: this.maxAgents },
        heldByOperator: this.held,
        agents: () => this.agents,
        activity: () => ({ kind: this.activity }),
        refusal: (target: number) => {
          if (target > this.maxAgents) return { code: "scale.aboveMax", args: { target } };
          return this.held && target > this.target ? { code: "scale.onHold", args: { target } } : null;
        },
      } as unknown as SwarmView;
    },
    list: (): readonly SwarmView[] => [this.swarms.get("s")],
  };

  readonly configured: ConfiguredLimits = {
    laneCapacities: () => ({ ...this.lanes }),
    setLaneCapacities: (capacities) => void Object.assign(this.lanes, capacities),
    outputBytes: (swarmId) => {
      this.swarms.get(swarmId);
      return this.outputBytes;
    },
    setOutputBytes: (_, bytes) => void (this.outputBytes = bytes),
  };

  readonly system: AllocatorSystem = {
    groups: {
      pids: () => [...this.processes.keys()],
      look: (pid) => this.processes.get(pid) ?? null,
      threads: (pid) => this.processes.get(pid)?.threads ?? [],
      bootId: () => this.bootId,
      rssBytes: (pid) => this.processes.get(pid)?.rssBytes ?? null,
    },
    nice: {
      get: (thread) => {
        if (thread === 0) return 0;
        const nice = this.nice.get(thread);
        if (nice === undefined) throw niceError("ESRCH");
        return nice;
      },
      set: (thread, nice) => {
        this.beforeNice(thread);
        const now = this.nice.get(thread);
        if (now === undefined) throw niceError("ESRCH");
        if (nice < now && nice < this.lowest) throw niceError("EACCES");
        this.nice.set(thread, nice);
      },
      lowest: () => this.lowest,
    },
    cgroups: this.cgroups,
    facts: {
      program: (pid) => this.processes.get(pid)?.program ?? null,
      addressSpaceBytes: (pid) => this.processes.get(pid)?.addressSpaceBytes ?? null,
      dataBytes: (pid) => this.processes.get(pid)?.dataBytes ?? null,
      softLimits: (pid) => {
        const process = this.processes.get(pid);
        return process && { data: process.data, addressSpace: process.addressSpace };
      },
    },
    ionice: "/usr/bin/ionice",
    prlimit: "/usr/bin/prlimit",
    run: async (command, args, signal) => {
      signal.throwIfAborted();
      this.commands.push(`${command} ${args.join(" ")}`);
      if (this.command !== null) return this.command(args, signal);
      return command.endsWith("ionice") ? this.#ionice(args) : this.#prlimit(args);
    },
  };

  allocators(system: Partial<AllocatorSystem> = {}) {
    return createAllocators({
      system: { ...this.system, ...system },
      swarms: this.swarms,
      isOurs: () => this.isOurs,
      recycler: {
        recycle: async (agentId) => {
          this.recycled.push(agentId);
          return { kind: "confirmed", live: this.target, elapsedMs: 1 };
        },
      },
      scale: async (_, target) => {
        this.asked.push([this.target, target]);
        if (this.scaled !== null) return { outcome: await this.scaled(target) };
        this.target = target;
        return { outcome: { kind: "confirmed", live: target, elapsedMs: 1 } };
      },
      footprints: {
        room: () =>
          ({
            agents: this.roomAgents,
            basis: this.needBytes === null ? "learning" : "footprint",
            leftBytes: this.leftBytes,
            footprint: { rssBytes: this.needBytes },
          }) as never,
      },
      configured: this.configured,
      clock: this.clock,
      log,
    });
  }

  #ionice(args: readonly string[]): string {
    if (args[0] === "-p")
      return args
        .slice(1)
        .map((pid) => `${this.#there(Number(pid)).io}\n`)
        .join("");
    const group = Number(args.at(-1));
    const levels: Record<string, string> = { "0": "none: prio 0", "2": `best-effort: prio ${args[3]}`, "3": "idle" };
    for (const process of this.processes.values())
      if (process.processGroup === group) process.io = levels[args[1] ?? ""] ?? "";
    return "";
  }

  #prlimit(args: readonly string[]): string {
    const process = this.#there(Number(args[1]));
    const [, kind, value] = /^--(data|as)=(\d+|unlimited):$/.exec(args[2] ?? "") ?? [];
    const bytes = value === "unlimited" ? null : Number(value);
    if (kind === "data") process.data = bytes;
    else process.addressSpace = bytes;
    return "";
  }

  #there(pid: number): FakeProcess {
    const process = this.processes.get(pid);
    if (process === undefined)
      throw new CodedError("allocation.commandFailed", { command: "x", reason: "No such process" });
    return process;
  }
}

export const signal = new AbortController().signal;
export const turn = () => new Promise((resolve) => setImmediate(resolve));
/** Until the background work of a look is over; it takes a turn an agent. */
export async function turns(count = 40): Promise<void> {
  for (let n = 0; n < count; n++) await turn();
}
