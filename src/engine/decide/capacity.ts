import type { ScalingPolicy } from "../protocol/config.ts";
import type { Footprint, GrowthRoom, MachinePressure } from "../protocol/model.ts";
import type { ScalerVerdict } from "../ports.ts";

/** Memory and CPU of the machine under every limit above us; `null` = not measured. */
export interface MachineLeft {
  readonly memoryAvailableBytes: number | null;
  readonly memoryCapacityBytes: number | null;
  readonly cpuIdleCores: number | null;
  readonly pressure: MachinePressure;
}

/** Above either of these nothing is added. */
export type PressureLimits = Pick<ScalingPolicy, "maxMemoryPressure" | "maxCpuPressure">;

const MEGABYTE = 1_000_000;
/** Never given away: what the rest of the machine may ask for before the next look. A tenth, within these bounds. */
const RESERVE_RATIO = 0.1;
const LEAST_RESERVE_BYTES = 256 * MEGABYTE;
const MOST_RESERVE_BYTES = 2_000 * MEGABYTE;

/**
 * How many more agents the machine has room for: ⌊(available − reserve − promised) ÷ 95th percentile of RSS⌋. `promised`
 * is what agents that were started do not show yet, so that the same memory is not given away twice.
 *
 * While the footprint is not known a swarm grows by one agent at a time, each of which makes it known a little more; the
 * first agent of a kind must be able to start. When memory is not known nothing grows. Idle cores limit nothing: agents share
 * them; how long processes wait for one is looked at by `withinRoom`.
 */
export function growthRoom(
  machine: MachineLeft,
  footprint: Footprint,
  expectedBytes: number,
  promised: number,
): GrowthRoom {
  const { memoryAvailableBytes: available, memoryCapacityBytes: capacity, cpuIdleCores } = machine;
  const promisedBytes = Math.max(0, Math.round(promised));
  const cpuAgents =
    isAmount(cpuIdleCores) && footprint.cpuCores !== null && footprint.cpuCores > 0
      ? count(cpuIdleCores / footprint.cpuCores)
      : null;
  const base = { footprint, promisedBytes, cpuAgents, pressure: machine.pressure };
  if (!isAmount(available) || !isAmount(capacity) || capacity === 0 || !Number.isFinite(promised))
    return { ...base, agents: 0, basis: "unmeasured", leftBytes: null, availableBytes: null, reserveBytes: null };
  const reserveBytes = reserveOf(capacity);
  const leftBytes = Math.max(0, Math.round(available - reserveBytes - promisedBytes));
  const known = { ...base, leftBytes, availableBytes: available, reserveBytes: Math.round(reserveBytes) };
  // No process takes nothing: such a figure is none.
  if (!isAmount(footprint.rssBytes) || footprint.rssBytes === 0) {
    const first = leftBytes > 0 && leftBytes >= expectedBytes ? 1 : 0;
    return { ...known, agents: first, basis: "learning" };
  }
  return { ...known, agents: count(leftBytes / footprint.rssBytes), basis: "footprint" };
}

/** Bytes of a machine with this memory that are kept for what is no agent. */
export function reserveOf(capacityBytes: number): number {
  return Math.min(MOST_RESERVE_BYTES, Math.max(LEAST_RESERVE_BYTES, capacityBytes * RESERVE_RATIO));
}

/**
 * A growth that was decided without looking at the machine, cut down to what there is room for, with the reason. A limit to
 * growth and nothing else: a machine under pressure is the operator's to relieve, no agent is ended for it.
 */
export function withinRoom(
  verdict: ScalerVerdict,
  target: number,
  room: GrowthRoom,
  limits: PressureLimits,
): ScalerVerdict {
  const more = verdict.to - target;
  if (more <= 0) return verdict;
  const inputs = { ...verdict.inputs, room };
  const pressed = pressureAbove(room.pressure, limits);
  if (more <= room.agents && pressed === null) return { ...verdict, inputs };
  const { combined, current, predicted, inMs } = verdict.reason.args;
  const load = {
    combined: combined ?? null,
    current: current ?? null,
    predicted: predicted ?? null,
    inMs: inMs ?? null,
  };
  if (pressed !== null)
    return {
      to: target,
      reason: { code: "scaling.pressure", args: { ...load, wanted: verdict.to, ...pressed } },
      inputs,
    };
  const to = target + room.agents;
  const args = { ...load, wanted: verdict.to, fits: room.agents, roomBytes: room.leftBytes };
  const { promisedBytes, footprint } = room;
  switch (room.basis) {
    case "footprint": {
      const reason = { code: "scaling.memory", args: { ...args, eachBytes: footprint.rssBytes, promisedBytes } };
      return { to, reason, inputs };
    }
    case "learning":
      return { to, reason: { code: room.agents > 0 ? "scaling.learning" : "scaling.noRoom", args }, inputs };
    case "unmeasured":
      return { to, reason: { code: "scaling.memoryUnknown", args }, inputs };
  }
}

/** Pressure is told by Linux alone: without it memory decides. What is no number is taken for the worst. */
export function pressureAbove(
  pressure: MachinePressure | undefined,
  { maxMemoryPressure, maxCpuPressure }: PressureLimits,
): { readonly resource: "memory" | "cpu"; readonly pressure: number | null; readonly most: number } | null {
  for (const [resource, ratio, most] of [
    ["memory", pressure?.memory ?? null, maxMemoryPressure],
    ["cpu", pressure?.cpu ?? null, maxCpuPressure],
  ] as const)
    if (ratio !== null && !(ratio <= most)) return { resource, pressure: Number.isFinite(ratio) ? ratio : null, most };
  return null;
}

/** What takes nothing is not limited by it; the cap of the swarm is what limits then. */
function count(share: number): number {
  return Number.isNaN(share) ? 0 : Math.min(Number.MAX_SAFE_INTEGER, Math.floor(share));
}

function isAmount(value: number | null): value is number {
  return value !== null && Number.isFinite(value) && value >= 0;
}
