import { readFileSync } from "node:fs";
import { CodedError } from "../common/errors.ts";
import { type Resolved, resolveShim } from "../common/windowsShim.ts";
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
      launch: async () => {
        const env = await context.environment(swarm.env);
        const { command, args } = runnable(swarm.command, env, context.nodePath);
        return {
          command,
          args: [...args, ...swarm.args],
          cwd: swarm.cwd ?? context.homeFolder,
          env,
          spoolBytes: swarm.spoolBytes,
        };
      },
      load: null,
    })),
};

/** Elsewhere a script says itself what runs it. @throws CodedError `spawn.failed` for a batch file that only a shell could run */
function runnable(command: string, env: Readonly<Record<string, string>>, nodePath: string): Resolved {
  if (process.platform !== "win32") return { command, args: [] };
  const path = (env["PATH"] ?? env["Path"] ?? "").split(";").filter((folder) => folder !== "");
  const resolved = resolveShim(command, path, nodePath, { read });
  if (resolved === null)
    throw new CodedError("spawn.failed", { command, reason: "a batch file, which only a shell could run" });
  return resolved;
}

function read(path: string): string | null {
  try {
    return readFileSync(path, "latin1");
  } catch {
    // Not there, or not ours to read: the next place on PATH.
    return null;
  }
}
