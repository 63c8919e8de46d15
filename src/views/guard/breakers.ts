import type { BreakerRow } from "../../engine/protocol/tasks.ts";
import { demoName, line } from "../show.ts";

/** What is told of breakers also where their view is not seen: in the status bar and in its badge. */

/** It lets nothing through. */
export function isOpen({ state }: BreakerRow): boolean {
  return state.kind === "open" || state.kind === "forcedOpen";
}

export function breakerName({ of, label, id }: BreakerRow): string {
  return of === "lane" ? `lane ${line(label, 40)}` : demoName(line(label, 60), id === "swarm:demo");
}

export function stateName({ state }: BreakerRow): string {
  return {
    closed: "closed",
    open: "open",
    halfOpen: "half-open",
    forcedOpen: "forced open",
    metricsOnly: "metrics only",
  }[state.kind];
}
