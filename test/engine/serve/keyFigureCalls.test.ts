import { expect, test } from "vitest";
import type { KpisPort, SwarmView } from "../../../src/engine/ports.ts";
import { params } from "../../../src/engine/protocol/params.ts";
import { calls } from "../../../src/engine/protocol/rpc.ts";
import type { CallContext } from "../../../src/engine/serve/handlers.ts";
import { createKeyFigureHandlers } from "../../../src/engine/serve/keyFigureCalls.ts";
import { kpisSample } from "../../cli/kpisSample.ts";

const context = { signal: new AbortController().signal } as CallContext;

test("key figures are of the managed swarm that is named, over the time that is named", async () => {
  const asked: unknown[] = [];
  const kpis: KpisPort = {
    report: ({ id }, timeframe, signal) => {
      asked.push([id, timeframe, signal === context.signal]);
      return Promise.resolve(kpisSample());
    },
  };
  const handlers = createKeyFigureHandlers({ kpis }, (id) => ({ id }) as SwarmView);
  expect((await handlers.kpis({ swarmId: "docs", timeframe: "7d" }, context)).swarmId).toBe("demo");
  expect(asked).toEqual([["docs", "7d", true]]);
});

test("any viewer may ask, for one of the four times", () => {
  expect(calls.kpis).toMatchObject({ method: "kpis/get", role: "viewer" });
  const accepts = (timeframe: unknown) => params.kpis.safeParse({ swarmId: "a", timeframe }).success;
  expect(["1h", "24h", "7d", "30d"].map(accepts)).toEqual([true, true, true, true]);
  expect(["2h", "", 24, undefined, null].map(accepts)).toEqual([false, false, false, false, false]);
});
