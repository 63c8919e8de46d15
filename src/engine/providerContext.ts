import { homedir } from "node:os";
import { dirname } from "node:path";
import { agentEnvironment, loginEnvironment } from "./common/loginEnvironment.ts";

/** What a provider may know of where it runs, beside the faults and the swarms that serve others. */
export function placeOfProviders() {
  return {
    engineFolder: dirname(process.argv[1] ?? ""),
    nodePath: process.execPath,
    homeFolder: homedir(),
    environment: async (own: Readonly<Record<string, string>>): Promise<Readonly<Record<string, string>>> => {
      const login = await loginEnvironment();
      return agentEnvironment(login.env, own);
    },
  };
}
