import { leastAgents } from "../protocol/config.ts";
import type { SwarmProvider } from "./provider.ts";

/** Swarms of the operator's own commands on this machine, from the configuration. */
export const localProvider: SwarmProvider = {
  kind: "local",
  definitions: (config, context) =>
    config.swarms.map((swarm) => ({
      id: swarm.id,
      label: swarm.label ?? swarm.id,
      demo: false,
      supportOf: null,
      agentType: swarm.agents,
      args: swarm.args,
      minAgents: leastAgents(swarm),
      maxAgents: swarm.maxAgents,
      initialAgents: Math.max(1, leastAgents(swarm)),
      mode: swarm.mode,
      startTimeoutMs: swarm.startTimeoutSeconds * 1000,
      drainTimeoutMs: swarm.drainTimeoutSeconds * 1000,
      timeScale: 1,
      scaling: swarm.scaling,
      launch: async () => ({
        command: swarm.command,
        args: swarm.args,
        cwd: swarm.cwd ?? context.homeFolder,
        env: await context.environment(swarm.env),
        spoolBytes: swarm.spoolBytes,
      }),
      load: null,
    })),
};
