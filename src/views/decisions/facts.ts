import type { Anomaly } from "../../engine/protocol/anomalies.ts";
import type { GrowthRoom, HpaInputs, ScalingInputs, SourceTag } from "../../engine/protocol/model.ts";
import type { DecisionRow } from "../../engine/protocol/rpc.ts";
import { anomalyText } from "../../text/anomaly.ts";
import { bytesText, countText, durationText } from "../../text/figures.ts";
import { impactText } from "../../text/impact.ts";
import { shadowText } from "../../text/shadow.ts";
import { line, show } from "../show.ts";
import { outcomeSentence, reason, whoText } from "./words.ts";

/** One thing that explains a decision. Rows, tooltip and document show the same list. */
export interface Fact {
  /** Unique within the decision. */
  readonly key: string;
  readonly name: string;
  readonly value: string;
  /** Where a figure comes from; `null` for what is no figure. */
  readonly source: SourceTag | null;
  readonly icon: string;
}

export function factsOf(row: DecisionRow): readonly Fact[] {
  return [
    said("why", "Why", reason(row.reason), "comment"),
    ...(row.inputs === null ? [] : scalingFacts(row.inputs)),
    said("mode", "Mode", row.mode, "settings"),
    said("who", "Decided by", whoText(row), "person"),
    said("outcome", "Outcome", outcomeSentence(row), "checklist"),
    ...planFact(row),
    ...impactFact(row),
    ...(row.notes ?? []).map((note, at) => said(`note${at}`, "Not restored", reason(note), "info")),
    ...undoFact(row),
  ];
}

/** What the scaler rests on, decision or not. */
export function scalingFacts(inputs: ScalingInputs): readonly Fact[] {
  const { demand, demandSource, live, target, minAgents, maxAgents, currentRatio, combinedRatio } = inputs;
  const derived = (value: number | null): SourceTag => (value === null ? "unknown" : "derived");
  return [
    figure("demand", "Demand", show.number(demand), demand === null ? "unknown" : demandSource, "pulse"),
    ...(inputs.heldBack === undefined
      ? []
      : [
          figure(
            "heldBack",
            "Held back",
            `${show.number(inputs.heldBack)} tasks on average wait behind a full lane or an open breaker`,
            "measured",
            "debug-pause",
          ),
        ]),
    ...(inputs.anomaly === undefined ? [] : [unusualFact(inputs.anomaly)]),
    figure(
      "live",
      "Live agents",
      `${live} of ${target} wanted, bounds ${minAgents} to ${maxAgents}`,
      "measured",
      "server-process",
    ),
    figure(
      "current",
      "Load now",
      currentRatio === null ? show.number(null) : `${show.number(currentRatio)} = demand ÷ live agents`,
      derived(currentRatio),
      "dashboard",
    ),
    ...(inputs.hpa?.metric == null ? [] : [hpaFact(inputs.hpa)]),
    ...(inputs.shadow === undefined ? [] : [figure("shadow", "In auto", shadowText(inputs.shadow), "derived", "eye")]),
    ...(inputs.room === undefined ? [] : [roomFact(inputs.room)]),
    figure("predicted", "Load expected", expected(inputs), derived(inputs.predictedRatio), "graph-line"),
    figure("combined", "Combined load", show.number(combinedRatio), derived(combinedRatio), "combine"),
    said(
      "thresholds",
      "Thresholds",
      `more agents above ${show.number(inputs.scaleUpAbove)}, fewer below ${show.number(inputs.scaleDownBelow)}`,
      "arrow-both",
    ),
    said("forecast", "Forecast", forecastText(inputs), "telescope"),
  ];
}

function hpaFact({ metric, perAgent, targetPerAgent, desired }: HpaInputs): Fact {
  const what = metric === "queue" ? "tasks wait for each agent" : "load of each agent";
  const text = `${show.number(perAgent)} ${what}, target ${show.number(targetPerAgent)}: ${show.number(desired)} agents`;
  return figure("hpa", "Kubernetes rules", text, "derived", "law");
}

/** A decision that was made on a load unlike the usual is to be read as such. */
function unusualFact(anomaly: Anomaly): Fact {
  const text = anomalyText(anomaly.metric, (key) => anomaly[key]);
  return figure("unusual", "Unusual load", `${text}, since ${show.clock(anomaly.sinceMs)}`, "derived", "warning");
}

function roomFact(room: GrowthRoom): Fact {
  const { agents, basis, footprint, leftBytes, promisedBytes, availableBytes, pressure } = room;
  const name = "Room for more";
  if (basis === "unmeasured") return figure("room", name, "memory was not measured: none", "unknown", "chip");
  const left = `${bytesText(leftBytes)} left of ${bytesText(availableBytes)} available`;
  const promised = promisedBytes > 0 ? `, ${bytesText(promisedBytes)} promised to agents just started` : "";
  const each =
    basis === "learning"
      ? `what an agent needs is not known yet (${countText(footprint.agents, "agent")} measured), so one at a time`
      : `one needs up to ${bytesText(footprint.rssBytes)} (95th percentile of ${footprint.agents})`;
  const waited =
    pressure === undefined
      ? ""
      : `; pressure on memory ${show.percent(pressure.memory)}, on processors ${show.percent(pressure.cpu)}`;
  return figure("room", name, `${countText(agents, "agent")}: ${left}${promised}; ${each}${waited}`, "derived", "chip");
}

function expected({ predictedRatio, predictedInMs }: ScalingInputs): string {
  if (predictedRatio === null) return `${show.number(null)} (no forecast takes part)`;
  return `${show.number(predictedRatio)} at most${predictedInMs === null ? "" : `, in ${durationText(predictedInMs)}`}`;
}

function forecastText({ forecastModel, forecastReason }: ScalingInputs): string {
  const model = forecastModel === null ? "none" : line(forecastModel, 60);
  return forecastReason === null ? model : `${model}, takes no part: ${reason(forecastReason)}`;
}

function planFact({ plan, from }: DecisionRow): readonly Fact[] {
  if (plan === undefined) return [];
  const steps = [from, ...plan.steps].join(" → ");
  return [said("plan", "Steps", `${steps}, each seen and looked at before the next; at ${plan.at}`, "list-ordered")];
}

function impactFact({ impact }: DecisionRow): readonly Fact[] {
  if (impact === undefined) return [];
  const span = durationText(impact.windowMs);
  const text = impactText(impact);
  const basis = `${impact.before.begun} tasks began in the ${span} before, ${impact.after.begun} in the ${span} after`;
  return [
    figure(
      "impact",
      "Effect",
      text === "" ? `too few tasks to tell: ${basis}` : `${text}; ${basis}`,
      "measured",
      "graph",
    ),
  ];
}

/** Only where an undo makes sense at all: what was carried out. */
function undoFact(row: DecisionRow): readonly Fact[] {
  const ends = row.state.kind === "acting" ? ", which ends its steps" : "";
  if (row.undoRefusal === null) return [said("undo", "Undo", `possible, back to ${row.from}${ends}`, "discard")];
  if (!["confirmed", "unconfirmed", "rolledBack"].includes(row.state.kind)) return [];
  return [said("undo", "Undo", `not possible: ${reason(row.undoRefusal)}`, "discard")];
}

function figure(key: string, name: string, value: string, source: SourceTag, icon: string): Fact {
  return { key, name, value, source, icon };
}

function said(key: string, name: string, value: string, icon: string): Fact {
  return { key, name, value, source: null, icon };
}

/** `0.92 · derived`. */
export function factText({ value, source }: Fact): string {
  return source === null ? value : `${value} · ${source}`;
}
