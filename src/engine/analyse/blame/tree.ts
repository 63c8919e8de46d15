import type { Sliced } from "../../common/slices.ts";
import type { AccountFigure, AccountRole, AccountSum, ProfiledShare } from "../../ports.ts";
import type { BlameKind, BlameMeasure, BlameNode, StackSummary } from "../../protocol/blame.ts";
import type { SourceTag } from "../../protocol/model.ts";

type Facts = Pick<BlameNode, "pid" | "startTime" | "parentPid" | "file" | "line" | "column" | "count">;

/** One thing that used something, with what it is made of. Grows while the tree is made. */
export class Part {
  readonly kind: BlameKind;
  readonly name: string;
  readonly source: SourceTag;
  readonly facts: Facts;
  value = 0;
  /** Most have nothing below: a map for each would be most of the memory. */
  #parts: Map<string, Part> | null = null;

  constructor(kind: BlameKind, name: string, source: SourceTag, facts: Facts = {}) {
    this.kind = kind;
    this.name = name;
    this.source = source;
    this.facts = facts;
  }

  get parts(): Map<string, Part> {
    this.#parts ??= new Map();
    return this.#parts;
  }

  get below(): Iterable<Part> {
    return this.#parts?.values() ?? [];
  }

  get isLeaf(): boolean {
    return this.#parts === null || this.#parts.size === 0;
  }
}

export interface BlameTree {
  readonly tops: readonly Part[];
  readonly total: number;
  readonly processes: number;
  readonly unknownMinutes: number;
  readonly unknownProcesses: number;
  readonly profiles: number;
}

/** Processes between two pauses: a few milliseconds. */
const PROCESSES_A_SLICE = 500;

/** Figures are of counters with steps: parts that differ from their whole by less are the whole. */
const NOTHING = 1e-9;

/**
 * Swarm → agent → what it runs, by name → process → thread → function. Every value is the sum of what is below it.
 * @param measuredMs what a mean of memory is over; 0: nothing was measured
 * @param labels of swarms as they are called now
 */
export function* blameTree(
  sums: readonly AccountSum[],
  by: BlameMeasure,
  measuredMs: number,
  labels: ReadonlyMap<string, string>,
): Sliced<BlameTree> {
  const tops = new Map<string, Part>();
  let [total, processes, unknownMinutes, unknownProcesses, profiles] = [0, 0, 0, 0, 0];
  for (const [at, sum] of sums.entries()) {
    if (at > 0 && at % PROCESSES_A_SLICE === 0) yield;
    const figures =
      by === "cpu" ? [sum.cpuSeconds] : by === "memory" ? [sum.rssByteSeconds] : [sum.readBytes, sum.writeBytes];
    const unknown = Math.max(...figures.map((figure) => figure.unknownMinutes));
    unknownMinutes += unknown;
    if (unknown > 0) unknownProcesses++;
    const value = valueOf(figures, by, measuredMs);
    if (value === null) continue;
    processes++;
    if (!(value > 0)) continue;
    total += value;
    // 1. Down to the process, adding it everywhere on the way.
    let level = tops;
    for (const { key, kind, name, facts } of pathOf(sum, labels)) {
      let here = level.get(key);
      if (here === undefined) {
        here = new Part(kind, name, by === "memory" ? "derived" : "measured", facts);
        level.set(key, here);
      }
      here.value += value;
      level = here.parts;
    }
    // 2. What it is made of.
    if (by === "io") divideIo(level, sum);
    if (by === "cpu") {
      divideCpu(level, sum, value);
      profiles += sum.profiles.length;
    }
  }
  return { tops: [...tops.values()], total, processes, unknownMinutes, unknownProcesses, profiles };
}

/** `null`: in no minute told. */
function valueOf(figures: readonly AccountFigure[], by: BlameMeasure, measuredMs: number): number | null {
  const known = figures.map(({ sum }) => sum).filter((sum) => sum !== null);
  if (known.length === 0) return null;
  const sum = known.reduce((all, one) => all + one, 0);
  return by === "memory" ? (measuredMs > 0 ? sum / (measuredMs / 1_000) : null) : sum;
}

interface Step {
  readonly key: string;
  readonly kind: BlameKind;
  readonly name: string;
  readonly facts: Facts;
}

const ROLE_KINDS: Readonly<Record<Exclude<AccountRole, "own">, BlameKind>> = {
  agent: "itself",
  helper: "helper",
  tool: "tool",
  support: "service",
};

function pathOf(sum: AccountSum, labels: ReadonlyMap<string, string>): readonly Step[] {
  const { pid, startTime, parentPid, role, name, swarmId, swarmLabel, agentId, agentName } = sum;
  const step = (key: string, kind: BlameKind, text: string, facts: Facts = {}): Step => ({
    key,
    kind,
    name: text,
    facts,
  });
  const facts = { pid, startTime, ...(parentPid === null ? {} : { parentPid }) };
  const process = step(`process ${pid} ${startTime}`, "process", name, facts);
  // The allocator's own two have no swarm; neither had their rows in an older version.
  if (swarmId === null) return [step("own", "own", ""), process];
  const swarm = step(`swarm ${swarmId}`, "swarm", labels.get(swarmId) ?? swarmLabel ?? swarmId);
  const agent =
    agentId === null ? step("support", "support", "") : step(`agent ${agentId}`, "agent", agentName ?? agentId);
  const kind = role === null || role === "own" ? "unknownRole" : ROLE_KINDS[role];
  // An agent's own process is named like the agent, with its pid: one for all.
  const shown = kind === "itself" || kind === "unknownRole" ? "" : name;
  return [swarm, agent, step(`${kind} ${shown}`, kind, shown), process];
}

function divideIo(parts: Map<string, Part>, { readBytes, writeBytes }: AccountSum): void {
  for (const [kind, { sum }] of [
    ["read", readBytes],
    ["written", writeBytes],
  ] as const)
    if (sum !== null && sum > 0) add(parts, kind, kind, "", "measured", sum);
}

function divideCpu(parts: Map<string, Part>, { threads, profiles }: AccountSum, whole: number): void {
  const divided = threads.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
  // Never more than the process has used: where rows were lost, what is left is divided as its threads were.
  const scale = divided > whole ? whole / divided : 1;
  for (const { name, isMain, cpuSeconds } of threads) {
    const value = cpuSeconds * scale;
    if (!(value > 0)) continue;
    const kind = isMain ? "mainThread" : "thread";
    // Which thread used what between two looks is measured; which minute that belongs to is worked out.
    const thread = add(parts, `${kind} ${name}`, kind, name, "derived", value);
    if (isMain && profiles.length > 0) divideProfiled(thread, profiles);
  }
  if (threads.length > 0 && whole - divided > NOTHING * whole)
    add(parts, "undivided", "undivided", "", "derived", whole - divided);
}

function divideProfiled(thread: Part, profiles: readonly ProfiledShare[]): void {
  const profiled = profiles.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
  const scale = profiled > thread.value ? thread.value / profiled : 1;
  let told = 0;
  for (const { cpuSeconds, stacks } of profiles) told += addStacks(thread.parts, stacks, cpuSeconds * scale);
  if (thread.value - told > NOTHING * thread.value)
    add(thread.parts, "notProfiled", "notProfiled", "", "derived", thread.value - told);
}

/** Adds the functions of a profile in its proportions. @returns what they sum up to */
function addStacks(tops: Map<string, Part>, stacks: StackSummary, seconds: number): number {
  const { frames, nodeFrame, nodeParent, selfRatio } = stacks;
  // 1. What each weighs with all it calls; a caller comes before what it calls.
  const weight = selfRatio.map((ratio) => ratio * seconds);
  for (let node = nodeParent.length - 1; node >= 0; node--) {
    const parent = nodeParent[node] as number;
    if (parent >= 0) weight[parent] = (weight[parent] as number) + (weight[node] as number);
  }
  // 2. The same call of two profiles is one.
  const placed: Part[] = [];
  let told = 0;
  for (const [node, parent] of nodeParent.entries()) {
    const frame = frames[nodeFrame[node] as number];
    const above = parent < 0 ? tops : placed[parent]?.parts;
    if (frame === undefined || above === undefined) throw new RangeError(`stacks have no node ${parent} above ${node}`);
    const { name, file, line, column } = frame;
    const facts = {
      ...(file === null ? {} : { file }),
      ...(line === null ? {} : { line }),
      ...(column === null ? {} : { column }),
    };
    const value = weight[node] as number;
    if (parent < 0) told += value;
    placed.push(
      add(above, `function ${JSON.stringify([name, file, line, column])}`, "function", name, "derived", value, facts),
    );
  }
  return told;
}

function add(
  parts: Map<string, Part>,
  key: string,
  kind: BlameKind,
  name: string,
  source: SourceTag,
  value: number,
  facts: Facts = {},
): Part {
  let part = parts.get(key);
  if (part === undefined) {
    part = new Part(kind, name, source, facts);
    parts.set(key, part);
  }
  part.value += value;
  return part;
}
