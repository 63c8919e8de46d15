import {
  exitCode,
  optimizePerformanceFlags,
  type OptimizePerformanceOutput,
  optimizePerformanceOutput,
} from "../../engine/protocol/cli.ts";
import type { ObjectiveFigure, PerformancePlan } from "../../engine/protocol/optimize.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { aimName, aimValueText } from "../../text/allocation.ts";
import { COMPONENT_WORDS, KIND_WORDS } from "../../text/bottlenecks.ts";
import { countText, ratioText } from "../../text/figures.ts";
import { expectedOf, modelErrorText } from "../../text/performancePlan.ts";
import { reasonText } from "../../text/reasons.ts";
import type { Line } from "../lines.ts";
import { swarmIdOf } from "../swarmFlag.ts";
import { type Column, table } from "../table.ts";
import { defineVerb } from "../verb.ts";
import { carryOut, previewLines, recordExit, recordLines } from "./allocationLines.ts";

const COLUMNS: readonly Column[] = [
  { title: "AIM", align: "left" },
  { title: "NOW", align: "right" },
  { title: "EXPECTED", align: "right" },
];

export const optimizePerformance = defineVerb({
  name: "optimize-performance",
  summary: "Find what holds a swarm back and the allocation of its agents that helps most, and apply it if told to",
  notes: [
    "Bottlenecks give the weights (--strategy adaptive), the weights choose among the best allocations, and the plan is shown.",
    "Only --apply changes anything: step by step, each seen before the next, taken back when the swarm gets worse or at Ctrl-C;",
    "'allocation-undo' goes back. Figures are a queueing model's, calibrated on the swarm's own tasks (derived).",
    "Exit code 1: refused, or taken back. 3: too little was measured yet.",
  ],
  flags: optimizePerformanceFlags,
  output: optimizePerformanceOutput,
  run: async (flags, context): Promise<OptimizePerformanceOutput> => {
    const connection = await context.connect(!flags["no-start"]);
    const params = { swarmId: swarmIdOf(flags), strategy: flags.strategy };
    const plan = await connection.call(calls.optimizePerformance, params, context.interrupt);
    const allocation = flags.apply ? await carryOut(plan.preview, expectedOf(plan), connection, context) : null;
    return { ...outputOf(plan), allocation };
  },
  render: (output) => lines(output),
  exit: ({ allocation, preview }) => (preview.refusal !== null ? exitCode.failure : recordExit(allocation)),
});

function outputOf({ optimization, ...plan }: PerformancePlan): Omit<OptimizePerformanceOutput, "allocation"> {
  const { madeAtMs, fromMs, toMs, currency, weights, solutions, isKnee, chosen, current } = optimization;
  const { confidence, calibration, aimsLeftOut, caveats = [] } = optimization;
  return {
    ...plan,
    optimization: {
      ...{ madeAtMs, fromMs, toMs, currency, weights, solutions, isKnee, chosen, current, aimsLeftOut, caveats },
      confidenceRatio: confidence.ratio,
      waitErrorRatio: calibration.waitWape,
      waitErrorReason: calibration.waitWapeReason,
      observations: calibration.observations,
    },
  };
}

function lines({ swarmId, why, findings, optimization, preview, allocation }: OptimizePerformanceOutput): Line[] {
  const { chosen, current, currency, solutions, confidenceRatio, aimsLeftOut, caveats } = optimization;
  const modelError = modelErrorText(
    optimization.waitErrorRatio,
    optimization.waitErrorReason,
    optimization.observations,
  );
  const text = (figure: ObjectiveFigure | undefined): string =>
    figure === undefined ? "" : aimValueText(figure.id, figure.value, currency);
  return [
    [{ text: swarmId, tone: "strong" }, `  ${reasonText(why)}`],
    ...findings.slice(0, 3).map((one): Line => {
      const of = one.subject === null ? "" : ` ${one.subject}`;
      return [`  ${one.severity}: ${COMPONENT_WORDS[one.component]}${of} ${KIND_WORDS[one.kind]}`];
    }),
    [],
    ...table(
      COLUMNS,
      chosen.objectives.map((figure) => [
        aimName(figure.id),
        text(current?.objectives.find(({ id }) => id === figure.id)),
        text(figure),
      ]),
      null,
    ),
    ...aimsLeftOut.map(({ id, reason }): Line => [{ text: `${aimName(id)}: `, tone: "faint" }, reasonText(reason)]),
    ...caveats.map((one): Line => [reasonText(one)]),
    [],
    [
      `One of ${countText(solutions, "best allocation")}; ${ratioText(confidenceRatio)} agreement over seeds. ${modelError}`,
    ],
    ...(allocation === null ? previewLines(preview) : recordLines(allocation)),
    ...(allocation === null && preview.refusal === null && preview.changes.length > 0
      ? [[{ text: "Nothing was changed. --apply carries it out.", tone: "faint" as const }]]
      : []),
  ];
}
