import { METRIC_PREFIX } from "./metric.ts";
import type { Family } from "./families.ts";

export interface OtlpIdentity {
  /** Of the measurement, and of the counters' begin; epoch ms. */
  readonly atMs: number;
  readonly startedAtMs: number;
  readonly version: string;
  /** Tells machines apart; a hash, not the host's name. */
  readonly instanceId: string;
}

/** OTLP: a counter goes on from where it was (`AggregationTemporality`). */
const CUMULATIVE = 2;

/**
 * `ExportMetricsServiceRequest` of OTLP 1.x in its JSON form: names in lowerCamelCase, enums as numbers, 64-bit integers as
 * decimal strings.
 */
export function otlpBody(families: readonly Family[], identity: OtlpIdentity): string {
  const timeUnixNano = nanos(identity.atMs);
  const startTimeUnixNano = nanos(identity.startedAtMs);
  const metrics = families.map(({ metric, samples }) => {
    const common = { name: `${METRIC_PREFIX}.${metric.name}`, description: metric.help, unit: metric.unit };
    const points = samples.map(({ labels, value }) => ({
      attributes: labels.map(([key, text]) => attribute(key, text)),
      ...(metric.kind === "counter" ? { startTimeUnixNano } : {}),
      timeUnixNano,
      asDouble: value,
    }));
    return metric.kind === "counter"
      ? { ...common, sum: { dataPoints: points, aggregationTemporality: CUMULATIVE, isMonotonic: true } }
      : { ...common, gauge: { dataPoints: points } };
  });
  return JSON.stringify({
    resourceMetrics: [
      {
        resource: {
          attributes: [
            attribute("service.name", "swarm-allocator"),
            attribute("service.version", identity.version),
            attribute("service.instance.id", identity.instanceId),
          ],
        },
        scopeMetrics: [{ scope: { name: "swarm-allocator", version: identity.version }, metrics }],
      },
    ],
  });
}

function attribute(key: string, text: string) {
  return { key, value: { stringValue: text } };
}

/** Epoch ms as whole nanoseconds: more than a number can hold exactly. */
function nanos(ms: number): string {
  return String(BigInt(Math.round(ms)) * 1_000_000n);
}
