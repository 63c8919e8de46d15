import type {
  AimValues,
  AllocationEffect,
  AllocationExpected,
  AllocationOutcome,
  AllocationRecord,
  AllocationStep,
  ResourceLimits,
} from "../engine/protocol/allocators.ts";
import { LANES } from "../engine/protocol/lanes.ts";
import { type ConstraintId, OBJECTIVES, type ObjectiveFigure, type ObjectiveId } from "../engine/protocol/optimize.ts";
import { bytesText, countText, durationText, numberText, ratioText, UNKNOWN } from "./figures.ts";
import { impactText } from "./impact.ts";
import { reasonText } from "./reasons.ts";
import { LIMITS } from "./reasons/optimize.ts";

/** Allocations in words, in one way for page, view and command line. Loaded where they are shown, never at the start. */

const AIMS: Readonly<Record<ObjectiveId, string>> = {
  minimizeLatency: "Latency",
  maximizeUtilization: "Utilisation",
  balanceLoad: "Load spread",
  minimizeCost: "Cost",
};

/** What each aim is, with what it is divided by. */
const MEANINGS: Readonly<Record<ObjectiveId, string>> = {
  minimizeLatency: "mean time from a task's arrival to its end, waiting and running; less is better",
  maximizeUtilization: "work that arrives ÷ agents; more is better",
  balanceLoad: "standard deviation of the lanes' utilisation; less is better",
  minimizeCost: "what all agents cost for an hour; less is better",
};

export function aimName(id: ObjectiveId): string {
  return AIMS[id];
}

export function aimMeaning(id: ObjectiveId): string {
  return MEANINGS[id];
}

/** What an allocation has to keep: `the machine's memory`. */
export function limitName(id: ConstraintId): string {
  return LIMITS.get(id) ?? id;
}

/** Which end of an aim is the better one. */
export function aimBetter(id: ObjectiveId): ObjectiveFigure["better"] {
  return id === "maximizeUtilization" ? "higher" : "lower";
}

/** `4.1 s`, `71%`, `0.08`, `1.20 EUR/h`; `unknown` for what cannot be said. */
export function aimValueText(id: ObjectiveId, value: number | null, currency: string | null): string {
  if (value === null || !Number.isFinite(value)) return UNKNOWN;
  switch (id) {
    case "minimizeLatency":
      return durationText(value * 1_000);
    case "maximizeUtilization":
      return ratioText(value);
    case "balanceLoad":
      return numberText(value);
    case "minimizeCost":
      // A price below a cent must not read as none.
      return `${value !== 0 && Math.abs(value) < 0.01 ? value.toPrecision(2) : value.toFixed(2)} ${currency ?? UNKNOWN}/h`;
  }
}

/** `Latency 4.1 s` */
export function aimText(id: ObjectiveId, value: number | null, currency: string | null): string {
  return `${aimName(id)} ${aimValueText(id, value, currency)}`;
}

/** `latency 6.2 s → 4.1 s, load spread 0.12 → 0.08`; without what was before only what it comes to. Of aims in their order. */
export function aimsText({ now, chosen }: Pick<AllocationExpected, "now" | "chosen">, currency: string | null): string {
  return OBJECTIVES.flatMap((id) => {
    const value = chosen[id];
    if (value === undefined) return [];
    const before = now?.[id];
    const text = aimValueText(id, value, currency);
    const was = before === undefined ? "" : aimValueText(id, before, currency);
    return [`${aimName(id).toLowerCase()} ${was === "" || was === text ? text : `${was} → ${text}`}`];
  }).join(", ");
}

/** Of figures what is known, by the aims' names. */
export function aimValues(figures: readonly Pick<ObjectiveFigure, "id" | "value">[]): AimValues {
  return Object.fromEntries(figures.flatMap(({ id, value }) => (value === null ? [] : [[id, value]])));
}

/** One value of limits: what it is called, and what it is. */
interface Part {
  readonly name: string;
  readonly value: string;
}

function partsOf(limits: ResourceLimits): readonly Part[] {
  const bytes = (value: number | null): string => (value === null ? "none" : bytesText(value));
  switch (limits.resource) {
    case "agents":
      return [{ name: "agents", value: String(limits.agents) }];
    case "network":
      return LANES.flatMap((lane) => {
        const capacity = limits.lanes[lane];
        return capacity === undefined ? [] : [{ name: lane, value: String(capacity) }];
      });
    case "memory":
      return [
        { name: "memory limit", value: bytes(limits.highBytes) },
        ...(limits.dataBytes === undefined ? [] : [{ name: "data limit", value: bytes(limits.dataBytes) }]),
        ...(limits.addressSpaceBytes === undefined
          ? []
          : [{ name: "address space limit", value: bytes(limits.addressSpaceBytes) }]),
      ];
    case "cpu":
      return [
        ...(limits.nice === undefined ? [] : [{ name: "nice value", value: String(limits.nice) }]),
        ...(limits.weight === undefined ? [] : [{ name: "CPU weight", value: String(limits.weight) }]),
        ...(limits.ioLevel === undefined
          ? []
          : [{ name: "I/O level", value: limits.ioLevel === null ? "as its nice value" : String(limits.ioLevel) }]),
      ];
    case "storage":
      return [
        ...(limits.outputBytes === undefined ? [] : [{ name: "output kept", value: bytes(limits.outputBytes) }]),
        ...(limits.workspaceBytes === undefined
          ? []
          : [{ name: "workspace quota", value: bytes(limits.workspaceBytes) }]),
      ];
  }
}

/** Whom limits are for: `demo`, or `lanes`, which all swarms share. */
function whom(limits: ResourceLimits): string {
  return limits.resource === "network" ? "lanes" : limits.swarmId;
}

/** `demo: agents 6`, `lanes: standard 3, background 1`, `demo: memory limit 96 MB` */
export function limitsText(limits: ResourceLimits): string {
  return `${whom(limits)}: ${partsOf(limits)
    .map(({ name, value }) => `${name} ${value}`)
    .join(", ")}`;
}

/** `demo: agents 4 → 6`, `lanes: standard 4 → 3`, `demo: memory limit none → 96 MB`; what stays as it is is left out. */
export function changeText(from: ResourceLimits, to: ResourceLimits): string {
  const before = new Map(partsOf(from).map(({ name, value }) => [name, value]));
  const changed = partsOf(to).flatMap(({ name, value }) => {
    const was = before.get(name) ?? UNKNOWN;
    return was === value ? [] : [`${name} ${was} → ${value}`];
  });
  return changed.length === 0 ? `${limitsText(to)} (as it is)` : `${whom(to)}: ${changed.join(", ")}`;
}

/** `applied in 4 s`, `rolled back: …`, `refused: …`, `under way, step 2 of 3` */
export function allocationStateText({ state, steps, undoOf, undoneBy }: AllocationRecord): string {
  const undone = undoneBy === null ? "" : ", and undone since";
  switch (state.kind) {
    case "acting": {
      const done = steps.filter((step) => step.state.kind === "confirmed").length;
      return `under way, step ${Math.min(done + 1, steps.length)} of ${steps.length}`;
    }
    case "applied":
      return `${undoOf === null ? "applied" : "taken back"} in ${durationText(state.elapsedMs)}${undone}`;
    case "rolledBack":
      return state.left === 0
        ? `rolled back: ${reasonText(state.reason)}`
        : `rolled back, but for ${countText(state.left, "step")}: ${reasonText(state.reason)}`;
    case "partly":
      return `taken back, but for ${countText(state.left, "step")}: ${reasonText(state.reason)}`;
    case "refused":
      return `refused, nothing was done: ${reasonText(state.reason)}`;
    case "interrupted":
      return "interrupted: the engine ended in the middle";
  }
}

/** `demo: agents 4 → 6` once it is known what was before it; else what is to be set. */
export function stepText({ limits, previous }: Pick<AllocationStep, "limits" | "previous">): string {
  return previous === null ? limitsText(limits) : changeText(previous, limits);
}

/** `waiting`, `setting`, `confirmed`, `taken back` … with what is to be known of it. */
export function stepStateText(state: AllocationStep["state"]): string {
  switch (state.kind) {
    case "waiting":
      return "waiting";
    case "acting":
      return "setting";
    case "takenBack":
      return state.outcome.kind === "confirmed" ? "taken back" : `not taken back: ${outcomeText(state.outcome)}`;
    default:
      return outcomeText(state);
  }
}

function outcomeText(outcome: AllocationOutcome): string {
  switch (outcome.kind) {
    case "confirmed":
      return ["confirmed", ...outcome.notes.map((note) => reasonText(note))].join(" · ");
    case "unconfirmed":
      return `not confirmed: ${reasonText(outcome.reason)}`;
    case "refused":
      return `refused: ${reasonText(outcome.reason)}`;
  }
}

/** `demo: waiting p95 4.1 s → 0.8 s, measured over 2 min`; empty when nothing was measured on either side. */
export function effectText({ swarmId, impact }: AllocationEffect): string {
  const text = impactText(impact);
  return text === "" ? "" : `${swarmId}: ${text}, measured over ${durationText(impact.windowMs)}`;
}
