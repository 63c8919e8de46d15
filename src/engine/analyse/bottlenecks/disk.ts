import { advice, evidence, judged, type Look, meanOf, NOT_MEASURED, NOT_TOLD, shareOf, untold } from "./finding.ts";

/** Of its space: how busy it is no system tells us in one way. */
const USED = { minor: 0.8, major: 0.9, critical: 0.95 };
const PRESSURE = { minor: 0.2, major: 0.5, critical: 0.8 };

export const disk: Look = ({ machine, disk: space, windowMs }) => [
  judged(
    { component: "disk", kind: "utilisation" },
    [evidence("diskUsedRatio", shareOf(space?.usedBytes ?? null, space?.sizeBytes), "now", { windowMs })],
    USED,
    { suggestion: advice("bottleneck.diskSpace"), missing: NOT_MEASURED },
  ),
  judged(
    { component: "disk", kind: "saturation" },
    [evidence("ioPressureRatio", meanOf(machine.ioPressureRatio), "window", { windowMs, source: "measured" })],
    PRESSURE,
    { suggestion: advice("bottleneck.disk"), missing: NOT_MEASURED },
  ),
  untold({ component: "disk", kind: "errors" }, NOT_TOLD),
];
