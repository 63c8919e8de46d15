import type { Coded } from "../../common/errors.ts";
import { type GradedTool, TOOL_ROLES, type ToolGrade, type ToolRole } from "../../protocol/orchestrators.ts";
import type { Dialect } from "./dialect.ts";

/** Roles that are graded by their first use: asking would change something. */
const BY_USE: ReadonlySet<ToolRole> = new Set([
  "daa_resource_alloc",
  "swarm_scale",
  "topology_optimize",
  "agent_spawn",
  "agent_terminate",
]);

/** What is known of each tool, and why. */
export class Grades {
  readonly #tools = new Map<ToolRole, GradedTool>();
  readonly #wallMs: () => number;

  constructor(wallMs: () => number) {
    this.#wallMs = wallMs;
  }

  /**
   * Another list of tools: what is called otherwise, or has come or gone, is to be found out anew.
   * @returns the roles of which it is, and those that could not be graded the last time
   */
  follow(dialect: Dialect): ReadonlySet<ToolRole> {
    const due = new Set<ToolRole>();
    for (const role of TOOL_ROLES) {
      const tools = dialect.tools[role];
      const known = this.#tools.get(role);
      if (known !== undefined && known.tools.join() === tools.join() && known.grade !== "absent") {
        const { grade, reason } = known;
        if (grade === "unprobed" && (!BY_USE.has(role) || reason.code === "grade.noAnswer")) due.add(role);
        continue;
      }
      if (tools.length > 0) due.add(role);
      const reason = { code: tools.length === 0 ? "grade.noTool" : "grade.unprobed", args: {} };
      this.#tools.set(role, {
        ...{ role, tools, reason },
        ...(tools.length === 0
          ? { grade: "absent" as const, atMs: this.#wallMs() }
          : { grade: "unprobed" as const, atMs: null }),
      });
    }
    return due;
  }

  set(role: ToolRole, grade: ToolGrade, code: string, args: Coded["args"] = {}): void {
    const tools = this.#tools.get(role)?.tools ?? [];
    this.#tools.set(role, { role, tools, grade, reason: { code, args }, atMs: this.#wallMs() });
  }

  of(role: ToolRole): GradedTool {
    const reason = { code: "grade.unprobed", args: {} };
    return this.#tools.get(role) ?? { role, tools: [], grade: "unprobed", reason, atMs: null };
  }

  /** Worth asking: it is there, and is not known to do nothing. */
  isUsable(role: ToolRole): boolean {
    const { grade } = this.of(role);
    return grade !== "absent" && grade !== "stub";
  }

  list(): readonly GradedTool[] {
    return TOOL_ROLES.flatMap((role) => this.#tools.get(role) ?? []);
  }
}
