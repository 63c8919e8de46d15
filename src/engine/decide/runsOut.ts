import type { Coded } from "../common/errors.ts";
import type { CapacityInputs, CapacitySwarm, LearnedGrowth } from "../ports/capacity.ts";
import { type CapacityRow, type DailyGrowth, GROWTH_PERIOD_DAYS, type RunsOut } from "../protocol/capacity.ts";
import { reserveOf } from "./capacity.ts";

/** What the machine and each swarm have, how much of it is used, and when it runs out. */
export function capacityRows(inputs: CapacityInputs): readonly CapacityRow[] {
  const { machine, learned, wanted, growth } = inputs;
  const memory = wanted.memoryBytes ?? machine.memoryCapacityBytes;
  const ofMachine = { swarmId: null, growth } as const;
  return [
    rowOf({
      ...{ ...ofMachine, resource: "memory", unit: "bytes", learned: learned.memory, now: machine.memoryUsedBytes },
      capacity: memory === null ? null : Math.max(0, memory - reserveOf(memory)),
    }),
    rowOf({
      ...{ ...ofMachine, resource: "cpu", unit: "cores", learned: learned.cpu, now: machine.cpuBusyCores },
      capacity: wanted.cpus ?? machine.cpuCapacityCores,
    }),
    rowOf({
      ...{ ...ofMachine, resource: "disk", unit: "bytes", learned: learned.disk },
      ...{ now: machine.disk?.usedBytes ?? null, capacity: machine.disk?.sizeBytes ?? null },
    }),
    ...inputs.swarms.map((swarm) => agentsRow(swarm, growth)),
  ];
}

/** The size that its demand asks for beside the most agents it may have. */
function agentsRow({ id, demand, maxAgents, targetUtilisation, learned }: CapacitySwarm, growth: Growth): CapacityRow {
  const sized = (value: number): number => value / targetUtilisation;
  const high = learned.high === null ? null : sized(learned.high);
  const scaled: LearnedGrowth =
    learned.kind === "unknown"
      ? { ...learned, high }
      : {
          ...{ kind: "known", high },
          growth: {
            ...learned.growth,
            perDay: sized(learned.growth.perDay),
            lowPerDay: sized(learned.growth.lowPerDay),
            highPerDay: sized(learned.growth.highPerDay),
          },
        };
  return rowOf({
    ...{ resource: "agents", unit: "agents", swarmId: id, capacity: maxAgents, learned: scaled, growth },
    now: demand === null ? null : sized(demand),
  });
}

type Growth = CapacityInputs["growth"];

interface Asked extends Pick<CapacityRow, "resource" | "unit" | "swarmId" | "capacity"> {
  readonly now: number | null;
  readonly learned: LearnedGrowth;
  readonly growth: Growth;
}

function rowOf({ resource, unit, swarmId, capacity, now, learned, growth }: Asked): CapacityRow {
  // Peaks are what something has to be large enough for.
  const used = learned.high ?? now;
  const usedBy = used === null ? null : learned.high === null ? ("now" as const) : ("p95" as const);
  const row = {
    resource,
    unit,
    swarmId,
    capacity,
    used,
    usedBy,
    source: used === null ? "unknown" : "derived",
  } as const;
  const missing = (reason: Coded): CapacityRow => ({ ...row, growth: null, runsOut: null, reason });
  if (used === null || capacity === null || !Number.isFinite(used) || !Number.isFinite(capacity))
    return missing({ code: "capacity.notMeasured", args: {} });
  const daily = growth.kind === "percent" ? given(used, growth.percent) : learned;
  if ("kind" in daily && daily.kind === "unknown") return missing(daily.reason);
  const known = "kind" in daily ? daily.growth : daily;
  return { ...row, growth: known, runsOut: runsOutOf(capacity - used, known), reason: null };
}

/** So many per cent of today's level in thirty days. */
function given(level: number, percent: number): DailyGrowth {
  const perDay = (level * percent) / 100 / GROWTH_PERIOD_DAYS;
  return { perDay, lowPerDay: perDay, highPerDay: perDay, rises: perDay > 0 };
}

/**
 * Left ÷ growth of a day, on a straight line. A growth that may be chance runs nothing out; the upper end of its interval
 * says how soon it could be all the same. What is used up already is so in 0 days.
 */
export function runsOutOf(left: number, { perDay, lowPerDay, highPerDay, rises }: DailyGrowth): RunsOut {
  const days = (slope: number): number | null => (left <= 0 ? 0 : slope > 0 ? left / slope : null);
  return {
    inDays: left <= 0 ? 0 : rises ? days(perDay) : null,
    soonestInDays: days(highPerDay),
    latestInDays: days(lowPerDay),
  };
}
