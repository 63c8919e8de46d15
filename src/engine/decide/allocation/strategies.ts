import type { Coded } from "../../common/errors.ts";
import type { Bottleneck, BottleneckComponent, Severity } from "../../protocol/bottlenecks.ts";
import { DEFAULT_WEIGHTS, type ObjectiveWeights, type Strategy } from "../../protocol/optimize.ts";

const WEIGHTS: Readonly<Record<Exclude<Strategy, "adaptive">, Required<ObjectiveWeights>>> = {
  balanced: DEFAULT_WEIGHTS,
  latency: { minimizeLatency: 0.7, maximizeUtilization: 0.1, balanceLoad: 0.1, minimizeCost: 0.1 },
  cost: { minimizeLatency: 0.1, maximizeUtilization: 0.2, balanceLoad: 0.1, minimizeCost: 0.6 },
};

/** Tasks wait for agents or places: more of them help. */
const WAITING: ReadonlySet<BottleneckComponent> = new Set(["lanes", "swarm-coordination"]);
/** The machine is short of something: fewer agents help. */
const SHORT: ReadonlySet<BottleneckComponent> = new Set(["cpu", "memory", "disk"]);
const SEVERE: ReadonlySet<Severity> = new Set(["critical", "major"]);

export interface ChosenStrategy {
  readonly strategy: Exclude<Strategy, "adaptive">;
  readonly weights: ObjectiveWeights;
  /** Why these. */
  readonly why: Coded;
}

/**
 * The weights of a strategy. `adaptive` goes by what holds the swarm back most: a machine that is short comes before tasks
 * that wait, for more agents would make it worse; where nothing does, the aims are balanced. Without prices there is no cost,
 * and its weight goes to utilisation: as few agents as the work takes.
 * @param findings the worst first
 */
export function chooseStrategy(asked: Strategy, findings: readonly Bottleneck[], hasPrices: boolean): ChosenStrategy {
  const severe = findings.filter(({ severity }) => SEVERE.has(severity));
  const short = severe.find(({ component }) => SHORT.has(component));
  const waiting = severe.find(({ component, kind }) => WAITING.has(component) && kind !== "errors");
  const found = short ?? waiting;
  const strategy =
    asked !== "adaptive" ? asked : short !== undefined ? "cost" : waiting !== undefined ? "latency" : "balanced";
  const why: Coded =
    asked !== "adaptive"
      ? { code: "optimize.strategyAsked", args: { strategy } }
      : found === undefined
        ? { code: "optimize.strategyBalanced", args: { strategy } }
        : {
            code: "optimize.strategyFound",
            args: { strategy, component: found.component, kind: found.kind, severity: found.severity },
          };
  return { strategy, weights: hasPrices ? WEIGHTS[strategy] : withoutCost(WEIGHTS[strategy]), why };
}

function withoutCost({ minimizeCost, maximizeUtilization, ...rest }: Required<ObjectiveWeights>): ObjectiveWeights {
  return { ...rest, maximizeUtilization: maximizeUtilization + minimizeCost };
}
