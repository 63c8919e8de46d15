import type { IoReport } from "../engine/protocol/profiling.ts";
import { bytesPerSecondText as rate, numberText, ratioText } from "./figures.ts";

/** What it read and wrote, and the machine's disks, a line each; the first is the shortest. */
export function ioWords(io: IoReport): string[] {
  return [
    `disk: reads ${rate(io.readBytesPerSecond)}, writes ${rate(io.writeBytesPerSecond)}`,
    `calls: reads ${numberText(io.readCallsPerSecond)}/s of ${rate(io.readCallBytesPerSecond)}, writes ${numberText(io.writeCallsPerSecond)}/s of ${rate(io.writeCallBytesPerSecond)}`,
    ...io.disks
      .filter(({ utilisationRatio }) => utilisationRatio > 0)
      .map(({ name, utilisationRatio, awaitMs }) => {
        const wait = awaitMs === null ? "" : `, a request takes ${numberText(awaitMs)} ms`;
        return `machine's ${name}: busy ${ratioText(utilisationRatio)}${wait}`;
      }),
  ];
}
