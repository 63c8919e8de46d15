import { describe, expect, test } from "vitest";
import { agentPrice, costOf } from "../../../src/engine/decide/cost.ts";
import { configPatch, configValues } from "../../../src/engine/protocol/config.ts";

const use = { agentHours: 10, cpuHours: 4, memoryGigabyteHours: 25 };

describe("a cost", () => {
  test("is use times price, summed over what has a price", () => {
    // 10 × 0.5 + 4 × 0.25 + 25 × 0.01
    const prices = { currency: "EUR", agentHour: 0.5, cpuHour: 0.25, memoryGigabyteHour: 0.01 };
    expect(costOf(use, prices)).toEqual({ kind: "known", amount: 6.25, currency: "EUR" });
    expect(costOf(use, { currency: "USD", cpuHour: 2 })).toEqual({ kind: "known", amount: 8, currency: "USD" });
  });

  test("is unknown without prices, never 0", () => {
    expect(costOf(use, null)).toEqual({ kind: "unknown", reason: { code: "cost.noPrices", args: {} } });
  });

  test("is unknown when something with a price was not measured; what is free need not be", () => {
    const unmeasured = { ...use, cpuHours: null };
    expect(costOf(unmeasured, { currency: "EUR", agentHour: 1, cpuHour: 1 })).toEqual({
      kind: "unknown",
      reason: { code: "cost.notMeasured", args: { resource: "cpuHours" } },
    });
    expect(costOf(unmeasured, { currency: "EUR", agentHour: 1, cpuHour: 0 })).toMatchObject({ amount: 10 });
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])("refuses %s as a use and as a price, by its name", (bad) => {
    expect(() => costOf({ ...use, agentHours: bad }, { currency: "EUR", agentHour: 1 })).toThrow(/agentHours/);
    expect(() => costOf(use, { currency: "EUR", cpuHour: bad })).toThrow(/cpuHour/);
  });
});

describe("the price of an agent", () => {
  const sizes = { rssBytes: { p50: 4e9, p95: 9e9 }, cpuCores: { p50: 0.5, p95: 2 } };
  const prices = { currency: "EUR", agentHour: 1, cpuHour: 3, memoryGigabyteHour: 0.25 };

  test("is what a usual one costs for being there, and on top for being busy", () => {
    expect(agentPrice(sizes, prices)).toEqual({ kind: "known", perHour: 2, perBusyHour: 1.5 });
    expect(agentPrice(sizes, { currency: "EUR", cpuHour: 3 })).toEqual({ kind: "known", perHour: 0, perBusyHour: 1.5 });
  });

  test("is unknown, and says for want of what, unless that is free", () => {
    expect(agentPrice(sizes, null)).toEqual({ kind: "unknown", datum: "price" });
    expect(agentPrice({ ...sizes, cpuCores: null }, prices)).toEqual({ kind: "unknown", datum: "cpu" });
    expect(agentPrice({ ...sizes, rssBytes: null }, prices)).toEqual({ kind: "unknown", datum: "residentMemory" });
    const free = { currency: "EUR", agentHour: 1, cpuHour: 0 };
    expect(agentPrice({ rssBytes: null, cpuCores: null }, free)).toMatchObject({ perHour: 1, perBusyHour: 0 });
  });
});

describe("prices of the configuration", () => {
  test("are none when nobody sets them, and can be taken back", () => {
    expect(configValues.parse({}).prices).toBeNull();
    expect(configPatch.parse({ prices: null })).toEqual({ prices: null });
  });

  test.each([
    [{ currency: "EUR", agentHour: -0.1 }, "agentHour"],
    [{ currency: "eur", agentHour: 1 }, "currency"],
    [{ currency: "EUR" }, "agentHour"],
    [{ agentHour: 1 }, "currency"],
    [{ currency: "EUR", agentHour: Number.NaN }, "agentHour"],
    [{ currency: "EUR", agentHour: 1, gpuHour: 1 }, "prices"],
  ])("%j is refused at %s", (prices, field) => {
    const { error } = configPatch.safeParse({ prices });
    expect(error?.issues[0]?.path).toContain(field);
  });
});
