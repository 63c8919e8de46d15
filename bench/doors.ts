import { spawn } from "node:child_process";
import { once } from "node:events";
import { Gauge, Registry } from "prom-client";
import type { ManagedSwarmRow } from "../src/engine/protocol/model.ts";
import { agentCapacityOf } from "../src/engine/serve/doors/agentCapacity.ts";
import { collectFamilies, prometheusName } from "../src/engine/serve/doors/families.ts";
import { HttpDoor } from "../src/engine/serve/doors/httpDoor.ts";
import type { MetricFacts } from "../src/engine/serve/doors/metric.ts";
import { metrics } from "../src/engine/serve/doors/metrics.ts";
import { otlpBody } from "../src/engine/serve/doors/otlp.ts";
import { PROMETHEUS_TYPE, prometheusText } from "../src/engine/serve/doors/prometheus.ts";
import { agentSample, forecastSample, managedSample, overviewSample } from "../test/cli/samples.ts";
import { breaker, factsSample, guardSample } from "../test/engine/serve/doors/facts.ts";
import { median, report } from "./lib/report.ts";

/**
 * What being asked costs the engine: 10 swarms of 10 agents each, a series for every agent, nothing kept from the scrape
 * before (the engine keeps the text of one state, so two scrapes of one second cost less).
 */
const SWARMS = 10;
const AGENTS = 10;
const ROUNDS = 200;
const WARM_UP = 50;
const REQUESTS = 300;
const TOKEN = "t".repeat(43);

const swarms: readonly ManagedSwarmRow[] = Array.from({ length: SWARMS }, (_, s) =>
  managedSample({
    id: `swarm-${s}`,
    agents: Array.from({ length: AGENTS }, (__, a) => agentSample(1_000 + s * AGENTS + a)),
  }),
);
const forecast = forecastSample(60, { ready: true, reason: null });
const facts: MetricFacts = factsSample({
  overview: overviewSample({ swarms }),
  guard: guardSample({ breakers: swarms.map(({ id }) => breaker({ id: `swarm:${id}` })) }),
  forecast: () => forecast,
  agentSeries: true,
});
const text = () => prometheusText(collectFamilies(metrics, facts));

async function cpuMs(work: () => unknown): Promise<number> {
  const costs: number[] = [];
  for (let round = 0; round < ROUNDS + WARM_UP; round++) {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    if (round >= WARM_UP) costs.push((user + system) / 1000);
  }
  return median(costs);
}

const common = { bench: "doors", unit: "ms", better: "lower" } as const;
const identity = { atMs: Date.now(), startedAtMs: Date.now(), version: "1", instanceId: "x" };

/** The same series set and written by the client library; that they are read from the facts is not even asked of it. */
function peerText(): () => Promise<string> {
  const registry = new Registry();
  const gauges = collectFamilies(metrics, facts).map(({ metric, samples }) => ({
    gauge: new Gauge({
      name: prometheusName(metric),
      help: metric.help,
      labelNames: (samples[0]?.labels ?? []).map(([name]) => name),
      registers: [registry],
    }),
    series: samples.map(({ labels, value }) => [Object.fromEntries(labels), value] as const),
  }));
  return async () => {
    for (const { gauge, series } of gauges) {
      gauge.reset();
      for (const [labels, value] of series) gauge.set(labels, value);
    }
    return registry.metrics();
  };
}

report({
  ...common,
  name: "metrics_text",
  value: await cpuMs(text),
  target: 10,
  peer: "prom-client",
  peerValue: await cpuMs(peerText()),
});
report({
  ...common,
  name: "otlp_body",
  value: await cpuMs(() => otlpBody(collectFamilies(metrics, facts), identity)),
  target: 10,
});
report({
  ...common,
  name: "capacity_json",
  value: await cpuMs(() => JSON.stringify(agentCapacityOf({ ...facts, agentType: () => "worker" }))),
  target: 10,
});

// The whole of it, over the socket: another process asks, this one is measured.
const door = await HttpDoor.open({
  port: 0,
  token: () => TOKEN,
  pages: new Map([["/metrics", { open: false, answer: () => ({ status: 200, type: PROMETHEUS_TYPE, body: text() }) }]]),
  onAnswered: () => undefined,
  onRefused: (why) => process.stderr.write(`refused: ${why}\n`),
  onFailed: (error) => {
    throw error;
  },
  nowMs: () => performance.now() * 1_000,
});
const asker = `
  const { get } = require("node:http");
  const [port, token, times] = process.argv.slice(1);
  const ask = () => new Promise((done, failed) => get({ port, path: "/metrics", agent: false, host: "127.0.0.1",
    headers: { Authorization: "Bearer " + token } }, (answer) => {
      if (answer.statusCode !== 200) failed(new Error(String(answer.statusCode)));
      answer.resume().on("end", done); }).on("error", failed));
  process.stdin.once("data", async () => {
    for (let i = 0; i < times; i++) await ask();
    process.stdout.write("done");
    process.exit(0);
  });`;
const costs: number[] = [];
for (let round = 0; round < 4; round++) {
  const child = spawn(process.execPath, ["-e", asker, String(door.port), TOKEN, String(REQUESTS)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  // Its start is not measured.
  await new Promise((resolve) => setTimeout(resolve, 300));
  const before = process.cpuUsage();
  child.stdin.write("go");
  await once(child, "exit");
  const { user, system } = process.cpuUsage(before);
  if (round > 0) costs.push((user + system) / 1000 / REQUESTS);
}
await door.close();
report({ ...common, name: "scrape", value: median(costs), target: 10 });
process.stderr.write(`a scrape has ${text().length} bytes, ${text().split("\n").length} lines\n`);
