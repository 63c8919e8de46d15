import * as z from "zod";
import { KPI_IDS, TIMEFRAMES } from "../../engine/protocol/kpis.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { KPI_WORDS, kpiFigureText, kpiTargetText } from "../../text/kpis.ts";
import { reason, reasonOf, source, swarmId } from "../shapes.ts";
import { defineTool } from "../tool.ts";

const output = z.object({
  swarmId: z.string(),
  timeframe: z.enum(TIMEFRAMES),
  coverageRatio: z.number().describe("Share of the window in which the swarm was measured"),
  kpis: z
    .array(
      z.object({
        id: z.enum(KPI_IDS),
        name: z.string(),
        definition: z.string(),
        value: z.number().nullable(),
        unit: z.enum(["ratio", "percent", "ms", "tasksPerCost"]),
        text: z.string(),
        goal: z.string().nullable(),
        met: z.boolean().nullable(),
        source,
        reason: reason.nullable().describe("Why it is unknown"),
      }),
    )
    .readonly(),
});

export const kpis = defineTool({
  name: "kpis",
  title: "Key figures of a swarm",
  description:
    "Utilisation, waste, availability and the other key figures of a managed swarm over a window, each with its goal; one that rests on too few observations is unknown, with the reason.",
  kind: "reads",
  input: z.strictObject({
    swarmId,
    timeframe: z.enum(TIMEFRAMES).optional().describe("24h when left out"),
  }),
  output,
  run: async ({ swarmId: id, timeframe = "24h" }, { call }): Promise<z.input<typeof output>> => {
    const report = await call(calls.kpis, { swarmId: id, timeframe });
    return {
      ...{ swarmId: report.swarmId, timeframe: report.timeframe, coverageRatio: report.coverageRatio },
      kpis: report.kpis.map((kpi) => ({
        ...{ id: kpi.id, name: KPI_WORDS[kpi.id].name, definition: KPI_WORDS[kpi.id].definition, unit: kpi.unit },
        ...{ met: kpi.met, text: kpiFigureText(kpi, report.currency), goal: kpiTargetText(kpi) || null },
        value: kpi.figure.kind === "known" ? kpi.figure.value : null,
        source: kpi.figure.kind === "known" ? kpi.figure.source : "unknown",
        reason: kpi.figure.kind === "known" ? null : reasonOf(kpi.figure.reason),
      })),
    };
  },
});
