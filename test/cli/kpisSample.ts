import { measureKpis } from "../../src/engine/analyse/kpis/measureKpis.ts";
import type { KpiReport } from "../../src/engine/protocol/kpis.ts";
import { inputsOf, perStep, rows } from "../engine/analyse/kpis/inputs.ts";
import { NOW_MS } from "./samples.ts";

/** A swarm whose load rises in the second half of the window, with prices and without faults. */
export function kpisSample(changes: Partial<KpiReport> = {}): KpiReport {
  const kpis = measureKpis(
    inputsOf({
      ...{ live: 4, busy: perStep((n) => (n < 30 ? 2.6 : 3.4)), demand: 3, rssBytes: 3.8e9, forecast: 3.3, needed: 4 },
      ...{ startable: perStep((n) => (n === 5 ? 0.97 : 1)), tickMs: 6, done: 4, cost: 0.02, footprintBytes: 1e9 },
      responses: rows(40, (n) => ({ elapsedMs: 1_000 + 50 * n })),
    }),
  );
  const window = { timeframe: "24h", fromMs: NOW_MS - 86_400_000, toMs: NOW_MS } as const;
  return { swarmId: "demo", madeAtMs: NOW_MS, ...window, coverageRatio: 0.93, currency: "EUR", kpis, ...changes };
}
