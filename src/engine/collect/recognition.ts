import { cleanText } from "../common/text.ts";
import type { AgentRecognizer } from "../ports.ts";
import type { FoundAgent, OwnedProcess, ProcessRole, ProcessSample, Snapshot, Usage } from "../protocol/model.ts";
import type { AgentRule } from "../protocol/rules.ts";
import { type CommandLine, parseCommandLine } from "./commandLine.ts";
import { displayCommand, nameOf } from "./commandName.ts";
import { buildForest, type Forest } from "./forest.ts";
import { isHelperCommand } from "./helpers.ts";
import { compileRules, matchRule } from "./ruleMatcher.ts";
import { WorkingDirectories } from "./workingDirectory.ts";

export interface RecognizerOptions {
  /** Checked here; see `protocol/rules.ts`. */
  readonly userRules?: unknown;
  readonly procRoot?: string;
}

/** What one command line means; computed once per process, since the collector keeps the same array while it stays. */
interface Verdict {
  readonly command: CommandLine;
  readonly rule: AgentRule | null;
  readonly helper: boolean;
}

/** Outside Linux, start times waver by about a second. */
const START_TIME_TOLERANCE_MS = 2_500;
const MAX_DIRECTORY = 4_096;
/** A launcher is seldom further up than `npm exec` → `sh -c` → agent, twice. */
const MAX_LAUNCHERS = 6;

const WORKER_KIND = "worker";

/**
 * Finds agents in a process table and splits their trees.
 *
 * 1. A process whose command fits a rule is an agent, unless its parent is an agent of the same kind: then the two are one
 *    (a script that starts the native program, a relaunch with other options).
 * 2. Launchers directly above an agent (`npx`, `uvx`, the `sh -c` between) belong to it.
 * 3. What an agent starts is a helper with all below it when it is an MCP server, else a tool with all below it; an agent
 *    found there is one of its own, and its tree is its own.
 * @throws CodedError `rules.invalid`, `rules.pattern` for user rules that cannot be used
 */
export function createRecognizer(options: RecognizerOptions = {}): AgentRecognizer {
  const rules = compileRules(options.userRules);
  const directories = new WorkingDirectories(options.procRoot ?? "/proc");
  const verdicts = new WeakMap<readonly string[], Verdict>();

  const judge = (sample: ProcessSample): Verdict => {
    const known = verdicts.get(sample.args);
    if (known !== undefined) return known;
    const command = parseCommandLine(sample.args);
    const verdict = { command, rule: matchRule(command, rules), helper: isHelperCommand(command) };
    verdicts.set(sample.args, verdict);
    return verdict;
  };

  return {
    recognize(snapshot, managed) {
      const forest = forestOf(snapshot);
      const ours = closure(forest, managed);
      const kinds = matchedKinds(snapshot, forest, ours, judge);
      const roots = forest.pids.filter((pid) => kinds.has(pid) && !isContinued(pid, kinds, forest));
      const launchers = new Map<number, number>();
      for (const root of roots) claimLaunchers(root, snapshot, forest, ours, launchers, judge);
      const found = roots.map((root) => {
        const owned = ownedBy(root, snapshot, forest, kinds, launchers, ours, judge);
        const rule = judge(snapshot.processes.get(root) as ProcessSample).rule as AgentRule;
        return assemble(root, rule.kind, rule.label, owned, snapshot, judge, directories);
      });
      directories.forgetUnused(snapshot.monotonicMs);
      return found;
    },

    ownedTree(snapshot, rootPid) {
      const root = snapshot.processes.get(rootPid);
      if (root === undefined) return null;
      const { rule, command } = judge(root);
      const forest = forestOf(snapshot);
      // Inside a managed tree everything belongs to its root, other agents below it included: it started them.
      const owned = ownedBy(
        rootPid,
        snapshot,
        forest,
        continuedKinds(rootPid, snapshot, forest, judge),
        new Map(),
        new Set(),
        judge,
      );
      const label = rule?.label ?? nameOf(command, root.comm);
      return assemble(rootPid, rule?.kind ?? WORKER_KIND, label, owned, snapshot, judge, directories);
    },
  };
}

type Judge = (sample: ProcessSample) => Verdict;

function forestOf(snapshot: Snapshot): Forest {
  return buildForest(snapshot.processes, looksLikeEpoch(snapshot) ? START_TIME_TOLERANCE_MS : 0);
}

/** Start times are epoch milliseconds outside Linux. Ticks since boot stay below 10^11 for thirty years; epoch milliseconds are far above. */
function looksLikeEpoch({ processes }: Snapshot): boolean {
  for (const sample of processes.values()) if (sample.startTime > 1e11) return true;
  return false;
}

/** The given processes with everything below them. */
function closure(forest: Forest, roots: ReadonlySet<number>): ReadonlySet<number> {
  const all = new Set<number>();
  const open = [...roots];
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    if (all.has(pid)) continue;
    all.add(pid);
    open.push(...(forest.children.get(pid) ?? []));
  }
  return all;
}

/** A process that has ended but was not waited for: it has no command, no memory, and does nothing. */
function isZombie(sample: ProcessSample): boolean {
  return sample.state === "Z" || sample.state === "X";
}

function matchedKinds(
  snapshot: Snapshot,
  forest: Forest,
  ours: ReadonlySet<number>,
  judge: Judge,
): Map<number, string> {
  const kinds = new Map<number, string>();
  for (const pid of forest.pids) {
    const sample = snapshot.processes.get(pid) as ProcessSample;
    if (sample.args.length === 0 || ours.has(pid) || isZombie(sample)) continue;
    const { rule } = judge(sample);
    if (rule !== null) kinds.set(pid, rule.kind);
  }
  return kinds;
}

/** The kinds of one process and of those of its kind directly below it. */
function continuedKinds(root: number, snapshot: Snapshot, forest: Forest, judge: Judge): Map<number, string> {
  const kinds = new Map<number, string>();
  const kind = judge(snapshot.processes.get(root) as ProcessSample).rule?.kind;
  if (kind === undefined) return kinds;
  const open = [root];
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    kinds.set(pid, kind);
    const alike = (child: number) => judge(snapshot.processes.get(child) as ProcessSample).rule?.kind === kind;
    open.push(...(forest.children.get(pid) ?? []).filter(alike));
  }
  return kinds;
}

/** Whether the parent is an agent of the same kind, so that this process is part of it. */
function isContinued(pid: number, kinds: ReadonlyMap<number, string>, forest: Forest): boolean {
  const parent = forest.parents.get(pid);
  return parent !== undefined && kinds.has(parent) && kinds.get(parent) === kinds.get(pid);
}

/** Notes the launchers directly above an agent as its own; a shell between counts only with a launcher above it. */
function claimLaunchers(
  root: number,
  snapshot: Snapshot,
  forest: Forest,
  ours: ReadonlySet<number>,
  launchers: Map<number, number>,
  judge: Judge,
): void {
  const pending: number[] = [];
  let pid = forest.parents.get(root);
  for (let step = 0; step < MAX_LAUNCHERS && pid !== undefined; step++) {
    if (ours.has(pid) || launchers.has(pid)) return;
    const { command } = judge(snapshot.processes.get(pid) as ProcessSample);
    const isShell = command.form === "shell" && command.text !== null;
    if (!isShell && command.form !== "launcher") return;
    pending.push(pid);
    if (command.form === "launcher") for (const one of pending.splice(0)) launchers.set(one, root);
    pid = forest.parents.get(pid);
  }
}

interface Owned {
  readonly sample: ProcessSample;
  readonly role: ProcessRole;
}

/** The tree of one agent, launchers included; other agents, their launchers and what we run ourselves left out. */
function ownedBy(
  root: number,
  snapshot: Snapshot,
  forest: Forest,
  kinds: ReadonlyMap<number, string>,
  launchers: ReadonlyMap<number, number>,
  ours: ReadonlySet<number>,
  judge: Judge,
): Owned[] {
  const owned: Owned[] = [];
  for (const [pid, agent] of launchers) {
    if (agent === root) owned.push({ sample: snapshot.processes.get(pid) as ProcessSample, role: "agent" });
  }
  const kind = kinds.get(root);
  const open: { pid: number; role: ProcessRole }[] = [{ pid: root, role: "agent" }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { pid, role } = next;
    const sample = snapshot.processes.get(pid) as ProcessSample;
    // Zombies are left out, but a leader that ended before its threads may still have children.
    if (!isZombie(sample) && (!launchers.has(pid) || pid === root)) owned.push({ sample, role });
    for (const child of forest.children.get(pid) ?? []) {
      if (ours.has(child)) continue;
      const childKind = kinds.get(child);
      if (childKind !== undefined && !isContinued(child, kinds, forest)) continue;
      if (childKind !== undefined && childKind === kind && role === "agent") open.push({ pid: child, role: "agent" });
      else open.push({ pid: child, role: role === "agent" ? roleOf(child, snapshot, forest, judge) : role });
    }
  }
  return owned;
}

/** Helper or tool, for what an agent itself started. A launcher that does not say so is judged by what it launched. */
function roleOf(pid: number, snapshot: Snapshot, forest: Forest, judge: Judge): ProcessRole {
  const open = [pid];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { command, helper } = judge(snapshot.processes.get(next) as ProcessSample);
    if (helper) return "helper";
    // `npx x` → `sh -c x` → the server; a shell that the agent started itself is a tool whatever runs in it.
    const below = command.form === "launcher" || (next !== pid && command.form === "shell");
    if (below) open.push(...(forest.children.get(next) ?? []));
  }
  return "tool";
}

const ROLE_ORDER: Readonly<Record<ProcessRole, number>> = { agent: 0, helper: 1, tool: 2 };

function assemble(
  root: number,
  kind: string,
  kindLabel: string,
  owned: readonly Owned[],
  snapshot: Snapshot,
  judge: Judge,
  directories: WorkingDirectories,
): FoundAgent {
  const sample = snapshot.processes.get(root) as ProcessSample;
  const identity = { pid: sample.pid, startTime: sample.startTime };
  const directory = directories.of(identity, snapshot.monotonicMs);
  const rank = ({ sample: { pid }, role }: Owned) => (pid === root ? -1 : ROLE_ORDER[role]);
  const sorted = [...owned].toSorted((a, b) => rank(a) - rank(b) || a.sample.pid - b.sample.pid);
  return {
    identity,
    kind,
    kindLabel: cleanText(kindLabel, 60),
    command: displayCommand(sample.args),
    directory: directory === null ? null : cleanText(directory, MAX_DIRECTORY),
    processes: sorted.map((one): OwnedProcess => ({
      identity: { pid: one.sample.pid, startTime: one.sample.startTime },
      role: one.role,
      name: nameOf(judge(one.sample).command, one.sample.comm),
    })),
    usage: usageOf(sorted.map((one) => one.sample)),
    startedAtMs: sample.startedAtMs,
  };
}

function usageOf(samples: readonly ProcessSample[]): Usage {
  return {
    cpuCores: sumKnown(samples, (sample) => sample.cpuCores),
    rssBytes: sumKnown(samples, (sample) => sample.rssBytes),
    readBytes: sumKnown(samples, (sample) => sample.readBytes),
    writeBytes: sumKnown(samples, (sample) => sample.writeBytes),
    processCount: samples.length,
  };
}

/** Sum of what could be read; `null` when nothing could. */
function sumKnown(samples: readonly ProcessSample[], value: (sample: ProcessSample) => number | null): number | null {
  let sum: number | null = null;
  for (const sample of samples) {
    const one = value(sample);
    if (one !== null) sum = (sum ?? 0) + one;
  }
  return sum;
}
