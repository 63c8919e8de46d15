import { advice, evidence, judged, type Look, meanOf, NOT_MEASURED, NOT_TOLD, shareOf, untold } from "./finding.ts";

const BUSY = { minor: 0.7, major: 0.85, critical: 0.95 };
/** PSI `some`: share of the time in which some process waited for a processor. */
const PRESSURE = { minor: 0.2, major: 0.5, critical: 0.8 };
/** Processes that run or wait, for each core, where there is no PSI. */
const LOAD = { minor: 1, major: 1.5, critical: 2 };

export const cpu: Look = ({ machine, host, windowMs }) => {
  const say = { suggestion: advice("bottleneck.cpu"), missing: NOT_MEASURED };
  const pressure = evidence("cpuPressureRatio", meanOf(machine.cpuPressureRatio), "window", {
    windowMs,
    source: "measured",
  });
  // The load is the host's, beyond the share of its cores that we may use: so are the cores.
  const perCore = shareOf(meanOf(machine.loadAverage1m), host?.cpuCount);
  const load = evidence("loadPerCore", perCore, "window", { windowMs });
  const place = { component: "cpu", kind: "saturation" } as const;
  return [
    judged(
      { component: "cpu", kind: "utilisation" },
      [evidence("cpuBusyRatio", meanOf(machine.cpuBusyRatio), "window", { windowMs })],
      BUSY,
      say,
    ),
    pressure.value === null
      ? judged(place, [load, pressure], LOAD, say)
      : judged(place, [pressure, load], PRESSURE, say),
    untold({ component: "cpu", kind: "errors" }, NOT_TOLD),
  ];
};
