import type { ClaudeFlowSwarm as Configured } from "../../protocol/orchestrators.ts";
import type { OrchestratorProvider } from "../provider.ts";
import { ClaudeFlowSwarm } from "./swarm.ts";

/** Swarms of claude-flow (ruflo), spoken to over MCP. */
export const claudeFlowProvider: OrchestratorProvider = {
  kind: "claudeFlow",
  definitions: (config) =>
    config.orchestrators.map((swarm) => {
      const {
        id,
        label = id,
        mode,
        minAgents,
        maxAgents,
        command,
        args,
        cwd,
        env,
        url,
        tokenFile,
        tokenFromEditor,
      } = swarm;
      return {
        ...{ id, label, mode, minAgents, maxAgents },
        connectionKey: JSON.stringify([command, args, cwd, env, url, tokenFile, tokenFromEditor]),
      };
    }),
  create: (definition, config, parts) => {
    const find = (): Configured | undefined => config().orchestrators.find(({ id }) => id === definition.id);
    // Once it is out of the configuration it goes on as it was, until it has ended.
    let latest = find() as Configured;
    return new ClaudeFlowSwarm(definition, () => (latest = find() ?? latest), parts);
  },
};
