/** What the machine has left. `null`: not measured, or not told by the system. */
export interface MachineReading {
  readonly memoryAvailableBytes: number | null;
  /** Share of the last ten seconds in which some process waited for memory (Linux PSI `some avg10`), 0..1. */
  readonly memoryPressureRatio: number | null;
  readonly cpuPressureRatio: number | null;
}

export interface HeadroomOptions {
  /** Kept free for everything else. */
  readonly reserveBytes: number;
  /** Above either of these nothing is added: more agents would only wait for each other. */
  readonly mostMemoryPressure: number;
  readonly mostCpuPressure: number;
}

/** 512 MB free, a tenth of the time stalled for memory, six tenths for a processor. */
export const DEFAULT_HEADROOM: HeadroomOptions = {
  reserveBytes: 512 * 2 ** 20,
  mostMemoryPressure: 0.1,
  mostCpuPressure: 0.6,
};

/**
 * The most agents that this machine has room for: those there are, and as many more as fit into the free memory. A limit
 * to growth and nothing else: it never asks for more agents, and never ends one (a machine under pressure is the
 * operator's to relieve). Of what is not measured nothing more is known to fit, so that nothing grows.
 *
 * @param agentBytes what one agent holds; `null`: not known yet
 * @throws RangeError for a `live` that is no count, or options that are no numbers ≥ 0
 */
export function mostByHeadroom(
  live: number,
  agentBytes: number | null,
  { memoryAvailableBytes, memoryPressureRatio, cpuPressureRatio }: MachineReading,
  options: HeadroomOptions = DEFAULT_HEADROOM,
): number {
  if (!Number.isInteger(live) || live < 0) throw new RangeError(`live must be a count, got ${live}`);
  for (const [name, value] of Object.entries(options) as [string, number][])
    if (!(value >= 0)) throw new RangeError(`${name} must be ≥ 0, got ${value}`);
  if (memoryAvailableBytes === null || !(memoryAvailableBytes >= 0)) return live;
  if (isAbove(memoryPressureRatio, options.mostMemoryPressure) || isAbove(cpuPressureRatio, options.mostCpuPressure))
    return live;
  if (agentBytes === null || !(agentBytes > 0 && Number.isFinite(agentBytes))) return live;
  return live + Math.max(0, Math.floor((memoryAvailableBytes - options.reserveBytes) / agentBytes));
}

/** Pressure is told by Linux alone: without it the free memory decides. What is no number is taken for the worst. */
function isAbove(ratio: number | null, most: number): boolean {
  return ratio !== null && !(ratio <= most);
}
