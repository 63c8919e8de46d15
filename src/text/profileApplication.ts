import type { ApplicationReport } from "../engine/protocol/profiling.ts";
import { numberText, ratioText } from "./figures.ts";
import { printable } from "./printable.ts";

/** What the runtime says of itself, a line each; the first is the shortest. */
export function applicationWords(application: ApplicationReport): string[] {
  const { loopDelayP50Ms, loopDelayP99Ms, loopDelayMaxMs, loopBusyRatio, nodeVersion, resources } = application;
  const delay =
    loopDelayP99Ms === null
      ? "event loop: no timer came"
      : `event loop late by ${numberText(loopDelayP50Ms)} ms (median), ${numberText(loopDelayP99Ms)} ms (99%), ${numberText(loopDelayMaxMs)} ms (most)`;
  return [
    `Node ${printable(nodeVersion)} · ${delay} · loop busy ${ratioText(loopBusyRatio)}`,
    ...(resources.length === 0
      ? []
      : [`keeps open: ${resources.map(({ name, count }) => `${count} ${printable(name)}`).join(", ")}`]),
  ];
}
