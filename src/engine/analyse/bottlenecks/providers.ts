import type { BottleneckSwarm } from "../../ports/bottlenecks.ts";
import { advice, evidence, judged, type Look, shareOf } from "./finding.ts";

const AT_MOST = { minor: 0.7, major: 0.9, critical: 1 };
const MISSING = { minor: 0.1, major: 0.25, critical: 0.5 };
/** One swarm of a hundred in trouble is one. */
const TROUBLE = { minor: 0.01, major: 0.25, critical: 0.5 };

/** Whoever runs agents: of each kind all its swarms that are started. */
export const providers: Look = ({ swarms, windowMs }) => {
  const started = swarms.filter(({ target, hasProblem }) => target > 0 || hasProblem);
  const names = [...new Set(started.map(({ provider }) => provider))].toSorted();
  return names.flatMap((provider) => {
    const own = started.filter((swarm) => swarm.provider === provider);
    const sum = (of: (swarm: BottleneckSwarm) => number): number => own.reduce((all, swarm) => all + of(swarm), 0);
    const place = { component: "providers", subject: provider } as const;
    const missing = { code: "bottleneck.notStarted", args: {} };
    const wanted = sum(({ target }) => target);
    const absent = sum(({ target, live }) => Math.max(0, target - live));
    const troubled = own.filter(({ hasProblem, activity }) => hasProblem || activity === "unconfirmed");
    return [
      judged(
        { ...place, kind: "utilisation" },
        [
          evidence(
            "agentsToMostRatio",
            shareOf(
              sum(({ live }) => live),
              sum(({ maxAgents }) => maxAgents),
            ),
            "now",
            { windowMs },
          ),
        ],
        AT_MOST,
        { suggestion: advice("bottleneck.maxAgents", { provider }), missing },
      ),
      judged(
        { ...place, kind: "saturation" },
        [evidence("missingAgentsRatio", shareOf(absent, wanted), "now", { windowMs })],
        MISSING,
        { suggestion: advice("bottleneck.missingAgents", { provider, count: absent }), missing },
      ),
      judged(
        { ...place, kind: "errors" },
        [evidence("swarmsInTroubleRatio", shareOf(troubled.length, own.length), "now", { windowMs })],
        TROUBLE,
        {
          suggestion: advice("bottleneck.trouble", { provider, swarmId: troubled[0]?.id ?? null }),
          missing,
        },
      ),
    ];
  });
};
