import type { AgentTool } from "../tool.ts";
import { swarmStatus } from "./status.ts";

/** Every tool of the agents' door. A new one is one file and one line here. */
export const tools: readonly AgentTool[] = [swarmStatus];
