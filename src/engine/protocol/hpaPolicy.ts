import * as z from "zod/mini";

const ruleOf = z.strictObject({
  /** So many agents, or so many percent of the agents at the begin of the period. */
  kind: z.enum(["agents", "percent"]),
  value: z.int().check(z.gte(1), z.lte(10_000)),
  periodSeconds: z.number().check(z.gte(1), z.lte(1_800)),
});

const direction = (stabilizationSeconds: number, rules: z.infer<typeof ruleOf>[]) =>
  z.strictObject({
    /** Nothing is done while load ÷ target is no further than this from 1. */
    tolerance: z._default(z.number().check(z.gte(0), z.lte(1)), 0.1),
    /** Of the sizes wanted in this time the most careful one counts. */
    stabilizationSeconds: z._default(z.number().check(z.gte(0), z.lte(3_600)), stabilizationSeconds),
    /** Which rule decides how fast: the most generous, the strictest, or `disabled`, and it never goes that way. */
    select: z._default(z.enum(["most", "least", "disabled"]), "most"),
    rules: z._default(z.array(ruleOf).check(z.minLength(1), z.maxLength(10)), rules),
  });

/**
 * How the policy `hpa` sizes a swarm: `behavior` of a Kubernetes autoscaler (autoscaling/v2) in the words of this
 * configuration, with Kubernetes' own defaults and bounds.
 */
export const hpaPolicy = z.strictObject({
  /** Waiting tasks that each agent may have before it; left out, they count as demand like busy agents do. */
  targetQueuePerAgent: z.optional(z.number().check(z.gte(0.01), z.lte(10_000))),
  /** After any change nothing is done for so long; Kubernetes has none. */
  cooldownSeconds: z._default(z.number().check(z.gte(0), z.lte(86_400)), 0),
  scaleUp: z.prefault(
    direction(0, [
      { kind: "agents", value: 4, periodSeconds: 15 },
      { kind: "percent", value: 100, periodSeconds: 15 },
    ]),
    {},
  ),
  scaleDown: z.prefault(direction(300, [{ kind: "percent", value: 100, periodSeconds: 15 }]), {}),
});
export type HpaPolicy = z.infer<typeof hpaPolicy>;
