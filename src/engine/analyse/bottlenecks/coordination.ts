import type { BottleneckInputs, BottleneckSwarm } from "../../ports/bottlenecks.ts";
import type { Bottleneck } from "../../protocol/bottlenecks.ts";
import { advice, evidence, judged, type Look, meanOf, NOT_MEASURED, shareOf, shareOfSteps } from "./finding.ts";

const DEMAND = { minor: 0.7, major: 0.85, critical: 1 };
const WAITING = { minor: 0.5, major: 1, critical: 3 };
const TICK = { minor: 0.25, major: 0.5, critical: 0.8 };
const FAILED = { minor: 0.05, major: 0.2, critical: 0.5 };
const LEAST_DECISIONS = 5;

/** How work meets agents, swarm by swarm, and whether the engine keeps up with itself. */
export const coordination: Look = (inputs) => [
  ...inputs.swarms.flatMap((swarm) => ofSwarm(swarm, inputs.windowMs)),
  ofEngine(inputs),
];

function ofSwarm({ id, demand, liveSteps, waiting, decisions }: BottleneckSwarm, windowMs: number): Bottleneck[] {
  const place = { component: "swarm-coordination", subject: id } as const;
  const over = decisions.filter((kind) => kind === "confirmed" || kind === "unconfirmed" || kind === "rolledBack");
  const failed = over.filter((kind) => kind !== "confirmed").length;
  const failedRatio = over.length < LEAST_DECISIONS ? null : failed / over.length;
  const grow = advice("bottleneck.moreAgents", { swarmId: id });
  return [
    judged(
      { ...place, kind: "utilisation" },
      [evidence("demandToAgentsRatio", shareOfSteps(demand, liveSteps), "window", { windowMs })],
      DEMAND,
      { suggestion: grow, missing: NOT_MEASURED },
    ),
    judged(
      { ...place, kind: "saturation" },
      [evidence("waitingPerAgent", shareOfSteps(waiting, liveSteps), "window", { windowMs })],
      WAITING,
      { suggestion: grow, missing: NOT_MEASURED },
    ),
    judged(
      { ...place, kind: "errors" },
      [evidence("failedDecisionsRatio", failedRatio, "window", { windowMs })],
      FAILED,
      {
        suggestion: advice("bottleneck.decisions", { swarmId: id }),
        missing: advice("bottleneck.fewDecisions", { count: over.length, needed: LEAST_DECISIONS }),
      },
    ),
  ];
}

function ofEngine({ machine, engine, windowMs }: BottleneckInputs): Bottleneck {
  const share = shareOf(meanOf(machine.tickMs), engine.tickIntervalMs);
  return judged(
    { component: "swarm-coordination", kind: "saturation" },
    [
      evidence("tickToIntervalRatio", share, "window", { windowMs }),
      evidence("lateTicks", engine.lateTicks, "engine", { windowMs, source: "measured" }),
    ],
    TICK,
    { suggestion: advice("bottleneck.engine"), missing: NOT_MEASURED },
  );
}
