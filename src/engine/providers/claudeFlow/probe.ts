import { CodedError } from "../../common/errors.ts";
import { cleanText } from "../../common/text.ts";
import type { GradedTool, ToolRole } from "../../protocol/orchestrators.ts";
import { agreementOf, type MeasuredHost } from "./agreement.ts";
import { fallenCounter, failureOf, figuresOf, numberAt, recordsOf, shapeOf } from "./answers.ts";
import type { Dialect } from "./dialect.ts";
import type { Grades } from "./grades.ts";
import type { ToolAnswer } from "./mcpConnection.ts";

export type Ask = (tool: string, args: Readonly<Record<string, unknown>>) => Promise<ToolAnswer>;

export interface ProbeParts {
  readonly ask: Ask;
  readonly dialect: Dialect;
  readonly grades: Grades;
  /** Those to be graded; the others stay as they are. */
  readonly roles: ReadonlySet<ToolRole>;
  /** Part of names that no server can know. */
  readonly nonce: string;
  /** What was measured of this machine; `null` before. */
  readonly host: () => MeasuredHost | null;
  /** Whether a tool that writes may be asked about a swarm that does not exist. */
  readonly mayWrite: boolean;
  /** As soon as it is known: records that are told also of a swarm that does not exist. They are made up. */
  readonly onMadeUp: (ids: ReadonlySet<string>) => void;
}

/** A call that failed by itself: the connection is as good as before, and the next tool may answer. */
const OWN_FAILURES: ReadonlySet<string> = new Set(["mcp.timeout", "mcp.failed"]);

const WRITING = ["swarm_scale", "topology_optimize"] as const;
const READING = ["swarm_status", "metrics_collect", "bottleneck_analyze", "performance_report"] as const;

/** A counter that is drawn anew each time rises three times in a row once in 24. There are three of them. */
const REPORT_ASKED = 4;

/**
 * Grades what can be graded without changing anything of the orchestrator's records:
 * 1. A tool is asked for that cannot exist. Who says that it was done says so to everything.
 * 2. Lists are asked for a swarm that cannot exist. Whoever is told of it, and not counted by the status, is made up.
 * 3. What only reads is read, and held against what was measured here.
 * 4. What writes is not asked, but for a server that says yes to everything: of such a one the tools that name their swarm
 *    are asked about one that does not exist. Who says yes to that does not look at what it is asked. Records that have come
 *    of it all the same, and that the answer names, are taken out again; others may be somebody else's.
 */
export async function probe(parts: ProbeParts): Promise<void> {
  const { ask, dialect, grades, roles, nonce, host, mayWrite, onMadeUp } = parts;
  if (![...READING, ...WRITING, "agent_list" as const].some((role) => roles.has(role))) return;
  const noSuchTool = `swarm_allocator_probe_${nonce}`;
  const noSuchSwarm = { swarmId: `swarm-allocator-probe-${nonce}` };
  const unknown = await tryAsk(null, noSuchTool, {});
  const hollow =
    unknown?.kind === "value" && failureOf(unknown.value) === null ? shapeOf(unknown.value, noSuchTool) : null;
  const isHollow = (tool: string, answer: ToolAnswer): boolean =>
    hollow !== null && answer.kind === "value" && shapeOf(answer.value, tool) === hollow;

  const madeUp = roles.has("agent_list") ? await recordsOfNobody() : null;
  if (madeUp !== null) {
    onMadeUp(madeUp);
    await read("agent_list", (answer) => {
      const said = answer.kind === "value" ? failureOf(answer.value) : null;
      if (said !== null) return grades.set("agent_list", "record-only", "grade.fails", { said });
      const records = answer.kind === "value" ? recordsOf(answer.value) : null;
      if (records === null) return grades.set("agent_list", "stub", "grade.noList", {});
      return madeUp.size > 0
        ? grades.set("agent_list", "record-only", "grade.madeUp", { count: madeUp.size })
        : grades.set("agent_list", "record-only", "grade.ownRecords", {});
    });
  }
  // Without it nobody can tell what an answer is worth.
  if (unknown === null) {
    for (const role of READING) if (roles.has(role)) noAnswer(role, noSuchTool);
    return;
  }
  await read("swarm_status", () => grades.set("swarm_status", "record-only", "grade.ownRecords", {}));
  for (const role of ["metrics_collect", "bottleneck_analyze"] as const)
    await read(role, (answer) => judge(role, answer));
  await report();

  if (hollow !== null && mayWrite && WRITING.some((role) => roles.has(role))) {
    const before = await recordIds();
    const named = new Set<unknown>();
    for (const role of WRITING) {
      const [tool] = dialect.tools[role];
      const args = role === "swarm_scale" ? { ...noSuchSwarm, targetSize: 1 } : noSuchSwarm;
      if (!roles.has(role) || tool !== role || grades.of(role).grade !== "unprobed" || before === null) continue;
      const answer = await tryAsk(role, tool, args);
      if (answer?.kind !== "value") continue;
      for (const { value } of figuresOf(answer.value).figures) named.add(value);
      if (isHollow(tool, answer)) grades.set(role, "stub", "grade.hollow", { tool });
    }
    if (before !== null) await takeBack(before, named);
  }

  /** `null`, and the role is told as not graded: it has not answered by itself. */
  async function tryAsk(
    role: ToolRole | null,
    tool: string,
    args: Readonly<Record<string, unknown>>,
  ): Promise<ToolAnswer | null> {
    try {
      return await ask(tool, args);
    } catch (error) {
      if (!(error instanceof CodedError) || !OWN_FAILURES.has(error.code)) throw error;
      if (role !== null) noAnswer(role, tool);
      return null;
    }
  }

  function noAnswer(role: ToolRole, tool: string): void {
    grades.set(role, "unprobed", "grade.noAnswer", { tool });
  }

  /** @returns `null` when it cannot be told whether they are made up, as the role then says */
  async function recordsOfNobody(): Promise<ReadonlySet<string> | null> {
    if (!dialect.listsBySwarm) return new Set();
    const answer = await tryAsk("agent_list", "agent_list", noSuchSwarm);
    if (answer === null) return null;
    const told = answer.kind === "value" ? recordsOf(answer.value) : null;
    // No list of that swarm is as it should be, where there is one of all.
    if (told === null && (await recordIds()) === null) {
      noAnswer("agent_list", "agent_list");
      return null;
    }
    if (told === null || told.length === 0) return new Set();
    // One that does not look at the swarm it is asked about tells the true ones: then its status counts as many.
    // With no count, what says itself that it is of that swarm is.
    const count = await statusCount();
    const isSaidOf = answer.kind === "value" && (answer.value as { swarmId?: unknown }).swarmId === noSuchSwarm.swarmId;
    if (count === null && !isSaidOf) {
      grades.set("agent_list", "unprobed", "grade.listUnsure", { count: told.length });
      return null;
    }
    return new Set(count === told.length ? [] : told.map(({ rawId }) => rawId));
  }

  async function statusCount(): Promise<number | null> {
    const [tool] = dialect.tools.swarm_status;
    const answer = tool === undefined ? null : await tryAsk(null, tool, {});
    if (answer?.kind !== "value" || failureOf(answer.value) !== null) return null;
    return numberAt(figuresOf(answer.value).figures, /(?:^|\.)agentCount$/)?.value ?? null;
  }

  async function recordIds(): Promise<ReadonlySet<string> | null> {
    const answer = await tryAsk(null, "agent_list", {});
    const records = answer?.kind === "value" ? recordsOf(answer.value) : null;
    return records === null ? null : new Set(records.map(({ rawId }) => rawId));
  }

  /** One that looks like doing nothing and has added records all the same: it does not do nothing, and those that it names go. */
  async function takeBack(before: ReadonlySet<string>, named: ReadonlySet<unknown>): Promise<void> {
    const added = [...((await recordIds()) ?? [])].filter((id) => !before.has(id) && madeUp?.has(id) !== true);
    if (added.length === 0) return;
    const [tool] = dialect.tools.swarm_scale;
    const [remove] = dialect.tools.agent_terminate;
    const own = remove === undefined ? [] : added.filter((id) => named.has(id));
    if (remove !== undefined) for (const agentId of own) await tryAsk(null, remove, { agentId });
    const args = { tool: tool ?? null, count: added.length, left: added.length - own.length };
    grades.set("swarm_scale", "record-only", "grade.ignoresSwarm", args);
  }

  /**
   * Asks the tools of a role, and grades what is the same for all: absent, refusing, hollow. With several tools the role is
   * verified when each of them is, and of use when one of them is.
   */
  async function read(role: ToolRole, then: (answer: ToolAnswer, tool: string) => void): Promise<ToolAnswer | null> {
    let last: ToolAnswer | null = null;
    if (!roles.has(role)) return null;
    const graded: { readonly tool: string; readonly as: GradedTool }[] = [];
    for (const tool of dialect.tools[role]) {
      const answer = await tryAsk(role, tool, {});
      if (answer === null) return last;
      if (answer.kind === "absent") grades.set(role, "absent", "grade.refusedAsUnknown", { tool });
      else if (answer.kind === "refused")
        grades.set(role, "record-only", "grade.refuses", { tool, said: answer.message });
      else if (isHollow(tool, answer)) grades.set(role, "stub", "grade.hollow", { tool });
      else {
        then(answer, tool);
        last = answer;
      }
      graded.push({ tool, as: grades.of(role) });
    }
    const namesOf = (some: typeof graded): string => some.map(({ tool }) => tool).join(", ");
    const verified = graded.filter(({ as }) => as.grade === "verified");
    const rest = graded.filter(({ as }) => as.grade !== "verified");
    const usable = rest.find(({ as }) => as.grade === "record-only")?.as;
    if (verified.length > 0 && rest.length > 0)
      grades.set(role, "record-only", "grade.partlyVerified", { verified: namesOf(verified), rest: namesOf(rest) });
    else if (usable !== undefined) grades.set(role, usable.grade, usable.reason.code, usable.reason.args);
    return last;
  }

  /** Against what was measured here at the same moment. */
  function judge(role: ToolRole, answer: ToolAnswer): void {
    if (answer.kind !== "value") return;
    const failure = failureOf(answer.value);
    if (failure !== null) return grades.set(role, "record-only", "grade.fails", { said: cleanText(failure, 120) });
    const reason = agreementOf(answer.value, host())?.reason;
    if (reason !== undefined) return grades.set(role, "verified", reason.code, reason.args);
    return grades.set(role, "record-only", "grade.uncheckable", {});
  }

  /** A report of what was done so far, asked for several times in a row: nothing can have been undone meanwhile. */
  async function report(): Promise<void> {
    const [tool] = dialect.tools.performance_report;
    const first = await read("performance_report", (answer) => judge("performance_report", answer));
    if (tool === undefined || first?.kind !== "value") return;
    let before = figuresOf(first.value).figures;
    for (let asked = 1; asked < REPORT_ASKED; asked++) {
      const again = await tryAsk(null, tool, {});
      if (again?.kind !== "value") return;
      const { figures } = figuresOf(again.value);
      const fallen = fallenCounter(before, figures);
      if (fallen !== null) return grades.set("performance_report", "stub", "grade.countsDown", { ...fallen });
      before = figures;
    }
  }
}
