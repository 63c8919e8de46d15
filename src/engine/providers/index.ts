import { claudeFlowProvider } from "./claudeFlow/provider.ts";
import { demoProvider } from "./demo/provider.ts";
import { localProvider } from "./local.ts";
import type { ConfigValues } from "../protocol/config.ts";
import type { OrchestratorProvider, ProviderContext, SwarmDefinition, SwarmProvider } from "./provider.ts";

/** Every kind of swarm we can run. One file and one line each. */
export const providers: readonly SwarmProvider[] = [localProvider, demoProvider];

export function definitions(values: ConfigValues, context: ProviderContext): readonly SwarmDefinition[] {
  return providers.flatMap((provider) => provider.definitions(values, context));
}

/** Every kind of orchestrator whose swarms we can follow. One file and one line each. */
export const orchestratorProviders: readonly OrchestratorProvider[] = [claudeFlowProvider];
