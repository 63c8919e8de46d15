import type { DemoFaults } from "../engine/protocol/faultTolerance.ts";
import { bytesText, durationText, ratioText } from "./figures.ts";

/** `50% of its tasks fail · 3 s added to each`. */
export function faultsText(faults: DemoFaults): string {
  const { errorRatio, hangRatio, crashRatio, latencyMs, cpuMs, leakBytes, diskMs } = faults;
  return [
    ...(errorRatio > 0 ? [`${ratioText(errorRatio)} of its tasks fail`] : []),
    ...(hangRatio > 0 ? [`${ratioText(hangRatio)} hang`] : []),
    ...(crashRatio > 0 ? [`${ratioText(crashRatio)} take their agent down`] : []),
    ...(latencyMs > 0 ? [`${durationText(latencyMs)} added to each`] : []),
    ...(cpuMs > 0 ? [`each takes ${durationText(cpuMs)} of CPU`] : []),
    ...(leakBytes > 0 ? [`each leaks ${bytesText(leakBytes)}`] : []),
    ...(diskMs > 0 ? [`each waits ${durationText(diskMs)} for the disk`] : []),
  ].join(" · ");
}
