import type { ScalingInputs } from "../../../src/engine/protocol/model.ts";
import type { DecisionRow, DecisionsState } from "../../../src/engine/protocol/rpc.ts";
import { NOW_MS } from "../overviews.ts";

/** Decisions for tests of the views: the demo grows from 6 to 8 because of its load. */

export function inputs(over: Partial<ScalingInputs> = {}): ScalingInputs {
  return {
    live: 6,
    target: 6,
    minAgents: 2,
    maxAgents: 16,
    demand: 5.52,
    demandSource: "measured",
    currentRatio: 0.92,
    predictedRatio: null,
    predictedInMs: null,
    combinedRatio: 0.92,
    forecastModel: null,
    forecastReason: { code: "forecast.young", args: { steps: 12 } },
    scaleUpAbove: 0.8,
    scaleDownBelow: 0.3,
    ...over,
  };
}

/** Ids that sort by number, as real ones do by time. */
export function id(number: number): string {
  return `01890000-0000-7000-8000-${String(number).padStart(12, "0")}`;
}

export function decision(over: Partial<DecisionRow> = {}): DecisionRow {
  return {
    id: id(1),
    swarmId: "demo",
    swarmLabel: "demo",
    wallMs: NOW_MS - 180_000,
    origin: "scaler",
    by: null,
    mode: "auto",
    from: 6,
    to: 8,
    reason: { code: "some.reason", args: { load: 0.92 } },
    inputs: inputs(),
    state: { kind: "confirmed", live: 8, elapsedMs: 1_200 },
    undoOf: null,
    undoneBy: null,
    undoRefusal: null,
    ...over,
  };
}

export const waiting: DecisionRow["state"] = { kind: "recommended" };
export const superseded: DecisionRow["undoRefusal"] = { code: "undo.superseded", args: {} };

export function state(decisions: readonly DecisionRow[], more = false): DecisionsState {
  return { wallMs: NOW_MS, decisions, more, holds: [] };
}
