import {
  exitCode,
  predictiveScaleFlags,
  type PredictiveScaleOutput,
  predictiveScaleOutput,
} from "../../engine/protocol/cli.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { notesText, recordsText, topologyText } from "../../text/orchestrated.ts";
import { reasonText } from "../../text/reasons.ts";
import { accepted, act, outcomeExit, outcomeLines } from "../act.ts";
import type { Line } from "../lines.ts";
import { defineVerb } from "../verb.ts";

export const predictSize = defineVerb({
  name: "predict-size",
  summary: "Plan a size from the load to come, and with --apply scale to it and then improve the topology",
  notes: [
    "A swarm of yours is planned by its forecast of the next hour; one of an orchestrator by what its records say of their",
    "load (claimed). The topology is left alone unless the size was confirmed. Exit code 3: no size can be planned yet;",
    "4: not confirmed.",
  ],
  flags: predictiveScaleFlags,
  output: predictiveScaleOutput,
  run: async (flags, context): Promise<PredictiveScaleOutput> => {
    const swarmId = flags["swarm-id"];
    const connection = await context.connect(!flags["no-start"]);
    const params = { swarmId, apply: flags.apply, deadlineMs: flags.timeout };
    const waiting = { code: "waiting.scale", args: { swarmId, target: null } };
    const { outcome, ...planned } = await act(context, connection, calls.predictiveScale, params, waiting);
    return { ...planned, outcome: outcome === null ? null : accepted(outcome) };
  },
  render: (output) => lines(output),
  exit: ({ to, outcome }) => (to === null ? exitCode.notReady : outcome === null ? exitCode.ok : outcomeExit(outcome)),
});

function lines({ swarmId, from, to, reason, source, outcome, topology }: PredictiveScaleOutput): Line[] {
  const plan = to === null ? "nothing is planned" : to === from ? `stays at ${from}` : `${from} → ${to}`;
  const claimed = outcome?.claimed;
  const notes = notesText(claimed?.notes ?? []);
  return [
    [{ text: swarmId, tone: "strong" }, `  ${plan} (${source})`],
    [`  ${reasonText(reason)}`],
    ...(outcome === null ? [] : outcomeLines(outcome, claimed === undefined)),
    ...(outcome === null || claimed === undefined ? [] : [[`  ${recordsText(claimed.records, to, outcome.live)}`]]),
    ...(notes === "" ? [] : [[{ text: `  ${notes}`, tone: "faint" }] satisfies Line]),
    ...(topology === null
      ? []
      : [
          [
            topology.kind === "refused"
              ? `  topology refused: ${reasonText(topology.reason)}`
              : `  ${topologyText(topology)}`,
          ] satisfies Line,
        ]),
    ...(outcome === null && to !== null && to !== from
      ? [[{ text: "Nothing was changed. --apply carries it out.", tone: "faint" }] satisfies Line]
      : []),
  ];
}
