import { describe, expect, test } from "vitest";
import { keySeries, type KeySeriesParts, shownDisk } from "../../src/engine/keySeries.ts";
import type { Forecast, HostFacts, ProcessRow } from "../../src/engine/protocol/model.ts";
import { managed, observed, overview, process } from "../views/overviews.ts";

const GB = 1_000_000_000;
const fileSystems = [
  { mount: "/data", type: "ext4", sizeBytes: 900 * GB, usedBytes: 100 * GB },
  { mount: "/", type: "ext4", sizeBytes: 50 * GB, usedBytes: 20 * GB },
];
const facts = { fileSystems } as unknown as HostFacts;
const point = (atMs: number, mean: number) => ({ atMs, mean, lo: mean, hi: mean });
const forecast = (ready: boolean) =>
  ({ ready, stepMs: 100, points: [point(1_000, 3), point(1_100, 5)] }) as unknown as Forecast;

function seriesOf(over: Partial<KeySeriesParts>, wallMs = 1_050, target = 4, support: readonly ProcessRow[] = []) {
  const parts: KeySeriesParts = {
    work: { counts: () => ({ done: 7, failed: 2, faultDone: 1, faultFailed: 0 }), startable: () => true },
    forecasts: { latest: () => forecast(true) },
    footprints: { taskSeconds: () => 3 },
    ...over,
  };
  const swarms = [managed({ target, support }), observed()];
  const values = keySeries(parts, { wallMs, facts, swarms, engine: { ...overview().engine, tickMs: 6 } });
  return Object.fromEntries(values.map(({ scope, metric, value }) => [`${scope} ${metric}`, value]));
}

describe("of a tick is kept besides", () => {
  test("the engine's time, the disk, the tasks so far, whether one could start, and what was forecast for now", () => {
    expect(seriesOf({})).toEqual({
      "machine tickMs": 6,
      "machine diskUsedBytes": 20 * GB,
      "swarm forecastDemand": 5,
      "swarm tasksDone": 7,
      "swarm tasksFailed": 2,
      "swarm faultTasksDone": 1,
      "swarm faultTasksFailed": 0,
      "swarm startableRatio": 1,
    });
  });

  test("of a swarm that never had tasks no counters, and where nothing can be said a gap", () => {
    const none = seriesOf({ work: { counts: () => null, startable: () => null } });
    expect(Object.keys(none)).toEqual(["machine tickMs", "machine diskUsedBytes", "swarm forecastDemand"]);
    const counts = () => ({ done: 0, failed: 0, faultDone: 0, faultFailed: 0 });
    expect(seriesOf({ work: { counts, startable: () => null } })["swarm startableRatio"]).toBeNull();
    expect(seriesOf({ work: { counts, startable: () => false } })["swarm startableRatio"]).toBe(0);
  });

  test("the memory of what serves a swarm, and a gap while one part of it is not known", () => {
    const bytes = (...support: (number | null)[]) =>
      seriesOf(
        {},
        1_050,
        4,
        support.map((rssBytes) => process({ rssBytes })),
      )["swarm supportRssBytes"];
    expect([bytes(), bytes(GB), bytes(GB, 2 * GB), bytes(GB, null)]).toEqual([undefined, GB, 3 * GB, null]);
  });

  test("of a stopped swarm neither demand nor whether a task could start", () => {
    expect(seriesOf({}, 1_050, 0)).toMatchObject({ "swarm forecastDemand": null, "swarm startableRatio": null });
  });

  test("what a forecast says only when it has passed its tests, and only of the step that now lies in", () => {
    expect(seriesOf({ forecasts: { latest: () => forecast(false) } })["swarm forecastDemand"]).toBeNull();
    expect(seriesOf({ forecasts: { latest: () => null } })["swarm forecastDemand"]).toBeNull();
    const said = (wallMs: number) => seriesOf({}, wallMs)["swarm forecastDemand"];
    expect([899, 900, 901, 1_000, 1_001, 1_100, 1_101].map(said)).toEqual([null, null, 3, 3, 5, 5, null]);
  });
});

test("the disk that is told of is the root, or the largest", () => {
  expect(shownDisk(facts)?.mount).toBe("/");
  expect(shownDisk({ fileSystems: [{ ...fileSystems[1], mount: "/x" }, fileSystems[0]] } as never)?.mount).toBe(
    "/data",
  );
  expect(shownDisk(null)).toBeNull();
});
