import { expect, test } from "vitest";
import { tickSample } from "../../src/engine/tickSample.ts";
import { agent, host, managed, observed, usage } from "../views/overviews.ts";

const find = (sample: ReturnType<typeof tickSample>, scope: string, key: string, metric: string) =>
  sample.values.find((v) => v.scope === scope && v.key === key && v.metric === metric);

test("a tick keeps the machine, every swarm and every agent, each figure with where it comes from", () => {
  const sample = tickSample({
    wallMs: 5,
    intervalMs: 1000,
    host: host({ cpuBusyRatio: 0.5 }),
    swarms: [managed({ demand: 4, live: 6, target: 8 }), observed({ agents: [agent({ id: "a1" })] })],
  });
  expect(sample.wallMs).toBe(5);
  expect(sample.intervalMs).toBe(1000);
  expect(find(sample, "machine", "", "cpuBusyRatio")).toMatchObject({ value: 0.5, source: "derived" });
  expect(find(sample, "swarm", "demo", "demand")).toMatchObject({ value: 4, source: "measured" });
  expect(find(sample, "swarm", "demo", "live")).toMatchObject({ value: 6 });
  expect(find(sample, "swarm", "claude-code:/home/me/api-server", "live")).toMatchObject({ value: 1 });
  expect(find(sample, "agent", "a1", "rssBytes")).toBeDefined();
  const keys = sample.values.map(({ scope, key, metric }) => `${scope} ${key} ${metric}`);
  expect(new Set(keys).size).toBe(keys.length);
});

test("what was not measured keeps its place as a gap, and a stopped swarm has no demand", () => {
  const sample = tickSample({
    wallMs: 5,
    intervalMs: null,
    host: host({ cpuBusyRatio: null, pressure: null }),
    swarms: [managed({ target: 0, demand: 0, agents: [agent({ id: "a", usage: usage({ cpuCores: null }) })] })],
  });
  expect(find(sample, "machine", "", "cpuBusyRatio")?.value).toBeNull();
  expect(find(sample, "machine", "", "memoryPressureRatio")?.value).toBeNull();
  expect(find(sample, "swarm", "demo", "demand")?.value).toBeNull();
  expect(find(sample, "agent", "a", "cpuCores")?.value).toBeNull();
  expect(tickSample({ wallMs: 1, intervalMs: null, host: null, swarms: [] }).values).toEqual([]);
});
