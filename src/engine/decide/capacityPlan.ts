import type { CapacityInputs, CapacitySwarm } from "../ports/capacity.ts";
import type { CapacityKind, CapacityPlan, Fit, Spread, WhatIf } from "../protocol/capacity.ts";
import { reserveOf } from "./capacity.ts";
import { costOf } from "./cost.ts";
import { capacityRows } from "./runsOut.ts";

/**
 * How many agents of each kind fit now, when what runs out, and what so many agents or another machine would mean.
 *
 * 1. Left: memory that is available, less the reserve and what is promised to agents that were started; cores that are
 *    idle. Of another machine, as much more as it has more.
 * 2. Fits: left ÷ what an agent takes, whole agents, by half of them and by 95% of them.
 * 3. Runs out: see `capacityRows`.
 * @throws RangeError for figures that cannot be
 */
export function capacityPlan(inputs: CapacityInputs): CapacityPlan {
  check(inputs);
  const { swarmId, madeAtMs, horizonDays, growth, machine, wanted } = inputs;
  const left = leftOf(inputs);
  const rows = capacityRows(inputs);
  const isKnown = rows.some(({ runsOut }) => runsOut !== null);
  const first = rows
    .flatMap(({ resource, swarmId: of, runsOut }) =>
      runsOut !== null && runsOut.inDays !== null && runsOut.inDays <= horizonDays
        ? [{ resource, swarmId: of, inDays: runsOut.inDays }]
        : [],
    )
    .toSorted((a, b) => a.inDays - b.inDays);
  return {
    ...{ swarmId, madeAtMs, horizonDays, growth },
    basis: isKnown ? "growth" : "footprints",
    reason: isKnown ? null : (rows[0]?.reason ?? null),
    machine: {
      memoryBytes: wanted.memoryBytes ?? machine.memoryCapacityBytes,
      cpuCores: wanted.cpus ?? machine.cpuCapacityCores,
      isAssumed: wanted.memoryBytes !== null || wanted.cpus !== null,
    },
    kinds: inputs.swarms.map((swarm) => kindOf(swarm, left, inputs)),
    rows,
    first: first[0] ?? null,
  };
}

interface Left {
  readonly bytes: number | null;
  readonly cores: number | null;
}

function leftOf({ machine, wanted }: CapacityInputs): Left {
  const { memoryAvailableBytes, memoryCapacityBytes, cpuBusyCores, cpuCapacityCores, promisedBytes } = machine;
  const capacity = wanted.memoryBytes ?? memoryCapacityBytes;
  const bytes =
    memoryAvailableBytes === null || memoryCapacityBytes === null || capacity === null
      ? null
      : Math.max(0, memoryAvailableBytes + (capacity - memoryCapacityBytes) - reserveOf(capacity) - promisedBytes);
  const cores = wanted.cpus ?? cpuCapacityCores;
  return { bytes, cores: cores === null || cpuBusyCores === null ? null : Math.max(0, cores - cpuBusyCores) };
}

function kindOf(swarm: CapacitySwarm, left: Left, { wanted, prices }: CapacityInputs): CapacityKind {
  const { id, live, sizes } = swarm;
  const { rssBytes, cpuCores, agents } = sizes;
  return {
    ...{ swarmId: id, live, seen: agents, rssBytes, cpuCores },
    fit: fitOf(left, rssBytes, cpuCores),
    whatIf: wanted.agents === null ? null : whatIfOf(wanted.agents, swarm, left, prices),
  };
}

/** Too many for the cores are slow, too many for the memory are killed: while that is not known, no count is safe to name. */
function fitOf(left: Left, rssBytes: Spread | null, cpuCores: Spread | null): Fit {
  const memory = countOf(left.bytes, rssBytes);
  const cpu = countOf(left.cores, cpuCores);
  if (memory === null) return { memory, cpu, disk: null, agents: null, by: null };
  const known = [
    { by: "memory" as const, agents: memory.p95 },
    ...(cpu === null ? [] : [{ by: "cpu" as const, agents: cpu.p95 }]),
  ].toSorted((a, b) => a.agents - b.agents);
  return { memory, cpu, disk: null, agents: known[0]?.agents ?? null, by: known[0]?.by ?? null };
}

/** What takes nothing is not limited by it. */
function countOf(left: number | null, each: Spread | null): Spread | null {
  if (left === null || each === null || each.p50 <= 0 || each.p95 <= 0) return null;
  return { p50: Math.floor(left / each.p50 + 1e-9), p95: Math.floor(left / each.p95 + 1e-9) };
}

function whatIfOf(agents: number, swarm: CapacitySwarm, left: Left, prices: CapacityInputs["prices"]): WhatIf {
  const { rssBytes, cpuCores } = swarm.sizes;
  const times = (each: Spread | null): Spread | null =>
    each === null ? null : { p50: agents * each.p50, p95: agents * each.p95 };
  const needsBytes = times(rssBytes);
  const needsCores = times(cpuCores);
  const held = (what: number | null, own: number | null): number | null =>
    what === null ? null : what + (swarm.live === 0 ? 0 : (own ?? 0));
  const hasBytes = held(left.bytes, swarm.rssBytes);
  const hasCores = held(left.cores, swarm.cpuCores);
  const shortages = [
    { by: "memory" as const, share: shareOf(needsBytes, hasBytes) },
    { by: "cpu" as const, share: shareOf(needsCores, hasCores) },
  ];
  const short = shortages
    .filter(({ share }) => share !== null && share > 1)
    .toSorted((a, b) => (b.share ?? 0) - (a.share ?? 0));
  const isKnown = shortages.every(({ share }) => share !== null);
  const gigabytes = needsBytes === null ? null : needsBytes.p50 / 1e9;
  return {
    ...{ agents, needsBytes, needsCores, hasBytes, hasCores },
    fits: short.length > 0 ? false : isKnown ? true : null,
    short: short[0]?.by ?? null,
    costPerHour: costOf(
      { agentHours: agents, cpuHours: needsCores?.p50 ?? null, memoryGigabyteHours: gigabytes },
      prices,
    ),
  };
}

function shareOf(needs: Spread | null, has: number | null): number | null {
  if (needs === null || has === null) return null;
  if (needs.p95 === 0) return 0;
  return has === 0 ? Number.POSITIVE_INFINITY : needs.p95 / has;
}

function check({ horizonDays, growth, wanted, swarms }: CapacityInputs): void {
  if (!(horizonDays > 0 && Number.isFinite(horizonDays)))
    throw new RangeError(`horizonDays must be > 0, got ${horizonDays}`);
  if (growth.kind === "percent" && !Number.isFinite(growth.percent))
    throw new RangeError(`percent must be a number, got ${growth.percent}`);
  for (const [name, value] of Object.entries(wanted))
    if (value !== null && !(value >= 0 && Number.isFinite(value)))
      throw new RangeError(`${name} must be ≥ 0, got ${value}`);
  for (const { targetUtilisation } of swarms)
    if (!(targetUtilisation > 0)) throw new RangeError(`targetUtilisation must be > 0, got ${targetUtilisation}`);
}
