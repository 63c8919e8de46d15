import { LANE_START_SECONDS } from "../../protocol/kpis.ts";
import { advice, evidence, judged, type Look, shareOf, untold } from "./finding.ts";

const IN_USE = { minor: 0.7, major: 0.9, critical: 1 };
/** 95th percentile of the waiting, of the time in which a task is meant to start. */
const WAIT = { minor: 0.5, major: 1, critical: 2 };

export const lanes: Look = ({ lanes: rows, windowMs }) =>
  rows.flatMap(({ lane, limit, inUse, queued, queueLimit, shed, waitP95Ms }) => {
    const place = { component: "lanes", subject: lane } as const;
    const missing = { code: "bottleneck.noTasks", args: { lane } };
    const wait = shareOf(waitP95Ms, LANE_START_SECONDS[lane] * 1_000);
    const waiting = evidence("queuedTasks", queued, "now", { windowMs, source: "measured" });
    // Counted since the engine started: none since then is none now, and of some nobody knows whether they were now.
    const counted = untold(
      { ...place, kind: "errors" },
      { code: "bottleneck.laneShed", args: { lane, shed, queueLimit } },
      [evidence("shedTasks", shed, "engine", { windowMs, source: "measured" })],
    );
    return [
      judged(
        { ...place, kind: "utilisation" },
        [evidence("placesInUseRatio", shareOf(inUse, limit), "now", { windowMs }), waiting],
        IN_USE,
        { suggestion: advice("bottleneck.laneCapacity", { lane, limit }), missing },
      ),
      judged(
        { ...place, kind: "saturation" },
        [evidence("waitToDeadlineRatio", wait, "recent", { windowMs }), waiting],
        WAIT,
        { suggestion: advice("bottleneck.laneWait", { lane, waitMs: waitP95Ms }), missing },
      ),
      shed === 0 ? { ...counted, severity: "none" as const, reason: null } : counted,
    ];
  });
