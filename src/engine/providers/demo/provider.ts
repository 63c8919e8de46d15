import { join } from "node:path";
import { createRng } from "../../common/rng.ts";
import { uuidv7 } from "../../common/uuid.ts";
import type { LoadContext, ProviderContext, SwarmDefinition, SwarmProvider } from "../provider.ts";
import type { LoadSource } from "../../ports.ts";
import { arrivalTimes, DEMO_TIME_SCALE } from "./day.ts";

export const DEMO_ID = "demo";
export const DEMO_MODEL_API_ID = "demo-model-api";

/** A gap in which no tick came (the machine slept) brings no flood of tasks from the past. */
const MAX_CATCH_UP_MS = 5_000;

/** The demo swarm and the process that stands in for a model API. Called a demo wherever it shows. */
export const demoProvider: SwarmProvider = {
  kind: "demo",
  definitions: ({ demo }, context) => [
    {
      id: DEMO_ID,
      label: "demo",
      demo: true,
      supportOf: null,
      minAgents: demo.minAgents,
      maxAgents: demo.maxAgents,
      initialAgents: demo.initialAgents,
      mode: demo.mode,
      startTimeoutMs: 20_000,
      drainTimeoutMs: 15_000,
      timeScale: DEMO_TIME_SCALE,
      scaling: demo.scaling,
      launch: script(context, "demoWorker.js"),
      load: (info) => demoLoad(demo.seed, info),
    },
    {
      id: DEMO_MODEL_API_ID,
      label: "demo model API",
      demo: true,
      supportOf: DEMO_ID,
      minAgents: 0,
      maxAgents: 1,
      initialAgents: 1,
      mode: "auto",
      startTimeoutMs: 20_000,
      drainTimeoutMs: 2_000,
      timeScale: 1,
      // Never decided about: it is sized with the swarm it serves.
      scaling: demo.scaling,
      launch: script(context, "demoModelApi.js"),
      load: null,
    },
  ],
};

function script(context: ProviderContext, file: string): SwarmDefinition["launch"] {
  return async () => ({
    command: context.nodePath,
    // The work needs little memory: small generations keep a worker near 60 MB, where V8 left alone lets it grow to 100.
    args: ["--max-semi-space-size=1", "--max-old-space-size=48", join(context.engineFolder, file)],
    cwd: context.engineFolder,
    env: await context.environment(
      context.nodePath === process.execPath && process.versions["electron"] !== undefined
        ? { ELECTRON_RUN_AS_NODE: "1" }
        : {},
    ),
    spoolBytes: 256 * 1024,
  });
}

function demoLoad(seed: number, context: LoadContext): LoadSource {
  const rng = createRng(seed);
  return {
    arrivals(fromWallMs, toWallMs) {
      const port = context.supportInfo(DEMO_MODEL_API_ID)?.["port"];
      if (typeof port !== "number") return [];
      const from = Math.max(fromWallMs, toWallMs - MAX_CATCH_UP_MS);
      return arrivalTimes(from, toWallMs, seed, rng).map((t) => ({
        id: uuidv7(t),
        input: { kind: "demo", modelUrl: `http://127.0.0.1:${port}/v1/complete`, seed: Math.floor(rng() * 2 ** 31) },
      }));
    },
  };
}
