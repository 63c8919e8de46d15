import type { JudgedPolicy, PolicyReport, Retraining, ScheduledTraining } from "../../engine/protocol/dqn.ts";
import { countText, durationText, numberText, ratioText } from "../../text/figures.ts";
import { policyVerdict } from "../../text/policy.ts";
import { reasonText } from "../../text/reasons.ts";
import type { Line, Span } from "../lines.ts";
import { sparkline } from "../sparkline.ts";
import { type Column, table } from "../table.ts";
import { localTime } from "../times.ts";

const COLUMNS: readonly Column[] = [
  { title: "POLICY", align: "left" },
  { title: "COST", align: "right" },
  { title: "UNMET", align: "right" },
  { title: "WAIT P95", align: "right" },
  { title: "AGENT-HOURS", align: "right" },
  { title: "ACTIONS", align: "right" },
  { title: "BUSY", align: "right" },
];
const BOUND = "clairvoyant";
const CURVE_CELLS = 40;

export function policyLines(report: PolicyReport, width: number | null): Line[] {
  const { swarmId, trained, reason, trainingRatio } = report;
  const title: Line = [{ text: swarmId, tone: "strong" }];
  const underWay = trainingRatio === null ? [] : [[`  being trained: ${ratioText(trainingRatio)} done`]];
  const schedule = scheduleLines(report.retraining);
  if (trained === null) return [title, [`  ${reason === null ? "" : reasonText(reason)}`], ...underWay, ...schedule];
  const { episodes, takenAfter, tookMs, trainedAtMs, basis, curve, evaluation, weights } = trained;
  const { policies, fromMs, toMs } = evaluation;
  const ordered = policies.toSorted(
    (a, b) => Number(a.name === BOUND) - Number(b.name === BOUND) || b.costAgentHours - a.costAgentHours,
  );
  const { unmet, waiting, agents, changes } = weights;
  const rewards = curve.map(({ reward }) => ({ mean: reward }));
  return [
    [
      ...title,
      `  ${countText(episodes, "episode")} in ${durationText(tookMs)}, ${localTime(trainedAtMs)}`,
      ` · trained by the ${trained.by} · taken after ${takenAfter} · ${basis.minAgents} to ${basis.maxAgents} agents`,
    ],
    [
      `  reward  ${sparkline(rewards, CURVE_CELLS)}  ${figure(curve[0]?.reward)} → ${figure(curve.at(-1)?.reward)} a decision`,
    ],
    [
      `  cost = ${numberText(agents)} · agents + ${numberText(unmet)} · unmet + ${numberText(waiting)} · waiting minutes + ${numberText(changes)} s · changes`,
    ],
    ...underWay,
    ...schedule,
    [],
    ...table(COLUMNS, ordered.map(cells), width),
    [],
    [`judged from ${localTime(fromMs)} to ${localTime(toMs)}, which it has not learned on`],
    [policyVerdict(report) ?? ""],
  ];
}

function cells(row: JudgedPolicy): Span[] {
  return [
    row.name === BOUND ? { text: `${row.name} (bound)`, tone: "faint" } : row.name,
    numberText(row.costAgentHours, 4),
    row.unmetRatio === null ? "–" : `${numberText(100 * row.unmetRatio, 3)}%`,
    durationText(row.waitP95Sec * 1_000),
    numberText(row.agentHours, 4),
    String(row.actions),
    row.utilisation === null ? "–" : ratioText(row.utilisation),
  ];
}

/** Training without anybody asking: the next one or why there is none, and what became of the last. */
function scheduleLines({ dueAtMs, reason, last }: Retraining): Line[] {
  const soon = dueAtMs === null ? "" : `${localTime(dueAtMs)}, sooner when the history has grown by half`;
  const next = reason === null ? soon : reasonText(reason);
  return [
    [`  next training  ${next}`],
    ...(last === null
      ? []
      : [[`  last scheduled ${localTime(last.atMs)}, ${durationText(last.tookMs)}: ${outcomeText(last)}`]]),
  ];
}

function outcomeText({ outcome }: ScheduledTraining): string {
  if (outcome.kind === "first") return "the first network";
  if (outcome.kind === "failed") return `it failed: ${reasonText(outcome.reason)}`;
  const { newCost, keptCost } = outcome;
  const unit = "agent-hours of cost on what the new one has not seen";
  return outcome.kind === "stays"
    ? `the kept network stays: ${numberText(keptCost, 4)} against ${numberText(newCost, 4)} ${unit}`
    : `the new network took its place: ${numberText(newCost, 4)} against ${numberText(keptCost, 4)} ${unit}`;
}

function figure(value: number | undefined): string {
  return value === undefined ? "–" : numberText(value, 3);
}
