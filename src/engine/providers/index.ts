import { demoProvider } from "./demo/provider.ts";
import { localProvider } from "./local.ts";
import type { SwarmProvider } from "./provider.ts";

/** Every kind of swarm we can run. One file and one line each. */
export const providers: readonly SwarmProvider[] = [localProvider, demoProvider];
