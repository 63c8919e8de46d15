import type { TaskCounts } from "../../ports.ts";
import type { DoorsState } from "../../protocol/doors.ts";
import type { Forecast } from "../../protocol/model.ts";
import type { Overview } from "../../protocol/rpc.ts";
import type { GuardState } from "../../protocol/tasks.ts";
import type { DecisionCounts } from "./decisionTally.ts";

/** Units as UCUM writes them, which OTLP wants, with the word that a Prometheus name ends in. `{…}` counts things. */
export const UNIT_WORDS = {
  s: "seconds",
  By: "bytes",
  "By/s": "bytes_per_second",
  "1": "ratio",
  "{core}": "",
  "{agent}": "",
  "{task}": "",
  "{decision}": "",
  "{request}": "",
  "{push}": "",
  "{call}": "",
  "{tick}": "",
  "{opening}": "",
  "{state}": "",
  "{thing}": "",
} as const;
export type Unit = keyof typeof UNIT_WORDS;

/** Everything that a metric is read from, taken at one moment. */
export interface MetricFacts {
  readonly overview: Overview;
  readonly guard: GuardState;
  readonly forecast: (swarmId: string) => Forecast | null;
  readonly tasks: (swarmId: string) => TaskCounts | null;
  readonly decisions: readonly DecisionCounts[];
  readonly doors: DoorsState;
  /** A series for each agent too. */
  readonly agentSeries: boolean;
}

export type Labels = Readonly<Record<string, string>>;

export interface Reading {
  /** `null`: not known, and left out. */
  readonly value: number | null | undefined;
  readonly labels?: Labels;
}

/**
 * One metric, for every way of writing it. The name is dotted, without unit: `machine.memory.used` in `By` becomes
 * `swarm_allocator_machine_memory_used_bytes` in Prometheus' text and `swarm_allocator.machine.memory.used` in OTLP, which
 * collectors turn into the same.
 */
export interface Metric {
  readonly name: string;
  readonly unit: Unit;
  /** A counter counts since the engine started. */
  readonly kind: "gauge" | "counter";
  /** One sentence; ends with where the figure comes from where it is not measured. */
  readonly help: string;
  readonly read: (facts: MetricFacts) => Iterable<Reading>;
}

export const METRIC_PREFIX = "swarm_allocator";

export function gauge(name: string, unit: Unit, help: string, read: Metric["read"]): Metric {
  return { name, unit, kind: "gauge", help, read };
}

export function counter(name: string, unit: Unit, help: string, read: Metric["read"]): Metric {
  return { name, unit, kind: "counter", help, read };
}
