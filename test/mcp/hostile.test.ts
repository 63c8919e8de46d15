import { Client } from "@modelcontextprotocol/client";
import { InMemoryTransport } from "@modelcontextprotocol/server";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import type { Coded } from "../../src/engine/protocol/model.ts";
import { params as paramSchemas } from "../../src/engine/protocol/params.ts";
import { type Call, calls } from "../../src/engine/protocol/rpc.ts";
import { cleanValue, MAX_TEXT } from "../../src/mcp/clean.ts";
import { cleaned } from "../../src/mcp/cleanTransport.ts";
import { ToolFailure } from "../../src/mcp/failure.ts";
import { Grants } from "../../src/mcp/grants.ts";
import { createAgentServer } from "../../src/mcp/server.ts";
import { tools } from "../../src/mcp/tools/all.ts";
import type { ToolContext } from "../../src/mcp/tool.ts";

/** Nothing of this may come out: control characters but line feeds, formatting and bidi characters, lone surrogates. */
const FORBIDDEN = /[\p{Cf}\p{Co}\p{Cs}\u2028\u2029]|(?!\n)\p{Cc}/u;
const ID = "01a21866-3d3f-7544-bd6a-f701c3874831";

/** 2,000 strings: what escapes, what links, what turns round, what is no text at all. */
const PIECES = [
  "\u001b[31m",
  "\u001b]0;x\u0007",
  "\u202e",
  "\u2066",
  "\u200b",
  "\ud800",
  "\r",
  "\0",
  "\u009b",
  "\ufeff",
  "\t",
  "<img src=x onerror=alert(1)>",
  "[x](command:evil)",
  "../../etc/passwd",
  "${7*7}",
  "'; DROP TABLE",
  "\u2028",
  "\u{e0041}",
];
const HOSTILE = Array.from(
  { length: 2_000 },
  (_, at) =>
    `${PIECES[at % PIECES.length]}n${at}${PIECES[(at * 7 + 3) % PIECES.length]}${PIECES[Math.floor(at / 18) % PIECES.length]}`,
);

const usage = { cpuCores: 1, rssBytes: 1, readBytes: null, writeBytes: null, processCount: 1 };

/** What a hostile world would have the engine answer. */
function answersWith(evil: string): Record<string, unknown> {
  const reason: Coded = { code: evil, args: { swarmId: evil, stderr: evil, reason: evil } };
  const agent = {
    id: evil,
    pid: 5,
    startTime: 1,
    startedAtMs: 1,
    name: evil,
    command: evil,
    state: "working",
    usage,
    problem: reason,
    helpers: [],
    tools: [],
    stateSource: "measured",
    stateSinceMs: 1,
    tasksDone: null,
  };
  const inputs = {};
  const managed = {
    kind: "managed",
    id: evil,
    label: evil,
    agents: [agent],
    usage,
    demo: false,
    mode: "auto",
    live: 1,
    target: 1,
    minAgents: 0,
    maxAgents: 2,
    activity: { kind: "held", reason },
    demand: 1,
    demandSource: "measured",
    utilisation: 1,
    waitingTasks: 0,
    held: true,
    problem: reason,
    scaling: { from: 1, to: 2, reason, inputs, recommendationId: null },
  };
  const observed = {
    kind: "observed",
    id: `${evil}o`,
    label: evil,
    agents: [agent],
    usage,
    agentKind: evil,
    directory: evil,
  };
  const lease = {
    id: ID,
    lane: "standard",
    units: 1,
    memoryBytes: 1,
    swarmId: evil,
    holder: { pid: 1, startTime: 1 },
    by: evil,
    sinceMs: 1,
    untilMs: 2,
  };
  return {
    overview: { wallMs: 1, intervalMs: 1, host: null, facts: null, swarms: [managed, observed], engine: {} },
    "history/range": {
      fromMs: 0,
      toMs: 1,
      series: [
        {
          scope: "swarm",
          key: evil,
          metric: evil,
          source: "measured",
          fromMs: 0,
          bucketMs: 1,
          resolution: "sample",
          mean: [1],
          min: [1],
          max: [1],
          imported: [],
        },
      ],
    },
    "forecast/get": {
      swarmId: evil,
      ready: false,
      reason,
      model: evil,
      confidence: 0.9,
      stepMs: 1,
      madeAtMs: 1,
      points: [],
      scores: [],
    },
    "bottlenecks/get": {
      swarmId: null,
      madeAtMs: 1,
      windowMs: 1,
      findings: [
        {
          component: "cpu",
          kind: "errors",
          subject: evil,
          severity: "major",
          reason,
          evidence: [],
          thresholds: null,
          suggestion: reason,
        },
      ],
    },
    "kpis/get": {
      swarmId: evil,
      madeAtMs: 1,
      timeframe: "1h",
      fromMs: 0,
      toMs: 1,
      coverageRatio: 1,
      currency: evil,
      kpis: [
        {
          id: "waste",
          unit: "tasksPerCost",
          better: "lower",
          target: null,
          met: null,
          figure: { kind: "unknown", reason },
          observations: 0,
          neededObservations: 30,
          denominator: { value: null, unit: "cost" },
          trend: { kind: "unknown", reason },
        },
      ],
    },
    "capacity/estimate": {
      swarmId: evil,
      agents: 1,
      tasks: null,
      seenAgents: 0,
      seenTasks: 0,
      fits: null,
      fitsAgents: null,
      fitsTasks: null,
      short: null,
      needsBytes: null,
      needsCores: null,
      hasBytes: null,
      taskSeconds: null,
      doneInSeconds: null,
      agentHours: null,
      cost: { kind: "known", amount: 1, currency: evil },
      unknown: [reason],
    },
    "guard/throttles": {
      wallMs: 1,
      gates: [{ gate: "hold", lane: null, swarmId: evil, reason, sinceMs: 1, sinceSource: "measured", untilMs: null }],
    },
    "tasks/get": {
      id: ID,
      swarmId: evil,
      lane: "standard",
      attempt: 1,
      state: { kind: "failed", atMs: 1, reason },
      stdout: { text: `line\n${evil}`, droppedBytes: 0 },
      stderr: { text: evil, droppedBytes: 0 },
    },
    "capacity/request": { kind: "refused", reason, retryAfterMs: null, fits: 0 },
    "capacity/renew": { kind: "granted", lease },
    "capacity/release": { leaseId: evil, ended: "released", now: true },
    "tasks/submit": { results: [{ kind: "refused", reason }] },
    "swarm/ask": {
      kind: "done",
      result: { swarmId: evil, from: 1, to: 2, outcome: { kind: "unconfirmed", live: 1, elapsedMs: 1, reason } },
    },
    "profile/latest": {
      process: { pid: 1, command: evil },
      startedAtMs: 1,
      durationMs: 1,
      ended: false,
      cpu: null,
      memory: null,
      missing: [{ component: "cpu", reason }],
      recommendations: [{ type: "cpu", target: evil, suggestion: reason, evidence: reason }],
    },
  };
}

interface Asked {
  readonly method: string;
  readonly params: unknown;
}

/** A server of this door over a fake engine, and the official client on it. */
async function serve(answer: (method: string) => unknown) {
  const asked: Asked[] = [];
  const engine = {
    call: <P, R>(call: Call<P, R>, params: P): Promise<R> => {
      asked.push({ method: call.method, params });
      const name = (Object.keys(calls) as (keyof typeof calls)[]).find(
        (key) => calls[key].method === call.method,
      ) as keyof typeof calls;
      const accepted = paramSchemas[name].safeParse(params);
      // What the tools let through must be what the engine takes.
      if (!accepted.success)
        return Promise.reject(new ToolFailure("params.invalid", { problem: accepted.error.message }));
      return Promise.resolve(answer(call.method) as R);
    },
  };
  const holder = { pid: 10, startTime: 1 };
  const leases = new Grants({ ...engine, holder, door: { pid: 11, startTime: 1 } });
  const context = (signal: AbortSignal): ToolContext => ({
    ...{ ...engine, signal, holder, leases },
    wallMs: () => 1_700_000_000_000,
    delay: () => Promise.resolve(),
  });
  const server = createAgentServer({ version: "1", tools, context });
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  await server.connect(cleaned(ours));
  const client = new Client({ name: "test", version: "1" });
  await client.connect(theirs);
  return { client, asked };
}

const ARGS: Readonly<Record<string, Record<string, unknown>>> = {
  swarm_status: { agents: true },
  metrics_query: { series: [{ scope: "machine", metric: "cpuBusyRatio" }] },
  ...Object.fromEntries(["forecast", "kpis"].map((name) => [name, { swarmId: "s" }])),
  estimate: { swarmId: "s", agents: 1 },
  task_result: { taskId: ID },
  release_capacity: { leaseId: ID },
  submit_task: { swarmId: "s", prompt: "p" },
  scale: { swarmId: "s", target: 2 },
};

function forbiddenIn(value: unknown, found: string[] = []): string[] {
  if (typeof value === "string") {
    if (FORBIDDEN.test(value)) found.push(value);
  } else if (typeof value === "object" && value !== null)
    for (const [key, each] of Object.entries(value)) {
      forbiddenIn(key, found);
      forbiddenIn(each, found);
    }
  return found;
}

describe("hostile names and output", () => {
  test("of 2,000 strings no control, bidi or zero-width character comes out of any tool or resource", async () => {
    let evil = "";
    const { client } = await serve((method) => answersWith(evil)[method]);
    const answered = new Set<string>();
    for (const [at, string] of HOSTILE.entries()) {
      evil = string;
      const tool = tools[at % tools.length];
      if (tool === undefined) throw new Error("no tool");
      const reply = await client.callTool({ name: tool.name, arguments: ARGS[tool.name] ?? {} });
      expect(forbiddenIn(reply), tool.name).toEqual([]);
      if (reply.isError !== true) answered.add(tool.name);
      if (at % 20 === 0) {
        expect(forbiddenIn(await client.readResource({ uri: "swarm://profile/latest" }))).toEqual([]);
        expect(forbiddenIn(await client.listResources())).toEqual([]);
      }
    }
    // Each has really answered: an error would have had nothing to hide.
    expect([...answered].toSorted()).toEqual(tools.map(({ name }) => name).toSorted());
    await client.close();
  }, 60_000);

  test("what stands in a request does not come back in the error either", async () => {
    const { client } = await serve(() => null);
    for (const evil of HOSTILE.slice(0, 200)) {
      const reply = await client.callTool({ name: "kpis", arguments: { [evil]: evil, swarmId: "s" } });
      expect(reply.isError).toBe(true);
      expect(forbiddenIn(reply)).toEqual([]);
      const unknown = await client.callTool({ name: evil, arguments: {} }).catch((error: unknown) => String(error));
      expect(forbiddenIn(unknown)).toEqual([]);
    }
    await client.close();
  });

  test("lines of a task's output stay lines; a text without end is cut, a value without bottom too", () => {
    expect(cleanValue("a\r\nb\tc\u001b[1m")).toBe("a\nb  c");
    expect(String(cleanValue("x".repeat(10 * MAX_TEXT))).length).toBe(MAX_TEXT);
    let deep: unknown = 1;
    for (let at = 0; at < 10_000; at++) deep = [deep];
    expect(JSON.stringify(cleanValue(deep)).length).toBeLessThan(200);
    expect(cleanValue({ "\u001b[31mkey\n": undefined, __proto__x: [1, null, true] })).toEqual({
      __proto__x: [1, null, true],
    });
  });
});

describe("arguments that make no sense", () => {
  const json = fc.jsonValue({ maxDepth: 3 });
  const odd = fc.oneof(
    json,
    fc.constantFrom(-1, 0, 1e308, -1e308, 2 ** 53, 0.5, "", "__proto__", "Infinity", null, [], {}),
    fc.string({ unit: "binary" }),
  );

  test.each(tools.map((tool) => [tool.name, tool] as const))(
    "%s settles with an answer or a refusal, whatever it gets",
    async (name, tool) => {
      const { client, asked } = await serve((method) => answersWith("x")[method]);
      const keys = Object.keys(tool.input.shape);
      const args = fc.dictionary(fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...keys) }, fc.string()), odd, {
        maxKeys: 6,
      });
      await fc.assert(
        fc.asyncProperty(args, async (given) => {
          const before = asked.length;
          const reply = await client.callTool({ name, arguments: given });
          if (!z.strictObject(tool.input.shape).safeParse(given).success) {
            expect(reply.isError).toBe(true);
            expect(asked.length).toBe(before);
          }
          if (reply.isError !== true) expect(tool.output.safeParse(reply.structuredContent).success).toBe(true);
          expect(JSON.stringify(reply).length).toBeLessThan(100_000);
        }),
        { numRuns: 150 },
      );
      await client.close();
    },
  );

  test("an engine that fails in any way is told as that, and the door stays open", async () => {
    const failures = [new ToolFailure("rpc.closed"), new Error("boom"), "text", null, { code: "x" }];
    let next: unknown = null;
    const { client } = await serve(() => {
      throw next;
    });
    for (const failure of failures)
      for (const { name } of tools) {
        next = failure;
        const reply = await client.callTool({ name, arguments: ARGS[name] ?? {} });
        expect(reply.isError).toBe(true);
        expect(reply.content[0]).toMatchObject({ type: "text", text: expect.stringMatching(/^[a-z]+(\.\w+)?: ./) });
      }
    await client.close();
  });
});
