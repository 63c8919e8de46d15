import { join } from "node:path";
import { createRng, type Rng } from "../../common/rng.ts";
import { uuidv7 } from "../../common/uuid.ts";
import type { ProviderContext, SwarmDefinition, SwarmProvider } from "../provider.ts";
import type { Json, LoadSource } from "../../ports.ts";
import type { DemoFaults } from "../../protocol/faultTolerance.ts";
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
      agentType: "worker",
      args: [],
      prepare: demoInput(context),
      minAgents: demo.minAgents,
      maxAgents: demo.maxAgents,
      initialAgents: demo.initialAgents,
      mode: demo.mode,
      startTimeoutMs: 20_000,
      drainTimeoutMs: 15_000,
      timeScale: DEMO_TIME_SCALE,
      scaling: demo.scaling,
      launch: script(context, "demoWorker.js"),
      load: () => demoLoad(demo.seed, context),
    },
    {
      id: DEMO_MODEL_API_ID,
      label: "demo model API",
      demo: true,
      supportOf: DEMO_ID,
      agentType: "worker",
      args: [],
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

/** Shares of the load's tasks in the lanes: some of it cannot wait, some of it can. */
const LANE_SHARES = [
  { lane: "critical", upTo: 0.2 },
  { lane: "standard", upTo: 0.7 },
  { lane: "background", upTo: 1 },
] as const;

function demoLoad(seed: number, context: ProviderContext): LoadSource {
  const rng = createRng(seed);
  return {
    arrivals(fromWallMs, toWallMs) {
      if (context.supportInfo(DEMO_MODEL_API_ID) === null) return [];
      const from = Math.max(fromWallMs, toWallMs - MAX_CATCH_UP_MS);
      return arrivalTimes(from, toWallMs, seed, rng).map((t) => {
        const share = rng();
        return {
          id: uuidv7(t),
          lane: LANE_SHARES.find(({ upTo }) => share < upTo)?.lane ?? "background",
          input: { kind: "demo", seed: Math.floor(rng() * 2 ** 31) },
        };
      });
    },
  };
}

/**
 * What a demo worker gets for a task: where the model API is at that moment (a task may have waited through its restart),
 * and a fault when faults are injected. A prompt of an operator's is worked on like any other task, seeded by its text.
 */
function demoInput(context: ProviderContext): (input: Json) => Json {
  const rng = createRng(1);
  return (input) => {
    const given = typeof input === "object" && input !== null && !Array.isArray(input) ? (input as JsonObject) : {};
    const seed = typeof given["seed"] === "number" ? given["seed"] : hash(JSON.stringify(input));
    const port = context.supportInfo(DEMO_MODEL_API_ID)?.["port"];
    const modelUrl = `http://127.0.0.1:${typeof port === "number" ? port : 0}/v1/complete`;
    return { kind: "demo", seed, modelUrl, ...faultOf(context.faults.faults, rng) };
  };
}

type JsonObject = { readonly [key: string]: Json };

/** One draw decides among the faults of which a task can have one; what makes a task slow comes on top of any. */
function faultOf(faults: DemoFaults | null, rng: Rng): JsonObject {
  if (faults === null) return {};
  const draw = rng();
  const { errorRatio, hangRatio, crashRatio, latencyMs, cpuMs, leakBytes, diskMs } = faults;
  const slow = Object.entries({ latencyMs, cpuMs, leakBytes, diskMs }).filter(([, value]) => value > 0);
  const fault =
    draw < crashRatio
      ? "crash"
      : draw < crashRatio + hangRatio
        ? "hang"
        : draw < crashRatio + hangRatio + errorRatio
          ? "error"
          : null;
  return { ...(fault === null ? {} : { fault }), ...Object.fromEntries(slow) };
}

/** FNV-1a, 31 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let n = 0; n < text.length; n++) value = Math.imul(value ^ text.charCodeAt(n), 0x01000193);
  return value >>> 1;
}
