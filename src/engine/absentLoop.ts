import { CodedError } from "./common/errors.ts";
// Temporary, while the parts are being written.
import type { BackupPort, EventLedger, ForecastsPort, PilotPort, SeriesStore, SwarmsPort } from "./ports.ts";
const no = (): never => { throw new CodedError("forecast.none", {}); };
export const series: SeriesStore = { append: () => true, account: () => true, range: () => [], steps: (_s, _m, n) => new Float64Array(n).fill(NaN), maintain: () => undefined, problem: () => null, health: no };
export const events: EventLedger = { add: () => true, list: () => [] };
export const forecasts: ForecastsPort = { look: () => undefined, latest: () => null, ask: async () => no() };
export const backups: BackupPort = { backup: no };
export const pilotOf = (swarms: SwarmsPort): PilotPort => ({
  look: () => undefined, status: () => null, apply: no, dismiss: no, undo: no, list: () => [], onChange: () => ({ dispose: () => undefined }),
  scale: async (swarmId, target, _by, deadlineMs, signal) => { const from = swarms.get(swarmId).target; return { swarmId, from, to: target, outcome: await swarms.scale(swarmId, target, deadlineMs, signal) }; },
});
