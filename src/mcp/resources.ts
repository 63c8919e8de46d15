import { type McpServer, ResourceTemplate } from "@modelcontextprotocol/server";
import type { ProfileReport } from "../engine/protocol/profiling.ts";
import { calls } from "../engine/protocol/rpc.ts";
import { reportDocument } from "../text/report/document.ts";
import { reportMarkdown } from "../text/report/markdown.ts";
import { failureOf, ToolFailure } from "./failure.ts";
import { reasonOf } from "./shapes.ts";
import type { ToolContext } from "./tool.ts";

const PROFILE = "swarm://profile/latest";
const MAX_SWARMS = 50;
const MAX_REPORT = 100_000;
const MOST_FUNCTIONS = 10;

type ContextOf = (signal: AbortSignal) => ToolContext;

/** What may be read as a whole: a performance report of each managed swarm, and the newest profile in short. */
export function addResources(server: McpServer, contextOf: ContextOf): void {
  const list = async (signal: AbortSignal) => {
    const { swarms } = await contextOf(signal).call(calls.overview, {});
    const managed = swarms.filter(({ kind }) => kind === "managed").slice(0, MAX_SWARMS);
    return managed.map(({ id, label }) => ({ uri: reportUri(id), name: `Performance report: ${label}` }));
  };
  server.registerResource(
    "performance-report",
    new ResourceTemplate("swarm://report/{swarmId}", {
      list: async ({ mcpReq }) => ({ resources: await list(mcpReq.signal) }),
    }),
    {
      title: "Performance report of a swarm",
      description: "Key figures, load, decisions, bottlenecks and what to do, over the last 24 hours, as Markdown.",
      mimeType: "text/markdown",
    },
    async (uri, { swarmId }, { mcpReq }) => {
      const id = typeof swarmId === "string" ? decoded(swarmId) : "";
      const asked = { swarmId: id, timeframe: "24h", detailed: false } as const;
      const report = await worded(() => contextOf(mcpReq.signal).call(calls.performanceReport, asked));
      const text = reportMarkdown(reportDocument(report)).slice(0, MAX_REPORT);
      return { contents: [{ uri: uri.href, mimeType: "text/markdown", text }] };
    },
  );
  server.registerResource(
    "latest-profile",
    PROFILE,
    {
      title: "The newest profile, in short",
      description: "What the last profile of a process has found: hot functions, growth of memory, what to do. JSON.",
      mimeType: "application/json",
    },
    async (uri, { mcpReq }) => {
      const report = await worded(() => contextOf(mcpReq.signal).call(calls.profileLatest, {}));
      const text = JSON.stringify(report === null ? { profile: null } : { profile: profileSummary(report) }, null, 2);
      return { contents: [{ uri: uri.href, mimeType: "application/json", text }] };
    },
  );
}

/** Without the command line of the process, and without where its files lie. */
function profileSummary({
  process,
  startedAtMs,
  durationMs,
  ended,
  cpu,
  memory,
  missing,
  recommendations,
}: ProfileReport) {
  return {
    ...{ pid: process.pid, startedAtMs, durationMs, ended },
    hotFunctions: (cpu?.hotspots ?? []).slice(0, MOST_FUNCTIONS).map(({ name, selfRatio, totalRatio }) => ({
      ...{ name, selfRatio, totalRatio },
    })),
    source: cpu?.source ?? "unknown",
    busyRatio: cpu?.busyRatio ?? null,
    collectorRatio: cpu?.collectorRatio ?? null,
    growth: (memory?.growth ?? []).map(({ series, pattern, bytesPerSecond }) => ({ series, pattern, bytesPerSecond })),
    missing: missing.map(({ component, reason }) => ({ component, reason: reasonOf(reason) })),
    recommendations: recommendations
      .slice(0, MOST_FUNCTIONS)
      .map(({ type, target, suggestion }) => ({ type, target, suggestion: reasonOf(suggestion).text })),
  };
}

function reportUri(swarmId: string): string {
  // A lone surrogate has no encoding.
  return `swarm://report/${encodeURIComponent(swarmId.toWellFormed())}`;
}

/** @throws ToolFailure for a text that no encoding makes */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ToolFailure("swarm.unknown", { swarmId: text, known: "" });
  }
}

/** A resource has no answer of its own for what went wrong: its words are the error. */
async function worded<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const { code, text } = reasonOf(failureOf(error));
    throw new Error(`${code}: ${text}`, { cause: error });
  }
}
