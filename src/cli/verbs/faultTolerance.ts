import { isDeepStrictEqual } from "node:util";
import { faultToleranceFlags, type FaultToleranceOutput, faultToleranceOutput } from "../../engine/protocol/cli.ts";
import {
  breakerPolicy,
  type FaultTolerancePolicy,
  faultTolerancePolicy,
  lanesPolicy,
} from "../../engine/protocol/faultTolerance.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import type { EngineConnection } from "../../engine/client.ts";
import { durationText } from "../../text/figures.ts";
import { breakerText } from "../../text/orchestrated.ts";
import { reasonText } from "../../text/reasons.ts";
import { orchestratedRow } from "../claimed.ts";
import { usageFailure } from "../failure.ts";
import { parseJsonFile } from "../jsonFile.ts";
import type { Line } from "../lines.ts";
import { defineVerb } from "../verb.ts";

/** As it stands in `sources` of the configuration. */
const SOURCE = "command line";
/** Before the id of a breaker. */
const OF_ORCHESTRATOR = "orchestrator:";

export const faultTolerance = defineVerb({
  name: "fault-tolerance",
  summary: "Configure breakers, lanes and retries from a JSON file, or show what is in force",
  notes: [
    '--strategy circuit-breaker: the file is a breaker policy ({"failureThreshold": 5, "recoveryTimeoutSeconds": 60, …}).',
    '--strategy bulkhead: it names lanes ({"background": {"capacity": 2}}). A wrong field is named, and nothing is changed.',
  ],
  flags: faultToleranceFlags,
  output: faultToleranceOutput,
  run: async (flags, context): Promise<FaultToleranceOutput> => {
    const json =
      flags.config === undefined
        ? undefined
        : parseJsonFile(flags.config, await context.readFile(flags.config, context.interrupt));
    const connection = await context.connect(!flags["no-start"]);
    const named = flags["swarm-id"];
    const shown = named === undefined ? {} : { breaker: await breakerOf(named, connection, context.interrupt) };
    const before = await connection.call(calls.configGet, {}, context.interrupt);
    const present = before.values.faultTolerance;
    if (json === undefined || flags.config === undefined)
      return { revision: before.revision, changed: false, policy: present, ...shown };
    const policy = wantedPolicy(flags.config, json, flags.strategy, present);
    if (isDeepStrictEqual(policy, present)) return { revision: before.revision, changed: false, policy, ...shown };
    const patch = { faultTolerance: policy };
    const after = await connection.call(
      calls.configPatch,
      { source: SOURCE, baseRevision: before.revision, patch },
      context.interrupt,
    );
    return { revision: after.revision, changed: true, policy: after.values.faultTolerance, ...shown };
  },
  render: ({ revision, changed, policy, breaker }) => [
    ...(changed ? [[{ text: "changed", tone: "good" }, `  revision ${revision}`] satisfies Line] : []),
    ...policyLines(policy),
    ...(breaker === undefined ? [] : [[`${breaker.id}: ${breakerText(breaker)}`] satisfies Line]),
    ...(breaker?.id.startsWith(OF_ORCHESTRATOR) === true
      ? [[{ text: reasonText({ code: "breaker.ofOrchestrator", args: {} }), tone: "faint" }] satisfies Line]
      : []),
  ],
});

/** The one before every call to it. @throws CliFailure `swarm.unknown` */
async function breakerOf(
  swarmId: string,
  connection: EngineConnection,
  signal: AbortSignal,
): Promise<{ readonly id: string; readonly state: string; readonly failures: number }> {
  const row = await orchestratedRow(connection, swarmId, signal);
  if (row !== null)
    return { id: `${OF_ORCHESTRATOR}${swarmId}`, state: row.breaker.state, failures: row.breaker.failures };
  const { breakers } = await connection.call(calls.guard, {}, signal);
  const own = breakers.find(({ id, of }) => of === "swarm" && id.endsWith(`:${swarmId}`));
  if (own === undefined)
    throw usageFailure("swarm.unknown", {
      swarmId,
      known: breakers.flatMap(({ id, of }) => (of === "swarm" ? [id] : [])).join(", "),
    });
  return { id: own.id, state: own.state.kind, failures: own.consecutiveFailures };
}

/** @throws CliFailure `config.invalid` with the path of the field and its value */
export function wantedPolicy(
  file: string,
  json: unknown,
  strategy: "circuit-breaker" | "bulkhead" | undefined,
  present: FaultTolerancePolicy,
): FaultTolerancePolicy {
  const part =
    strategy === "circuit-breaker"
      ? { schema: breakerPolicy, present: present.breaker as unknown }
      : strategy === "bulkhead"
        ? { schema: lanesPolicy, present: present.lanes as unknown }
        : { schema: faultTolerancePolicy, present: present as unknown };
  const parsed = part.schema.safeParse(merged(part.present, json));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const path = (issue?.path ?? []).map(String);
    throw usageFailure("config.invalid", {
      file,
      path: path.join("."),
      problem: `${issue?.message ?? "unknown"}${valueAt(json, path)}`,
    });
  }
  if (strategy === "circuit-breaker") return { ...present, breaker: parsed.data as FaultTolerancePolicy["breaker"] };
  if (strategy === "bulkhead") return { ...present, lanes: parsed.data as FaultTolerancePolicy["lanes"] };
  return parsed.data as FaultTolerancePolicy;
}

/** Objects by field; everything else as the file has it. A union such as `window` is replaced as a whole. */
function merged(present: unknown, wanted: unknown): unknown {
  if (!isRecord(present) || !isRecord(wanted) || "kind" in wanted) return wanted;
  const result: Record<string, unknown> = { ...present };
  for (const [key, value] of Object.entries(wanted)) result[key] = merged(present[key], value);
  return result;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What stands there, so that the person sees it without opening the file. */
function valueAt(json: unknown, path: readonly string[]): string {
  let value = json;
  for (const key of path) value = isRecord(value) ? value[key] : undefined;
  return value === undefined || path.length === 0 ? "" : `, got ${JSON.stringify(value).slice(0, 80)}`;
}

function policyLines({ breaker, lanes, retry, taskTimeoutSeconds }: FaultTolerancePolicy): Line[] {
  const seconds = (value: number): string => durationText(value * 1000);
  const rate =
    breaker.failureRate === null ? "" : `, or ${breaker.failureRate * 100}% of ${breaker.minimumCalls} and more`;
  return [
    [
      `breaker   opens at ${breaker.failureThreshold} failures in a row${rate} · for ${seconds(breaker.recoveryTimeoutSeconds)} · closes after ${breaker.successThreshold} successes${breaker.adaptive.enabled ? " · adaptive" : ""}`,
    ],
    ...Object.entries(lanes).map(([name, { capacity, queueLimit, adaptive }]): Line => [
      `lane      ${name}: ${capacity} at once, ${queueLimit} may wait${adaptive ? " · adaptive" : ""}`,
    ]),
    [`retry     ${retry.maxAttempts} attempts · ${retry.budgetRatio} retries per task in all`],
    [`tasks     ended after ${seconds(taskTimeoutSeconds)}`],
  ];
}
