import { isDeepStrictEqual } from "node:util";
import type { Coded } from "../../common/errors.ts";
import type { AllocationKept, ClaimedAnswer, ToolRole, TopologyResult } from "../../protocol/orchestrators.ts";
import { agreementOf, type MeasuredHost } from "./agreement.ts";
import { failureOf, figuresOf } from "./answers.ts";
import type { Dialect } from "./dialect.ts";
import type { Grades } from "./grades.ts";
import type { Ask } from "./probe.ts";

interface Asking {
  readonly ask: Ask;
  readonly dialect: Dialect;
  readonly grades: Grades;
  readonly wallMs: () => number;
  readonly host: () => MeasuredHost | null;
}

/** What the tools of a role say now. One that is known to make its answers up is not asked: nothing of it could be used. */
export async function askRole(role: ToolRole, { ask, dialect, grades, wallMs, host }: Asking): Promise<ClaimedAnswer> {
  const { grade, tools, reason } = grades.of(role);
  const none = (why: Coded): ClaimedAnswer => ({
    role,
    tools,
    grade,
    atMs: wallMs(),
    figures: [],
    left: 0,
    reason: why,
  });
  if (!grades.isUsable(role)) return none(reason);
  const answers: (readonly [string, unknown])[] = [];
  const agreed: (readonly [string, string])[] = [];
  let problem: Coded | null = null;
  for (const tool of dialect.tools[role]) {
    const answer = await ask(tool, {});
    if (answer.kind === "value") {
      const said = failureOf(answer.value);
      if (said === null) {
        answers.push([tool, answer.value]);
        const agreement = agreementOf(answer.value, host());
        if (agreement !== null) agreed.push([tool, agreement.path]);
      } else problem = { code: "grade.fails", args: { said } };
    } else if (answer.kind === "absent") problem = { code: "grade.refusedAsUnknown", args: { tool } };
    else problem = { code: "grade.refuses", args: { tool, said: answer.message } };
  }
  const several = answers.length === 1 ? answers[0]?.[1] : Object.fromEntries(answers);
  const { figures, left } = figuresOf(answers.length === 0 ? null : several);
  if (figures.length === 0) return none(problem ?? { code: "grade.saysNothing", args: {} });
  // A tool is graded as a whole; that one figure of it agrees with what was measured says nothing of the others.
  const paths = new Set(agreed.map(([tool, path]) => (answers.length === 1 ? path : `${tool}.${path}`)));
  const marked = figures.map((figure) => (paths.has(figure.path) ? { ...figure, verified: true as const } : figure));
  return { role, tools, grade, atMs: wallMs(), figures: marked, left, reason: null };
}

/**
 * Lets the orchestrator choose how its agents are joined. Version 3 only recommends: what it recommends is set and read
 * back. Never asked but after a scale that was confirmed.
 */
export async function optimizeTopology({ ask, dialect, grades }: Asking): Promise<TopologyResult> {
  const role = "topology_optimize";
  const [tool] = dialect.tools[role];
  const known = grades.of(role);
  if (tool === undefined || !grades.isUsable(role)) return { kind: "refused", reason: known.reason };
  if (tool !== "coordination_topology") {
    const answer = await ask(tool, {});
    if (answer.kind !== "value") return refused(tool, answer.kind === "refused" ? answer.message : null);
    // Nothing tells what the topology is, so nothing can show that it was changed.
    return { kind: "unconfirmed", reason: { code: "topology.unseen", args: { tool } } };
  }
  const advised = await ask(tool, { action: "optimize" });
  const recommended = wordAt(advised.kind === "value" ? advised.value : null, ["recommended"]);
  const current = wordAt(advised.kind === "value" ? advised.value : null, ["current"]);
  if (recommended === null || current === null)
    return refused(tool, advised.kind === "refused" ? advised.message : null);
  if (recommended === current) return { kind: "confirmed", from: current, to: current };
  await ask(tool, { action: "set", type: recommended });
  const read = await ask(tool, { action: "get" });
  const seen = wordAt(read.kind === "value" ? read.value : null, ["topology", "type"]);
  if (seen !== recommended) {
    grades.set(role, "stub", "grade.setNothing", { tool, asked: recommended, found: seen });
    return {
      kind: "unconfirmed",
      reason: { code: "topology.unmoved", args: { tool, asked: recommended, found: seen } },
    };
  }
  grades.set(role, "record-only", "grade.topologySet", { tool, from: current, to: recommended });
  return { kind: "confirmed", from: current, to: recommended };
}

/** Leaves what was allocated where its agents can read it, and reads it back; the allocation itself is ours. */
export async function keepAllocation(
  allocation: Readonly<Record<string, number>>,
  swarmId: string,
  agentIds: readonly string[],
  { ask, dialect, grades }: Asking,
): Promise<AllocationKept> {
  const [tool] = dialect.tools.daa_resource_alloc;
  if (tool !== undefined && grades.isUsable("daa_resource_alloc")) {
    const answer = await ask(tool, { resources: allocation, agents: agentIds });
    const said = answer.kind === "value" ? failureOf(answer.value) : answer.kind === "refused" ? answer.message : null;
    const isKept = answer.kind === "value" && said === null && hasKey(answer.value, "allocation");
    if (answer.kind === "absent") grades.set("daa_resource_alloc", "absent", "grade.refusedAsUnknown", { tool });
    else if (isKept) grades.set("daa_resource_alloc", "record-only", "grade.keptNote", { tool });
    else if (said === null) grades.set("daa_resource_alloc", "stub", "grade.hollow", { tool });
    // None of its tools tells what was allocated.
    return isKept ? unkept(tool, "allocation.noteUnseen", { tool }) : unkept(tool, "grade.refuses", { tool, said });
  }
  const memory = dialect.memoryTool;
  if (memory === null) return { tool: null, kept: false, reason: { code: "allocation.noPlace", args: {} } };
  const note = {
    key: `allocation/${swarmId}`,
    value: JSON.stringify(allocation),
    namespace: "swarm-allocator",
    upsert: true,
  };
  const answer = await ask(memory, note);
  const said =
    answer.kind === "value" ? failureOf(answer.value) : answer.kind === "refused" ? answer.message : "unknown tool";
  if (said !== null) return unkept(memory, "grade.refuses", { tool: memory, said });
  const reader = dialect.memoryReader;
  if (reader === null) return unkept(memory, "allocation.noteUnseen", { tool: memory });
  const read = await ask(reader, { key: note.key, namespace: note.namespace });
  return isDeepStrictEqual(noteIn(read.kind === "value" ? read.value : null), allocation)
    ? { tool: memory, kept: true, reason: null }
    : unkept(memory, "allocation.noteOtherwise", { tool: reader });
}

function unkept(tool: string, code: string, args: Coded["args"]): AllocationKept {
  return { tool, kept: false, reason: { code, args } };
}

/** As text, as it was given, or as what that means. */
function noteIn(answer: unknown): unknown {
  const value = (answer as { value?: unknown } | null)?.value;
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return null;
  }
}

function refused(tool: string, said: string | null): TopologyResult {
  return { kind: "refused", reason: { code: "grade.refuses", args: { tool, said } } };
}

function hasKey(value: unknown, key: string): boolean {
  return typeof value === "object" && value !== null && key in value;
}

function wordAt(value: unknown, path: readonly string[]): string | null {
  let at = value;
  for (const key of path) at = (at as Record<string, unknown> | null | undefined)?.[key];
  return typeof at === "string" && /^[a-z0-9-]{1,40}$/i.test(at) ? at : null;
}
