import { mcpFlags, mcpOutput } from "../../engine/protocol/cli.ts";
import { defineVerb } from "../verb.ts";

export const mcp = defineVerb({
  name: "mcp",
  summary: "Serve agents over standard input and output (Model Context Protocol), until they end",
  notes: [
    "For the configuration of an agent or an editor, not for typing. Tools to read status, load, forecast and bottlenecks,",
    "and to ask for capacity; the engine is joined, or started, with the first request. Standard output carries nothing else.",
  ],
  flags: mcpFlags,
  output: mcpOutput,
  run: async (flags, context) => {
    await context.serveAgents(!flags["no-start"]);
    return { ended: true } as const;
  },
  // Whoever still reads expects messages, and no words.
  render: () => [],
});
