import { CodedError } from "../../engine/common/errors.ts";
import type { ApplicationReport } from "../../engine/protocol/profiling.ts";
import { builtin } from "./inspector.ts";
import type { ProfileSource } from "./source.ts";

/** A timer of the event loop comes at so many ms; what it is late beyond that is the delay. */
const RESOLUTION_MS = 10;
const KEY = `globalThis[Symbol.for("swarm-allocator.profile")]`;

const BEGIN = `(() => {
  const { monitorEventLoopDelay, performance } = ${builtin("perf_hooks")};
  const delay = monitorEventLoopDelay({ resolution: ${RESOLUTION_MS} });
  delay.enable();
  ${KEY} = { delay, busy: performance.eventLoopUtilization(), performance };
})()`;

const END = `(() => {
  const kept = ${KEY};
  delete ${KEY};
  if (kept === undefined) return null;
  kept.delay.disable();
  const ms = (ns) => ns / 1e6;
  const { delay, busy, performance } = kept;
  const counts = {};
  for (const name of process.getActiveResourcesInfo?.() ?? []) counts[name] = (counts[name] ?? 0) + 1;
  return {
    count: delay.count,
    mean: ms(delay.mean), p50: ms(delay.percentile(50)), p99: ms(delay.percentile(99)), max: ms(delay.max),
    busy: performance.eventLoopUtilization(busy).utilization,
    uptime: process.uptime(), version: process.version, counts,
  };
})()`;

/** The event loop, as the runtime measures it itself; only through an inspector. */
export const applicationSource: ProfileSource<"application", ApplicationReport> = {
  component: "application",
  wantsInspector: true,
  start: async ({ inspector, inspectorReason, signal, target }) => {
    if (inspector === null) throw codedOf(inspectorReason);
    await inspector.evaluate(BEGIN, signal);
    return {
      everyMs: null,
      look: () => Promise.resolve(),
      finish: async () => {
        const told = (await inspector.evaluate(END, signal)) as Record<string, unknown> | null | undefined;
        if (typeof told !== "object" || told === null)
          throw new CodedError("inspector.garbled", { pid: target.pid, method: "Runtime.evaluate" });
        return reportOf(told);
      },
      abandon: async () =>
        void (await inspector.evaluate(END, new AbortController().signal, 500).catch(() => undefined)),
    };
  },
};

/** @internal its own reason, or that nothing is known of one */
export function codedOf(reason: { readonly code: string; readonly args: CodedError["args"] } | null): CodedError {
  return new CodedError(reason?.code ?? "profile.noInspector", reason?.args ?? {});
}

function reportOf(told: Record<string, unknown>): ApplicationReport {
  const number = (value: unknown): number | null =>
    typeof value === "number" && Number.isFinite(value) ? value : null;
  const ran = (number(told["count"]) ?? 0) > 0;
  const late = (name: string): number | null => {
    const value = number(told[name]);
    return ran && value !== null ? Math.max(0, value - RESOLUTION_MS) : null;
  };
  return {
    loopDelayMeanMs: late("mean"),
    loopDelayP50Ms: late("p50"),
    loopDelayP99Ms: late("p99"),
    loopDelayMaxMs: late("max"),
    loopBusyRatio: number(told["busy"]),
    uptimeSeconds: number(told["uptime"]) ?? 0,
    nodeVersion: String(told["version"]).slice(0, 40),
    resources: Object.entries((told["counts"] ?? {}) as Record<string, unknown>)
      .map(([name, count]) => ({ name: name.slice(0, 100), count: number(count) ?? 0 }))
      .toSorted((a, b) => b.count - a.count)
      .slice(0, 20),
    ...{ runtimeReason: null, tasks: null },
  };
}
