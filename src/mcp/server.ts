import { type CallToolResult, CLIENT_INFO_META_KEY, McpServer } from "@modelcontextprotocol/server";
import { addResources } from "./resources.ts";
import type { AgentTool, ToolContext } from "./tool.ts";
import { failureOf } from "./failure.ts";
import type { RequestId } from "./grants.ts";
import { reasonOf } from "./shapes.ts";

const INSTRUCTIONS = [
  "This machine's agents, their load, and room for more.",
  "Before you start agents or heavy work, ask request_capacity; give it back with release_capacity when you are done, and take a refusal with its retryAfterMs for an answer.",
  "why_throttled tells what holds you back. A figure whose source is 'claimed' or 'unknown' is nobody's measurement; null means unknown, never 0.",
].join(" ");

export interface AgentServerParts {
  readonly version: string;
  readonly tools: readonly AgentTool[];
  /** What one request may reach. */
  readonly context: (signal: AbortSignal, clientName: string, requestId: RequestId | null) => ToolContext;
}

/** One server of the agents' door, for one connection. */
export function createAgentServer({ version, tools, context }: AgentServerParts): McpServer {
  const server = new McpServer(
    { name: "swarm-allocator", title: "Swarm Resource Allocator", version },
    { instructions: INSTRUCTIONS, maxToolInputElements: 10_000 },
  );
  for (const tool of tools) {
    const { name, title, description, input, output, kind, destructive, idempotent } = tool;
    server.registerTool(
      name,
      {
        title,
        description,
        inputSchema: input,
        outputSchema: output,
        annotations: {
          title,
          readOnlyHint: kind === "reads",
          ...(kind === "acts" ? { destructiveHint: destructive } : {}),
          idempotentHint: idempotent,
          openWorldHint: false,
        },
      },
      (args, { mcpReq }) => {
        // Of the older protocol the opening has told who they are, of the newer one each request does.
        const { [CLIENT_INFO_META_KEY]: told }: Record<string, unknown> = { ...mcpReq.envelope };
        const client = (told as { name?: unknown } | undefined) ?? server.server.getClientVersion();
        return answer(
          tool,
          args,
          context(mcpReq.signal, typeof client?.name === "string" ? client.name : "", mcpReq.id),
        );
      },
    );
  }
  addResources(server, (signal) => context(signal, "", null));
  return server;
}

/** What went wrong is the tool's answer, with its code and what to do about it: whoever asked can read it and act on it. */
async function answer(tool: AgentTool, args: unknown, context: ToolContext): Promise<CallToolResult> {
  try {
    const value = await tool.run(args, context);
    return { content: [{ type: "text", text: JSON.stringify(value) }], structuredContent: value };
  } catch (error) {
    const { code, text } = reasonOf(failureOf(error));
    // Nothing structured: it would not be what the tool's output schema says, and clients refuse it for that.
    return { isError: true, content: [{ type: "text", text: `${code}: ${text}` }] };
  }
}
