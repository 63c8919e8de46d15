import { expect, test } from "vitest";
import { createProfileHandlers, type ProfileCallsApi } from "../../../src/engine/serve/profileCalls.ts";
import type { CallContext } from "../../../src/engine/serve/handlers.ts";
import type { StopPreview } from "../../../src/engine/protocol/rpc.ts";
import { orchestratedSample } from "../../cli/orchestratedSample.ts";
import { agent, managed, observed, overview, usage } from "../../views/overviews.ts";

const context = {} as CallContext;
const swarms = [
  managed({ agents: [] }),
  observed({ id: "docs", agents: [agent(), agent({ pid: 4200, usage: usage({ cpuCores: 0.9 }) })] }),
  orchestratedSample({ agents: [agent({ pid: 4121 }), agent({ pid: 4300, name: "codex" })] }),
];
const handlers = createProfileHandlers(
  {
    profiling: { preview: (asked: object) => asked },
    overview: () => overview({ swarms }),
  } as unknown as ProfileCallsApi,
  (agentId) => ({ agentId, swarmId: "docs", openWork: [] }) as unknown as StopPreview,
);

test("of a swarm the agent is meant that uses the most; without one that is said", () => {
  expect(handlers.profilePreview({ swarmId: "docs" }, context)).toMatchObject({ agentId: "4200-800" });
  expect(() => handlers.profilePreview({ swarmId: "demo" }, context)).toThrow(/^profile\.noAgents/);
  expect(() => handlers.profilePreview({ swarmId: "nobody" }, context)).toThrow(/^swarm\.unknown/);
});

test("of a swarm of an orchestrator none is chosen: what was seen of it is named", () => {
  let refused: unknown;
  try {
    void handlers.profilePreview({ swarmId: "flow" }, context);
  } catch (error) {
    refused = error;
  }
  expect(refused).toMatchObject({
    code: "profile.records",
    args: { swarmId: "flow", records: 5, seen: 2, server: 4100, link: "connected", more: 0 },
  });
  expect(refused).toMatchObject({ args: { processes: "4121 (agent-2), 4300 (codex)" } });
});
