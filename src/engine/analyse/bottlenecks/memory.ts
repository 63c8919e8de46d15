import { advice, evidence, judged, type Look, meanOf, NOT_MEASURED, NOT_TOLD, shareOf, untold } from "./finding.ts";

const USED = { minor: 0.8, major: 0.9, critical: 0.95 };
/** PSI `some`: waiting for memory slows everything down, long before it is all of the time. */
const PRESSURE = { minor: 0.05, major: 0.1, critical: 0.3 };
/** Of the swap space, where there is no PSI. */
const SWAP = { minor: 0.25, major: 0.5, critical: 0.9 };

export const memory: Look = ({ machine, host, windowMs }) => {
  const say = { suggestion: advice("bottleneck.memory"), missing: NOT_MEASURED };
  const used = shareOf(meanOf(machine.memoryUsedBytes), host?.memoryCapacityBytes);
  const pressure = evidence("memoryPressureRatio", meanOf(machine.memoryPressureRatio), "window", {
    windowMs,
    source: "measured",
  });
  const swap = evidence("swapUsedRatio", shareOf(host?.swapUsedBytes ?? null, host?.swapTotalBytes), "now", {
    windowMs,
  });
  const place = { component: "memory", kind: "saturation" } as const;
  return [
    judged(
      { component: "memory", kind: "utilisation" },
      [evidence("memoryUsedRatio", used, "window", { windowMs })],
      USED,
      say,
    ),
    pressure.value === null
      ? judged(place, [swap, pressure], SWAP, say)
      : judged(place, [pressure, swap], PRESSURE, say),
    untold({ component: "memory", kind: "errors" }, NOT_TOLD),
  ];
};
