import type { BreakerRow } from "../../protocol/tasks.ts";
import { advice, evidence, judged, type Look, NOT_DEFINED, untold } from "./finding.ts";

/** Open lets nothing through, half-open a few. */
const SHUT = { minor: 0.25, major: 0.5, critical: 1 };
const FAILED = { minor: 0.1, major: 0.25, critical: 0.5 };

export const breakers: Look = ({ breakers: rows, windowMs }) =>
  rows.flatMap(({ id, state, failureRate, calls }) => {
    const place = { component: "breakers", subject: id } as const;
    const suggestion = advice("bottleneck.breaker", { breaker: id });
    const missing = { code: "bottleneck.fewCalls", args: { calls } };
    return [
      untold({ ...place, kind: "utilisation" }, NOT_DEFINED),
      judged(
        { ...place, kind: "saturation" },
        [evidence("breakerShutRatio", shutRatio(state.kind), "now", { windowMs, source: "measured" })],
        SHUT,
        { suggestion, missing },
      ),
      judged(
        { ...place, kind: "errors" },
        [evidence("failureRate", failureRate, "recent", { windowMs, source: "measured" })],
        FAILED,
        { suggestion, missing },
      ),
    ];
  });

function shutRatio(kind: BreakerRow["state"]["kind"]): number {
  switch (kind) {
    case "open":
    case "forcedOpen":
      return 1;
    case "halfOpen":
      return 0.5;
    case "closed":
    case "metricsOnly":
      return 0;
  }
}
