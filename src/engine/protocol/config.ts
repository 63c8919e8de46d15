import * as z from "zod/mini";
import { doorsPolicy } from "./doors.ts";
import { faultTolerancePolicy } from "./faultTolerance.ts";
import { hpaPolicy } from "./hpaPolicy.ts";
import { orchestratedSwarms } from "./orchestrators.ts";
import { prices } from "./prices.ts";
import { agentRules } from "./rules.ts";
import { swarmId } from "./swarmId.ts";

/**
 * `config.json`: engine-owned, read by every client, changed only through RPC. It lives in the user's state folder, so a
 * workspace file can never set a command, an environment or a bound. In zod's small form, because the editor checks its
 * settings against it.
 */
export const CONFIG_VERSION = 1;

export { swarmId };

export const swarmMode = z.enum(["observe", "recommend", "auto"]);

const text = (min: number, max: number) => z.string().check(z.minLength(min), z.maxLength(max));
const whole = (min: number, max: number) => z.int().check(z.gte(min), z.lte(max));
const seconds = (max: number) => z.number().check(z.gte(0.1), z.lte(max));

const ratio = (min: number, max: number) => z.number().check(z.gte(min), z.lte(max));

/** Who sizes a swarm in mode auto. */
export const scalingPolicyKind = z.enum(["adaptive", "hpa", "dqn"]);

const weight = z.optional(z.number().check(z.gte(0), z.lte(1_000_000)));

/** An agent-second of unmet work, a waiting one by the minute, an agent's second, and an agent more or less. */
export const rewardWeights = z.strictObject({ unmet: weight, waiting: weight, agents: weight, changes: weight });

/** How a swarm is sized: by the adaptive scaler, where nothing else is said. Utilisation is demand ÷ live agents and may exceed 1. */
export const scalingPolicy = z
  .strictObject({
    /** More agents above this combined utilisation. */
    scaleUpAbove: z._default(ratio(0.05, 10), 0.8),
    /** Fewer agents when both the combined and the current utilisation are below this. */
    scaleDownBelow: z._default(ratio(0, 10), 0.3),
    /** What a new size aims at. */
    targetUtilisation: z._default(ratio(0.05, 10), 0.7),
    /** Weight of the forecast in the combined utilisation; the rest is the current one. */
    predictionWeight: z._default(ratio(0, 1), 0.7),
    /** After any change, fewer agents or a reversal wait this long. */
    cooldownSeconds: z._default(z.number().check(z.gte(0), z.lte(86_400)), 300),
    /** A further growth waits this long after the one before. */
    scaleUpPeriodSeconds: z._default(z.number().check(z.gte(0), z.lte(86_400)), 15),
    /**
     * No growth while some process waited for memory, or for a processor, for more than this share of the last ten seconds
     * (Linux PSI `some avg10`); 1 for no limit. Full memory makes everything slower; a shared processor is only slower.
     */
    maxMemoryPressure: z._default(ratio(0, 1), 0.1),
    maxCpuPressure: z._default(ratio(0, 1), 0.9),
    /**
     * `hpa`: the rules of a Kubernetes autoscaler decide · `dqn`: a trained network does, where it was better than the adaptive
     * rule on this swarm's own history.
     */
    policy: z.optional(scalingPolicyKind),
    /** For the policy `hpa`, which goes by these, `targetUtilisation` and the limits of pressure; left out, the defaults. */
    hpa: z.optional(hpaPolicy),
    /** What the training takes for good, in agent-seconds (see `RewardWeights`); left out, the defaults. */
    reward: z.optional(rewardWeights),
  })
  .check(
    z.refine((s) => s.scaleDownBelow < s.targetUtilisation && s.targetUtilisation < s.scaleUpAbove, {
      path: ["targetUtilisation"],
      message: "must lie between scaleDownBelow and scaleUpAbove",
    }),
  );
export type ScalingPolicy = z.infer<typeof scalingPolicy>;

/** How long history is kept at each resolution, and how large the store may grow. */
export const historyPolicy = z.strictObject({
  sampleHours: z._default(z.number().check(z.gte(1), z.lte(24 * 31)), 6),
  minuteDays: z._default(z.number().check(z.gte(1), z.lte(3_660)), 30),
  hourDays: z._default(z.number().check(z.gte(1), z.lte(36_600)), 730),
  maxMegabytes: z._default(z.number().check(z.gte(10), z.lte(1_000_000)), 1_000),
});
export type HistoryPolicy = z.infer<typeof historyPolicy>;

/** When a forecast takes part in decisions, beside the gate that every forecast has to pass. */
export const forecastPolicy = z.strictObject({
  /** Percent that the back-tested accuracy, 100 · (1 − WAPE), must reach; `null` for no such limit. */
  minAccuracy: z._default(z.nullable(z.number().check(z.minimum(0), z.maximum(100))), null),
});

/**
 * `worker`: long-lived processes that take one task after the other (README, "Worker protocol"). `command`: one process a
 * task; the prompt goes to its stdin, or takes the place of an argument that is exactly `{prompt}`.
 */
export const agentType = z.enum(["worker", "command"]);
export type AgentType = z.infer<typeof agentType>;

/** A swarm of processes on this machine. */
export const localSwarm = z
  .strictObject({
    id: swarmId.check(z.refine((id) => id !== "demo", "'demo' is the built-in demo swarm; choose another id")),
    label: z.optional(text(1, 80)),
    /** Program to run, found on the login PATH or absolute. Never a shell line. */
    command: text(1, 4096),
    args: z._default(z.array(text(0, 32_768)).check(z.maxLength(256)), []),
    agents: z._default(agentType, "worker"),
    /** Absolute working directory; the home folder when absent. */
    cwd: z.optional(text(1, 4096)),
    /** Set on top of the allow-listed login environment. */
    env: z._default(
      z.record(
        z.string().check(z.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "not a name of an environment variable")),
        z.string(),
      ),
      {},
    ),
    /** Never fewer while it runs; 2 when absent (or `maxAgents`, when that is less). */
    minAgents: z.optional(whole(0, 1000)),
    maxAgents: z._default(whole(1, 1000), 50),
    mode: z._default(swarmMode, "recommend"),
    scaling: z.prefault(scalingPolicy, {}),
    /** An agent that has not said `ready` by then is stopped and replaced. */
    startTimeoutSeconds: z._default(seconds(3600), 30),
    /** A busy agent that has not ended this long after `drain` gets SIGTERM, and SIGKILL five seconds later. */
    drainTimeoutSeconds: z._default(seconds(86_400), 600),
    /** Bytes of each output stream kept per agent. */
    spoolBytes: z._default(whole(4096, 1 << 30), 1 << 20),
  })
  .check(
    z.refine((s) => (s.minAgents ?? 0) <= s.maxAgents, {
      path: ["minAgents"],
      message: "must not be above maxAgents",
    }),
  );
export type LocalSwarm = z.infer<typeof localSwarm>;

const DEFAULT_MIN_AGENTS = 2;

/** `minAgents` in force. */
export function leastAgents({ minAgents, maxAgents }: LocalSwarm): number {
  return minAgents ?? Math.min(DEFAULT_MIN_AGENTS, maxAgents);
}

/** What may be changed about the demo swarm. Its command, load and time scale are part of the product. */
export const demoSwarm = z
  .strictObject({
    mode: z._default(swarmMode, "recommend"),
    minAgents: z._default(whole(1, 50), 2),
    maxAgents: z._default(whole(1, 50), 16),
    /** Agents at the first start. */
    initialAgents: z._default(whole(1, 50), 4),
    seed: z._default(whole(0, 2 ** 31 - 1), 1),
    /** Its agents wait more than they reckon: it grows also where others are short of a processor. */
    scaling: z.prefault(scalingPolicy, { maxCpuPressure: 1 }),
  })
  .check(
    z.refine((s) => s.minAgents <= s.maxAgents, { path: ["minAgents"], message: "must not be above maxAgents" }),
    z.refine((s) => s.initialAgents >= s.minAgents && s.initialAgents <= s.maxAgents, {
      path: ["initialAgents"],
      message: "must lie between minAgents and maxAgents",
    }),
  );

const swarms = z.array(localSwarm).check(
  z.maxLength(100),
  z.refine((list) => new Set(list.map((s) => s.id)).size === list.length, "two swarms have the same id"),
);

/** The configuration as the engine uses it. */
export const configValues = z.strictObject({
  swarms: z._default(swarms, []),
  /** Swarms that an orchestrator keeps records of. */
  orchestrators: z._default(orchestratedSwarms, []),
  demo: z.prefault(demoSwarm, {}),
  /** Data only: matched against names and arguments, never run. */
  recognitionRules: z._default(agentRules, []),
  /** Keep growing and replacing agents although no operator is connected. */
  keepRunning: z._default(z.boolean(), false),
  history: z.prefault(historyPolicy, {}),
  forecast: z.prefault(forecastPolicy, {}),
  /** Folder of an installed `@tensorflow/tfjs-node`, read at the start; empty: one beside the state, if there is any. */
  tfjsNodePath: z._default(text(0, 4096), ""),
  /** Breakers, lanes, retries. */
  faultTolerance: z.prefault(faultTolerancePolicy, {}),
  /** `null`: none, and then no cost is known. */
  prices: z._default(z.nullable(prices), null),
  /** Doors for other programs: figures over HTTP, figures pushed. Closed. */
  doors: z.prefault(doorsPolicy, {}),
});
export type ConfigValues = z.infer<typeof configValues>;
export type ConfigKey = keyof ConfigValues;

/** Whole values by key: what a client may ask to change. */
export const configPatch = z.strictObject({
  swarms: z.optional(swarms),
  orchestrators: z.optional(orchestratedSwarms),
  demo: z.optional(demoSwarm),
  recognitionRules: z.optional(agentRules),
  keepRunning: z.optional(z.boolean()),
  history: z.optional(historyPolicy),
  forecast: z.optional(forecastPolicy),
  tfjsNodePath: z.optional(text(0, 4096)),
  faultTolerance: z.optional(faultTolerancePolicy),
  prices: z.optional(z.nullable(prices)),
  doors: z.optional(doorsPolicy),
});
export type ConfigPatch = z.infer<typeof configPatch>;

export const CONFIG_KEYS = [
  "swarms",
  "orchestrators",
  "demo",
  "recognitionRules",
  "keepRunning",
  "history",
  "forecast",
  "tfjsNodePath",
  "faultTolerance",
  "prices",
  "doors",
] as const satisfies readonly ConfigKey[];

export const configFile = z.strictObject({
  version: z.literal(CONFIG_VERSION),
  /** Counts accepted changes, so that a client can say which state its change was made against. */
  revision: z._default(z.int().check(z.gte(0)), 0),
  values: z.prefault(configValues, {}),
  /** Who set a key last: `editor settings`, `command line`, `file`. A key without entry has its default. */
  sources: z._default(z.partialRecord(z.enum(CONFIG_KEYS), text(0, 200)), {}),
});
export type ConfigFile = z.infer<typeof configFile>;
