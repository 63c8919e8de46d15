import * as z from "zod/mini";
import type { Coded } from "../common/errors.ts";
import type { SourceTag, SwarmMode } from "./model.ts";
import type { ActionOutcome } from "./rpc.ts";
import { swarmId } from "./swarmId.ts";

// Swarms of an orchestrator: agents that it keeps records of. What it says is `claimed`; what was seen is told beside it.

const text = (min: number, max: number) => z.string().check(z.minLength(min), z.maxLength(max));
const absolute = text(1, 4096).check(
  z.refine((path) => path.startsWith("/") || /^[A-Za-z]:[\\/]/.test(path), "use an absolute path"),
);

/** Where the wire may lead: a token, or what an agent is told, must not travel in the clear. */
export function isSafeUrl(value: string): boolean {
  let url: URL;
  try {
    url = new URL(value);
  } catch {
    return false;
  }
  if (url.username !== "" || url.password !== "") return false;
  if (url.protocol === "https:") return true;
  return url.protocol === "http:" && ["127.0.0.1", "[::1]", "localhost"].includes(url.hostname);
}

/** One swarm of claude-flow (ruflo), reached over MCP: a command that speaks it on stdio, or a URL. */
export const claudeFlowSwarm = z
  .strictObject({
    id: swarmId.check(z.refine((id) => id !== "demo", "'demo' is the built-in demo swarm; choose another id")),
    kind: z.literal("claudeFlow"),
    label: z.optional(text(1, 80)),
    command: z._default(text(1, 4096), "npx"),
    args: z._default(z.array(text(0, 32_768)).check(z.maxLength(256)), ["claude-flow", "mcp", "start"]),
    /** Where its command runs and keeps its records; the home folder when absent. */
    cwd: z.optional(absolute),
    /** Set on top of the allow-listed login environment. */
    env: z._default(
      z.record(
        z.string().check(z.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "not a name of an environment variable")),
        z.string(),
      ),
      {},
    ),
    /** Instead of a command: Streamable HTTP. */
    url: z.optional(
      text(1, 2048).check(
        z.refine(isSafeUrl, "use https, or http on 127.0.0.1, [::1] or localhost, without a name or password in it"),
      ),
    ),
    /** A file of yours alone that holds the bearer token for the URL. Read anew at each connection. */
    tokenFile: z.optional(absolute),
    /** Instead of a file: the editor keeps the token among its secrets and gives it to the engine, which keeps it in memory only. */
    tokenFromEditor: z._default(z.boolean(), false),
    minAgents: z._default(z.int().check(z.gte(0), z.lte(1000)), 0),
    maxAgents: z._default(z.int().check(z.gte(1), z.lte(1000)), 15),
    /** What is claimed drives nothing by itself, so there is no `auto`. */
    mode: z._default(
      z.enum(["observe", "recommend"], {
        error: "use observe or recommend: what an orchestrator claims never sizes a swarm by itself",
      }),
      "recommend",
    ),
    /** Of the records that are added; `worker`, or `coder` where that is not known. */
    agentType: z.optional(text(1, 60).check(z.regex(/^[A-Za-z0-9_-]+$/, "use letters, digits, '_' and '-'"))),
    /** Longest that one answer may take. */
    callTimeoutSeconds: z._default(z.number().check(z.gte(0.1), z.lte(300)), 10),
    /** Longest that the start may take: `npx` may have to fetch the package first. */
    connectTimeoutSeconds: z._default(z.number().check(z.gte(0.1), z.lte(600)), 60),
  })
  .check(
    z.refine((s) => s.minAgents <= s.maxAgents, { path: ["minAgents"], message: "must not be above maxAgents" }),
    z.refine((s) => s.tokenFile === undefined || s.url !== undefined, {
      path: ["tokenFile"],
      message: "goes with url only",
    }),
    z.refine((s) => !s.tokenFromEditor || (s.url !== undefined && s.tokenFile === undefined), {
      path: ["tokenFromEditor"],
      message: "goes with url, and without tokenFile",
    }),
  );
export type ClaudeFlowSwarm = z.infer<typeof claudeFlowSwarm>;

export const orchestratedSwarms = z.array(claudeFlowSwarm).check(
  z.maxLength(20),
  z.refine((list) => new Set(list.map((s) => s.id)).size === list.length, "two swarms have the same id"),
);

// What is shown ------------------------------------------------------------------------------------------------------

/** What the product asks an orchestrator for; the names are those of claude-flow 2. */
export const TOOL_ROLES = [
  "metrics_collect",
  "performance_report",
  "bottleneck_analyze",
  "daa_resource_alloc",
  "swarm_status",
  "swarm_scale",
  "topology_optimize",
  "agent_list",
  "agent_spawn",
  "agent_terminate",
] as const;
export type ToolRole = (typeof TOOL_ROLES)[number];

/**
 * `verified` of each of its tools something was borne out by what was seen here; which of its figures, is marked on them ·
 * `record-only` it is borne out by its own records alone · `stub` it answers and does nothing, or makes its answer up ·
 * `absent` there is no such tool · `unprobed` asking would change something, so it is graded by its first use; or it did not
 * answer, and is asked again.
 */
export const TOOL_GRADES = ["verified", "record-only", "stub", "absent", "unprobed"] as const;
export type ToolGrade = (typeof TOOL_GRADES)[number];

export interface GradedTool {
  readonly role: ToolRole;
  /** What is called for it, by the names that the server gives; empty when there is none. */
  readonly tools: readonly string[];
  readonly grade: ToolGrade;
  readonly reason: Coded;
  /** When that was found out, epoch ms; `null` for `unprobed`. */
  readonly atMs: number | null;
}

/** An agent as the orchestrator tells of it. All of it is claimed. */
export interface AgentRecord {
  readonly id: string;
  readonly type: string | null;
  readonly status: string | null;
  /** By its status; `null` when that says neither. */
  readonly busy: boolean | null;
  /** Of a process that names this record on its command line; `null`: none was seen. */
  readonly pid: number | null;
}

/** Longest bearer token, in bytes. */
export const MAX_BEARER_BYTES = 8_192;

/** What a bearer token may hold to travel in a header: one word of printable ASCII. */
export const BEARER = /^[\x21-\x7e]+$/;

export type OrchestratorLink =
  | { readonly kind: "connecting"; readonly sinceMs: number }
  | { readonly kind: "connected"; readonly sinceMs: number }
  /** It could not be reached, or was lost. */
  | { readonly kind: "waiting"; readonly reason: Coded; readonly retryAtMs: number };

/** A figure as it was told. `path` is where it stands in the answer. */
export interface ClaimedFigure {
  readonly path: string;
  readonly value: number | string | boolean;
  /** It agrees with what was measured here when it was told; absent: it was held against nothing, or does not. */
  readonly verified?: true;
}

/** What one tool answered for a role; everything in it is claimed. */
export interface ClaimedAnswer {
  readonly role: ToolRole;
  readonly tools: readonly string[];
  readonly grade: ToolGrade;
  readonly atMs: number;
  readonly figures: readonly ClaimedFigure[];
  /** Figures beyond those. */
  readonly left: number;
  /** Why there are none; `null` when there are. */
  readonly reason: Coded | null;
}

/** How agents are joined, after it was asked to be improved. `unconfirmed`: nothing shows whether it was. */
export type TopologyResult =
  | { readonly kind: "confirmed"; readonly from: string; readonly to: string }
  | { readonly kind: "unconfirmed"; readonly reason: Coded }
  | { readonly kind: "refused"; readonly reason: Coded };

/** Whether the orchestrator has taken a note of an allocation, and by which tool. */
export interface AllocationKept {
  readonly tool: string | null;
  /** It was read back. */
  readonly kept: boolean;
  readonly reason: Coded | null;
}

// What is done with it ------------------------------------------------------------------------------------------------

/** Roles that only read: what a client may ask for. */
export const CLAIMED_ROLES = [
  "metrics_collect",
  "performance_report",
  "bottleneck_analyze",
  "swarm_status",
] as const satisfies readonly ToolRole[];

/** What is asked of a swarm that cannot be had of records: each has something else that can be done instead. */
export const RECORDS_NEEDS = ["agents", "forecast", "optimize", "allocate"] as const;
export type RecordsNeed = (typeof RECORDS_NEEDS)[number];

/** What tools of an orchestrator say of one swarm. */
export interface ClaimedAnswers {
  readonly swarmId: string;
  /** As configured here; no claim. */
  readonly mode: SwarmMode;
  readonly answers: readonly ClaimedAnswer[];
}

/** The allocation that was computed here, how it was applied, and what became of it. */
export interface ResourceAllocation {
  readonly swarmId: string;
  /** Metrics, report and bottlenecks as the orchestrator tells them; empty for a swarm of ours. */
  readonly gathered: readonly ClaimedAnswer[];
  /** Agents that it is given, by the machine as measured here; `null`: it was refused. */
  readonly agents: number | null;
  /** Why there are not as many as asked for, and what of the requirements cannot be set for records. */
  readonly reasons: readonly Coded[];
  readonly outcome: ActionOutcome;
  /** Whether the orchestrator took a note of it; `null` when it was not asked. */
  readonly kept: AllocationKept | null;
  /** Of a swarm of ours: the allocation as it is in the list of them. */
  readonly allocationId: string | null;
}

/** A size that follows from the load to come, and what was done about it. */
export interface PredictiveScale {
  readonly swarmId: string;
  readonly from: number;
  /** `null`: none could be planned. */
  readonly to: number | null;
  readonly reason: Coded;
  /** Of the load that it rests on. */
  readonly source: SourceTag;
  /** `null`: nothing was to be done, or only the plan was asked for. */
  readonly outcome: ActionOutcome | null;
  /** Only after a size that was confirmed; `null` before. */
  readonly topology: TopologyResult | null;
}
