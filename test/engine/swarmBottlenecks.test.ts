import { expect, test } from "vitest";
import type { BottleneckInputs } from "../../src/engine/ports/bottlenecks.ts";
import type { SwarmView } from "../../src/engine/ports.ts";
import type { SeriesKey } from "../../src/engine/protocol/model.ts";
import type { GuardState } from "../../src/engine/protocol/tasks.ts";
import { SwarmBottlenecks } from "../../src/engine/swarmBottlenecks.ts";
import { decision } from "../views/decisions/decisions.ts";
import { managed, observed, overview } from "../views/overviews.ts";

const NOW_MS = 1_700_000_000_000;
const never = new AbortController().signal;

function world(views: readonly SwarmView[] = []) {
  const read: (SeriesKey & { stepMs: number; steps: number; toMs: number })[] = [];
  const looked: { inputs: BottleneckInputs; components: readonly string[] }[] = [];
  const breakers = [
    { id: "swarm:a", of: "swarm" },
    { id: "swarm:b", of: "swarm" },
    { id: "lane:standard", of: "lane" },
  ];
  const bottlenecks = new SwarmBottlenecks({
    series: {
      steps: (key, stepMs, steps, toMs) => {
        read.push({ ...key, stepMs, steps, toMs });
        return new Float64Array(steps).fill(1);
      },
    },
    decisions: {
      list: ({ swarmId }) => [
        decision({
          swarmId: swarmId ?? "",
          wallMs: NOW_MS - 60_000,
          state: { kind: "confirmed", live: 1, elapsedMs: 1 },
        }),
        decision({ swarmId: swarmId ?? "", wallMs: NOW_MS - 3_600_000 }),
      ],
    },
    swarms: { list: () => views },
    overview: () => overview({ swarms: [managed({ id: "a" }), managed({ id: "b" }), observed()] }),
    guard: () => ({ lanes: [], breakers, wallMs: 1, faults: null }) as unknown as GuardState,
    clock: { wallMs: () => NOW_MS },
    pause: () => Promise.resolve(),
    look: (inputs, components) => {
      looked.push({ inputs, components });
      return [];
    },
  });
  return { bottlenecks, read, looked };
}

test("the last quarter of an hour of the machine and of every managed swarm is looked at", async () => {
  const { bottlenecks, read, looked } = world();
  const report = await bottlenecks.find(null, ["cpu"], never);
  expect(report).toEqual({ swarmId: null, madeAtMs: NOW_MS, windowMs: 900_000, findings: [] });
  expect(looked[0]?.components).toEqual(["cpu"]);
  const inputs = looked[0]?.inputs;
  expect(inputs?.swarms.map(({ id, decisions }) => [id, decisions])).toEqual([
    ["a", ["confirmed"]],
    ["b", ["confirmed"]],
  ]);
  expect(inputs?.breakers).toHaveLength(3);
  expect(read.every(({ stepMs, steps, toMs }) => stepMs === 10_000 && steps === 90 && toMs === NOW_MS)).toBe(true);
  expect(read.filter(({ scope }) => scope === "machine").map(({ metric }) => metric)).toContain("tickMs");
});

test("of one swarm only its own rows and its breaker, and the lanes that all share", async () => {
  const { bottlenecks, looked } = world();
  await bottlenecks.find("b", ["lanes"], never);
  expect(looked[0]?.inputs.swarms.map(({ id }) => id)).toEqual(["b"]);
  expect(looked[0]?.inputs.breakers.map(({ id }) => id)).toEqual(["swarm:b", "lane:standard"]);
});

test("of commands the size is how many may run, for they come and go with their tasks", async () => {
  const view = (id: string, agentType: SwarmView["agentType"]) => ({ id, agentType }) as unknown as SwarmView;
  const { bottlenecks, read, looked } = world([view("a", "command"), view("b", "worker")]);
  await bottlenecks.find(null, ["providers"], never);
  expect(looked[0]?.inputs.swarms.map(({ id, target, live }) => [id, target, live])).toEqual([
    ["a", 8, 8],
    ["b", 8, 6],
  ]);
  const sizes = read.filter(({ metric }) => metric === "live" || metric === "target");
  expect(sizes.map(({ key, metric }) => [key, metric])).toEqual([
    ["a", "target"],
    ["b", "live"],
  ]);
});

test("a call that was given up ends as that", async () => {
  await expect(world().bottlenecks.find(null, ["cpu"], AbortSignal.abort())).rejects.toMatchObject({ code: "aborted" });
});
