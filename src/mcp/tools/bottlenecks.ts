import * as z from "zod";
import { BOTTLENECK_COMPONENTS, BOTTLENECK_KINDS, SEVERITIES } from "../../engine/protocol/bottlenecks.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { evidenceText } from "../../text/bottlenecks.ts";
import { bounded, reason, reasonOf, source, swarmId } from "../shapes.ts";
import { defineTool } from "../tool.ts";

const MAX_FINDINGS = 50;

export const bottlenecks = defineTool({
  name: "bottlenecks",
  title: "Bottlenecks",
  description:
    "What holds the machine and its swarms back, by the USE method (utilisation, saturation, errors), the worst first, each with what it rests on and one thing to do.",
  kind: "reads",
  input: z.strictObject({
    swarmId: swarmId.optional(),
    components: z.array(z.enum(BOTTLENECK_COMPONENTS)).min(1).max(BOTTLENECK_COMPONENTS.length).optional(),
  }),
  output: z.object({
    windowMs: z.number(),
    findings: z
      .array(
        z.object({
          component: z.enum(BOTTLENECK_COMPONENTS),
          kind: z.enum(BOTTLENECK_KINDS),
          subject: z.string().nullable().describe("Lane, breaker, provider or swarm; null: the machine or the engine"),
          severity: z.enum(SEVERITIES),
          reason: reason.nullable().describe("Why it is unknown"),
          evidence: z.array(z.object({ text: z.string(), value: z.number().nullable(), source })).readonly(),
          suggestion: reason.nullable(),
        }),
      )
      .readonly(),
    more: z.int(),
  }),
  run: async ({ swarmId: id, components = [...BOTTLENECK_COMPONENTS] }, { call }) => {
    const report = await call(calls.bottlenecks, { components, ...(id === undefined ? {} : { swarmId: id }) });
    const { rows, more } = bounded(report.findings, MAX_FINDINGS);
    return {
      windowMs: report.windowMs,
      findings: rows.map((one) => ({
        ...{ component: one.component, kind: one.kind, subject: one.subject, severity: one.severity },
        reason: one.reason === null ? null : reasonOf(one.reason),
        evidence: one.evidence.map((each) => ({
          ...{ text: evidenceText(each), value: each.value, source: each.source },
        })),
        suggestion: one.suggestion === null ? null : reasonOf(one.suggestion),
      })),
      more,
    };
  },
});
