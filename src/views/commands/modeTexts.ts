import type { ManagedSwarmRow, SwarmMode } from "../../engine/protocol/model.ts";
import { countText } from "../../text/figures.ts";
import { swarmLabel } from "../agents/faces.ts";
import { show } from "../show.ts";

export interface ModeChoice {
  readonly mode: SwarmMode;
  readonly label: string;
  readonly description: string;
  readonly detail: string;
}

const meanings: Readonly<Record<SwarmMode, string>> = {
  observe: "Shown only: nothing is recommended, nothing is changed by itself.",
  recommend: "The scaler recommends a size, with its reasons. You apply or dismiss it.",
  auto: "The scaler sizes the swarm by itself, within its bounds. Each change is in Decisions and can be undone.",
};

/** The modes and what they mean, from the most careful to the least. */
export function modeChoices(current: SwarmMode): readonly ModeChoice[] {
  return (["observe", "recommend", "auto"] as const).map((mode) => ({
    mode,
    label: mode,
    description: mode === current ? "now" : "",
    detail: meanings[mode],
  }));
}

/** Asked once before a swarm of the operator's own is sized by itself: what will happen, and how it is stopped. */
export function autoQuestion(swarm: ManagedSwarmRow): { title: string; keep: ModeChoice; switchTo: ModeChoice } {
  const name = swarmLabel(swarm);
  const { minAgents, maxAgents } = swarm;
  const inputs = swarm.scaling?.inputs;
  const rule =
    inputs === undefined
      ? ""
      : ` More above a load of ${show.number(inputs.scaleUpAbove)}, fewer below ${show.number(inputs.scaleDownBelow)}.`;
  return {
    title: `Let the scaler size ${name} by itself?`,
    keep: { mode: swarm.mode, label: `Keep ${swarm.mode}`, description: "", detail: "Nothing changes." },
    switchTo: {
      mode: "auto",
      label: "Switch to auto",
      description: `${minAgents} to ${countText(maxAgents, "agent")}`,
      detail: `Starts and ends agents without asking.${rule} Ended ones finish their task first. Hold stops it.`,
    },
  };
}

/**
 * The user's setting `swarm.swarms` with this swarm in this mode.
 * @returns `null` when the setting needs no change or does not hold the swarm
 */
export function withMode(setting: unknown, swarmId: string, mode: SwarmMode): unknown[] | null {
  if (!Array.isArray(setting)) return null;
  const meant = setting.findIndex((one: unknown) => isRecord(one) && one["id"] === swarmId);
  const entry: unknown = setting[meant];
  // Absent means the default.
  if (!isRecord(entry) || (entry["mode"] ?? "recommend") === mode) return null;
  return setting.with(meant, { ...entry, mode });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
