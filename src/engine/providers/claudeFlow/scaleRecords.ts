import type { Coded } from "../../common/errors.ts";
import { failureOf, type Listed } from "./answers.ts";
import type { Dialect } from "./dialect.ts";
import type { Grades } from "./grades.ts";
import type { Ask } from "./probe.ts";
import type { Unseen } from "./unseen.ts";

export interface ScalePartsOfRecords {
  readonly ask: Ask;
  readonly dialect: Dialect;
  readonly grades: Grades;
  readonly agentType: string;
  /** Never more records than these. */
  readonly maxAgents: number;
  /** What was done and is not listed yet; `list` takes off what it shows for the first time. */
  readonly unseen: Unseen;
  /** Reads the records anew. */
  readonly list: () => Promise<readonly Listed[]>;
  /** Time is over, or nobody wants it any more: nothing further is begun. */
  readonly isOver: () => boolean;
  /** Waits before the records are read again; they may be written behind the answer. */
  readonly pause: () => Promise<void>;
}

export interface ScaledRecords {
  readonly records: readonly Listed[];
  /** Why the number is not what was asked for; `null` when it is. */
  readonly reason: Coded | null;
  /** What was done, in order, and what did nothing. */
  readonly notes: readonly Coded[];
}

/** How often a list that does not show what was written is read again. */
const READ_AGAIN = 3;
const UNLISTED = "scaled.unlisted";

/**
 * Brings the number of records to a target, level-triggered: after every write the records are read, and what is done next
 * hangs on them alone.
 * 1. The tool that scales, unless it is known to do nothing.
 * 2. What is missing is added one by one; what is too much is taken out one by one, the idle first.
 * 3. Records that work are left alone: taking one out ends nobody's work, but its result would be nobody's.
 */
export async function scaleRecords(target: number, parts: ScalePartsOfRecords): Promise<ScaledRecords> {
  const { grades, isOver } = parts;
  const notes: Coded[] = [];
  let records = await parts.list();
  if (records.length === target) return { records, reason: null, notes };

  if (grades.isUsable("swarm_scale") && !isOver()) records = await scaleWhole(target, records, parts, notes);
  // What the pool counts already is not added once more.
  if (records.length < target && !notes.some(({ code }) => code === UNLISTED))
    records = await add(target, records, parts, notes);
  if (records.length > target) records = await takeOut(target, records, parts, notes);
  return { records, reason: records.length === target ? null : whyNot(target, records, parts, notes), notes };
}

/** Reads the records until they show what was written, or have had the time to. */
async function readBack(
  wanted: (count: number) => boolean,
  { list, isOver, pause }: ScalePartsOfRecords,
): Promise<readonly Listed[]> {
  let records = await list();
  for (let again = 0; again < READ_AGAIN && !wanted(records.length) && !isOver(); again++) {
    await pause();
    records = await list();
  }
  return records;
}

/** The orchestrator's own way; what it is worth shows in what the records are afterwards. */
async function scaleWhole(
  target: number,
  before: readonly Listed[],
  parts: ScalePartsOfRecords,
  notes: Coded[],
): Promise<readonly Listed[]> {
  const { ask, dialect, grades, agentType, maxAgents, unseen } = parts;
  const [tool] = dialect.tools.swarm_scale;
  if (tool === undefined) return before;
  const size = target > before.length ? Math.min(target, maxAgents - unseen.count) : target;
  const growth = Math.max(0, size - before.length);
  if (target > before.length && growth === 0) return before;
  let args: Record<string, unknown> | null = null;
  if (tool === "agent_pool") {
    // Its pool is the agents of one kind; the others stay as they are.
    const ofKind = before.filter(({ type }) => type === agentType).length;
    const poolSize = ofKind + size - before.length;
    if (poolSize <= 0) {
      notes.push({ code: "scaled.poolOfNone", args: { tool } });
      return before;
    }
    // It reckons from what it counts itself, which its list may tell more than: then its size would come out above ours.
    const state = await ask(tool, { action: "status", agentType });
    if (state.kind === "refused") notes.push({ code: "scaled.refused", args: { tool, said: state.message } });
    else if (state.kind === "absent") grades.set("swarm_scale", "absent", "grade.refusedAsUnknown", { tool });
    else {
      const pool = pooledOf(state.value, agentType);
      if (pool !== ofKind) notes.push({ code: "scaled.poolOther", args: { tool, pool, listed: ofKind } });
      else args = { action: "scale", targetSize: poolSize, agentType };
    }
    if (args === null) return before;
  } else {
    if (target === 0) return before;
    args = { targetSize: size };
  }
  if (growth > 0) unseen.asking(growth);
  const answer = await ask(tool, args);
  const isDone = answer.kind === "value" && failureOf(answer.value) === null;
  if (!isDone) unseen.settled(growth);
  else unseen.ended(removedOf(answer.value));
  const after = await readBack((count) => !isDone || (growth > 0 ? count >= size : count <= size), parts);
  const moved = after.length - before.length;
  if (answer.kind === "absent") grades.set("swarm_scale", "absent", "grade.refusedAsUnknown", { tool });
  else if (answer.kind === "refused") notes.push({ code: "scaled.refused", args: { tool, said: answer.message } });
  else if (moved === 0) {
    const said = failureOf(answer.value);
    if (said !== null) notes.push({ code: "scaled.refused", args: { tool, said } });
    else if (growth > 0 && tool === "agent_pool" && (await isCounted())) notes.push({ code: UNLISTED, args: { tool } });
    // A pool takes only idle ones out: that it took none may be right.
    else if (target > before.length || before.some(({ busy }) => busy !== true)) {
      grades.set("swarm_scale", "stub", "grade.scaledNothing", { tool, asked: size, before: before.length });
      notes.push({ code: "scaled.nothing", args: { tool } });
    } else notes.push({ code: "scaled.onlyBusy", args: { tool } });
  } else {
    grades.set("swarm_scale", "record-only", "grade.scaled", { tool, from: before.length, to: after.length });
    notes.push({ code: "scaled.by", args: { tool, from: before.length, to: after.length } });
  }
  return after;

  /** Whether the pool itself tells of the size that it was asked for. */
  async function isCounted(): Promise<boolean> {
    const state = await ask("agent_pool", { action: "status", agentType });
    return state.kind === "value" && pooledOf(state.value, agentType) === args?.["targetSize"];
  }
}

/** How many of a kind a pool counts; `null` when it does not say. */
function pooledOf(state: unknown, agentType: string): number | null {
  const byType = (state as { byType?: unknown } | null)?.byType;
  if (failureOf(state) !== null || typeof byType !== "object" || byType === null) return null;
  const count: unknown = Object.hasOwn(byType, agentType) ? (byType as Record<string, unknown>)[agentType] : 0;
  return typeof count === "number" ? count : null;
}

/** The records that a pool says it has taken out. */
function removedOf(answer: unknown): readonly string[] {
  const removed = (answer as { removed?: unknown } | null)?.removed;
  return Array.isArray(removed) ? removed.filter((id) => typeof id === "string") : [];
}

async function add(
  target: number,
  before: readonly Listed[],
  parts: ScalePartsOfRecords,
  notes: Coded[],
): Promise<readonly Listed[]> {
  const { ask, dialect, grades, agentType, maxAgents, unseen, isOver } = parts;
  const [tool] = dialect.tools.agent_spawn;
  if (tool === undefined || !grades.isUsable("agent_spawn")) {
    notes.push({ code: "scaled.cannotAdd", args: {} });
    return before;
  }
  const missing = Math.min(target, maxAgents - unseen.count) - before.length;
  if (missing <= 0) return before;
  let asked = 0;
  let told = 0;
  while (asked < missing && !isOver()) {
    asked++;
    unseen.asking(1);
    const answer = await ask(tool, { [dialect.typeArgument]: agentType });
    if (answer.kind === "value" && failureOf(answer.value) === null) {
      told++;
      continue;
    }
    unseen.settled(1);
    const said = answer.kind === "value" ? failureOf(answer.value) : answer.kind === "refused" ? answer.message : null;
    if (answer.kind === "absent") grades.set("agent_spawn", "absent", "grade.refusedAsUnknown", { tool });
    notes.push({ code: "scaled.refused", args: { tool, said } });
    break;
  }
  const after = await readBack((count) => count >= before.length + told, parts);
  const added = after.length - before.length;
  if (added > 0) grades.set("agent_spawn", "record-only", "grade.added", { tool, count: added });
  else if (asked > 0 && grades.of("agent_spawn").grade !== "absent")
    grades.set("agent_spawn", "stub", "grade.addedNothing", { tool });
  notes.push({ code: "scaled.added", args: { tool, count: added } });
  return after;
}

async function takeOut(
  target: number,
  before: readonly Listed[],
  parts: ScalePartsOfRecords,
  notes: Coded[],
): Promise<readonly Listed[]> {
  const { ask, dialect, grades, unseen, isOver } = parts;
  const [tool] = dialect.tools.agent_terminate;
  if (tool === undefined || !grades.isUsable("agent_terminate")) {
    notes.push({ code: "scaled.cannotRemove", args: { count: before.length - target } });
    return before;
  }
  // Those that are on their way out already, then the newest, so that what was there before stays.
  const idle = before.filter(({ busy }) => busy !== true).toReversed();
  const ending = [
    ...idle.filter(({ rawId }) => unseen.isEnded(rawId)),
    ...idle.filter(({ rawId }) => !unseen.isEnded(rawId)),
  ];
  let asked = 0;
  let told = 0;
  let said: string | null = null;
  for (const { rawId } of ending.slice(0, before.length - target)) {
    if (isOver()) break;
    asked++;
    const answer = await ask(tool, { agentId: rawId });
    if (answer.kind === "absent") {
      grades.set("agent_terminate", "absent", "grade.refusedAsUnknown", { tool });
      break;
    }
    const why = answer.kind === "refused" ? answer.message : failureOf(answer.value);
    if (why === null) {
      told++;
      unseen.ended([rawId]);
    } else said = why;
  }
  if (asked === 0) return before;
  const after = await readBack((count) => count <= before.length - told, parts);
  const removed = before.length - after.length;
  if (removed > 0) grades.set("agent_terminate", "record-only", "grade.removed", { tool, count: removed });
  else if (told > 0) grades.set("agent_terminate", "stub", "grade.removedNothing", { tool });
  notes.push({ code: "scaled.removed", args: { tool, count: removed } });
  if (said !== null) notes.push({ code: "scaled.refused", args: { tool, said } });
  return after;
}

function whyNot(
  target: number,
  records: readonly Listed[],
  { dialect, grades, maxAgents: max, unseen: { count: unseen }, isOver }: ScalePartsOfRecords,
  notes: readonly Coded[],
): Coded {
  const args = { records: records.length, target };
  const busy = records.filter((one) => one.busy === true).length;
  if (records.length > target) {
    if (dialect.tools.agent_terminate.length === 0 || !grades.isUsable("agent_terminate"))
      return { code: "scale.recordsStay", args };
    if (busy > target) return { code: "scale.recordsBusy", args: { ...args, busy } };
  }
  const refused = notes.findLast(({ code }) => code === "scaled.refused");
  if (refused !== undefined) return { code: "scale.recordsRefused", args: { ...args, ...refused.args } };
  const isAwaited = notes.some(({ code }) => code === UNLISTED) || records.length + unseen >= max;
  if (records.length < target && unseen > 0 && isAwaited)
    return { code: "scale.recordsUnseen", args: { ...args, unseen, max } };
  return { code: isOver() ? "scale.recordsDeadline" : "scale.recordsUnmoved", args };
}
