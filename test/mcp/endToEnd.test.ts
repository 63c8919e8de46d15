import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { lanesOutput, decisionsOutput } from "../../src/engine/protocol/cli.ts";
import { tools } from "../../src/mcp/tools/all.ts";
import { bundle, cli, dist, environment, home, json, startTimeOf, tidyUp, until } from "../cli/realCli.ts";
import { type AnyClient, connectModern, connectV1, connectV2, ShellClient, type ToolReply } from "./clients.ts";

/** Never said by anybody: whoever reads one of these has read what it should not. */
const CANARIES = Array.from({ length: 20 }, (_, at) => `CANARY-${at}-5f3759df`);
const launch = { args: [join(dist, "cli.js"), "mcp"], env: { ...environment, API_TOKEN: CANARIES[0] } };
const GENERATIONS = [
  ["v1", connectV1],
  ["v2", connectV2],
  ["v2, in the revision of 2026-07-28", connectModern],
] as const;

const open: { close(): unknown }[] = [];

async function connected(connect: typeof connectV2 = connectV2): Promise<AnyClient> {
  const client = await connect(launch);
  open.push(client);
  return client;
}

function value(reply: ToolReply): Record<string, unknown> {
  expect(reply.isError ?? false, JSON.stringify(reply.content)).toBe(false);
  return reply.structuredContent ?? expect.fail("no structured content");
}

const lanes = async () => lanesOutput.parse(await json("lanes")).lanes;
const leased = async (name: string) => (await lanes()).find(({ lane }) => lane === name)?.leases ?? [];

describe("the agents' door", () => {
  beforeAll(async () => {
    await bundle();
    // Echoes; its command line and environment hold what is nobody's business.
    const script =
      "process.stdin.resume();" +
      "console.log(JSON.stringify({type:'ready'}));" +
      "require('node:readline').createInterface({input:process.stdin}).on('line',(l)=>{const m=JSON.parse(l);" +
      "if(m.type==='task')console.log(JSON.stringify({type:'done',id:m.id,output:m.input}));if(m.type==='drain')process.exit(0)})";
    const swarm = {
      ...{ id: "team", command: process.execPath, args: ["-e", script, "--", ...CANARIES.slice(1, 10)] },
      env: Object.fromEntries(CANARIES.slice(10).map((canary, at) => [`SECRET_${at}`, canary])),
      // This machine is busy with tests: leases must be refused for what the test is about.
      ...{ minAgents: 1, maxAgents: 4, scaling: { maxCpuPressure: 1, maxMemoryPressure: 1 } },
    };
    const path = join(home, "swarms.json");
    writeFileSync(path, JSON.stringify({ swarms: [swarm] }));
    await json("config-set", "--file", path);
    await json("swarm-start", "--swarm-id", "team", "--mode", "auto");
  }, 90_000);
  afterEach(async () => {
    for (const client of open.splice(0)) await client.close();
  });
  afterAll(tidyUp, 60_000);

  describe.each(GENERATIONS)("with the official client of %s", (_, connect) => {
    test("lists tools that read apart from those that act, each with strict schemas", async () => {
      const client = await connected(connect);
      const listed = (await client.listTools()).tools;
      expect(listed.map(({ name }) => name)).toEqual(tools.map(({ name }) => name));
      for (const { name, inputSchema, outputSchema, annotations } of listed) {
        expect(inputSchema, name).toMatchObject({ type: "object", additionalProperties: false });
        expect(outputSchema, name).toMatchObject({ type: "object" });
        const acts = ["request_capacity", "release_capacity", "submit_task", "scale"].includes(name);
        expect(annotations, name).toMatchObject({ readOnlyHint: !acts, openWorldHint: false });
      }
      expect(listed.find(({ name }) => name === "scale")?.annotations).toMatchObject({ destructiveHint: true });
    });

    test("answers with structured content that the client itself has checked, and the same as text", async () => {
      const client = await connected(connect);
      const reply = await client.callTool({ name: "swarm_status", arguments: { swarmId: "team", agents: true } });
      expect(value(reply)).toMatchObject({ swarms: [{ id: "team", kind: "managed", mode: "auto", live: 1 }] });
      expect(JSON.parse(reply.content[0]?.text ?? "")).toEqual(reply.structuredContent);
    });

    test("refuses unknown keys, and what is no number of anything, by the schema", async () => {
      const client = await connected(connect);
      for (const args of [
        { lane: "background", units: 1, colour: "red" },
        { units: -1 },
        { units: 0 },
        { units: 1e9 },
        { units: 1.5 },
        { units: "Infinity" },
        { units: null },
        { seconds: -5 },
        { seconds: 1e9 },
        { memoryBytesEach: -1 },
        { lane: "__proto__" },
      ]) {
        const reply = await client.callTool({ name: "request_capacity", arguments: args });
        expect(reply.isError, JSON.stringify(args)).toBe(true);
      }
      expect(await leased("background")).toEqual([]);
    });

    test("is told why a tool failed, also after it has read what the tools answer with", async () => {
      const client = await connected(connect);
      await client.listTools();
      const reply = await client.callTool({ name: "kpis", arguments: { swarmId: "nobody" } });
      expect(reply).toMatchObject({ isError: true, content: [{ type: "text" }] });
      expect(reply.content[0]?.text).toMatch(/^swarm\.unknown: .*nobody/);
    });

    test("asks for capacity until it is refused, and the refusal explains itself", async () => {
      const client = await connected(connect);
      const granted: string[] = [];
      let refusal: Record<string, unknown> | null = null;
      for (let at = 0; at < 20 && refusal === null; at++) {
        const answer = value(
          await client.callTool({
            name: "request_capacity",
            arguments: { lane: "background", swarmId: "team", memoryBytesEach: 1_000_000, seconds: 120 },
          }),
        );
        if (answer["granted"] === true) granted.push((answer["lease"] as { leaseId: string }).leaseId);
        else refusal = answer;
      }
      expect(granted).toHaveLength(5);
      expect(refusal).toMatchObject({ fits: 0 });
      expect(refusal?.["reason"]).toEqual({
        code: "lease.laneFull",
        text: "The lane background lets 5 work at once: 0 run, 5 are leased. You asked for 1; 0 would fit now. Ask for fewer, take another lane, or try again later.",
      });
      expect(refusal?.["retryAfterMs"]).toBeGreaterThanOrEqual(1_000);
      const why = value(await client.callTool({ name: "why_throttled", arguments: { lane: "background" } }));
      expect(why["gates"]).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ gate: "laneFull", lane: "background", untilMs: expect.any(Number) }),
        ]),
      );
      const { stdout } = await cli("lanes");
      expect(stdout).toMatch(/leased to official-v\d \d+: 1 of background, 1\.0 MB/);
      for (const leaseId of granted)
        expect(value(await client.callTool({ name: "release_capacity", arguments: { leaseId } }))).toMatchObject({
          ended: "released",
        });
      const again = { name: "release_capacity", arguments: { leaseId: granted[0] ?? "" } };
      expect(value(await client.callTool(again))).toMatchObject({ ended: "released", now: false });
      expect(await leased("background")).toEqual([]);
    });
  });

  test("a task goes in, its result comes out; a size is asked for, within bounds, and seen", async () => {
    const client = await connected();
    const submit = async (prompt: string, key: string) =>
      value(await client.callTool({ name: "submit_task", arguments: { swarmId: "team", prompt, key } }));
    expect(await submit("hello\u001b[31m there", "x")).toMatchObject({ outcome: "refused", taskId: null });
    const submitted = await submit("hello there", "k");
    const taskId = String(submitted["taskId"]);
    const over = value(await client.callTool({ name: "task_result", arguments: { taskId, waitSeconds: 20 } }));
    expect(over).toMatchObject({ state: "done", swarmId: "team" });
    expect(String(over["stdout"])).toContain("hello");
    expect(await submit("hello there", "k")).toMatchObject({ outcome: "known", taskId });
    const above = value(await client.callTool({ name: "scale", arguments: { swarmId: "team", target: 9 } }));
    expect(above).toMatchObject({ outcome: "refused", reason: { code: "scale.aboveMax" } });
    const asked = { name: "scale", arguments: { swarmId: "team", target: 2 } };
    // What one needs is learned first, and until then it grows by one.
    const done = value(await client.callTool(asked));
    expect(done).toMatchObject({ outcome: "confirmed", from: 1, to: 2, live: 2 });
    const { decisions } = decisionsOutput.parse(await json("decisions", "--limit", "1"));
    expect(decisions[0]).toMatchObject({
      origin: "agent",
      from: 1,
      to: 2,
      by: expect.stringMatching(/^official-v2 \d+$/),
    });
  });

  test("in recommend a size waits for an operator, in observe it is refused", async () => {
    const client = await connected();
    await cli("swarm-mode", "--swarm-id", "team", "--mode", "recommend");
    const ask = { name: "scale", arguments: { swarmId: "team", target: 1 } };
    const waits = value(await client.callTool(ask));
    expect(waits).toMatchObject({ outcome: "recommended", from: 2, to: 1 });
    expect(value(await client.callTool({ name: "swarm_status", arguments: { swarmId: "team" } }))).toMatchObject({
      swarms: [{ target: 2 }],
    });
    await json("decision-apply", String(waits["decisionId"]));
    await cli("swarm-mode", "--swarm-id", "team", "--mode", "observe");
    expect(value(await client.callTool(ask))).toMatchObject({ outcome: "refused", reason: { code: "scale.observed" } });
    await cli("swarm-mode", "--swarm-id", "team", "--mode", "auto");
  });

  test("tells whether tasks fit, by the places of their lane and the agents there are", async () => {
    const client = await connected();
    const ask = async (tasks: number, lane: string) =>
      value(await client.callTool({ name: "estimate", arguments: { swarmId: "team", tasks, lane } }));
    const { limit } = (await lanes()).find(({ lane }) => lane === "background") ?? expect.fail("no such lane");
    expect(await ask(limit + 1, "background")).toMatchObject({ fits: false, short: "lane" });
    expect(await ask(1, "background")).toMatchObject({ fits: true, short: null });
  });

  test("a lease is nobody else's, is there after the engine was restarted, and ends with its holder's process", async () => {
    const other = new ShellClient(launch);
    open.push(other);
    await other.open();
    const request = { lane: "critical", swarmId: "team", memoryBytesEach: 1_000_000, units: 3, seconds: 600 };
    const lease = value(await other.callTool("request_capacity", request))["lease"] as { leaseId: string };
    const client = await connected();
    const theirs = { leaseId: lease.leaseId };
    for (const [name, args] of [
      ["release_capacity", theirs],
      ["request_capacity", { ...theirs, seconds: 10 }],
    ] as const) {
      const reply = await client.callTool({ name, arguments: args });
      expect(reply).toMatchObject({ isError: true, content: [{ text: expect.stringMatching(/^lease\.foreign: /) }] });
    }
    await json("engine-restart");
    expect(await leased("critical")).toMatchObject([{ id: lease.leaseId, units: 3, holder: { pid: other.pid } }]);
    // The door has lost its engine, and finds the next one by itself.
    const renewed = value(await other.callTool("request_capacity", { ...theirs, seconds: 500 }));
    expect(renewed).toMatchObject({ granted: true, lease: { units: 3 } });
    await other.die();
    await until("the lease was taken back", async () => (await leased("critical")).length === 0);
  });

  test("whoever leaves in order gives everything back; an operator can take a lease back", async () => {
    const client = await connectV2(launch);
    const request = { lane: "critical", swarmId: "team", memoryBytesEach: 1_000_000, seconds: 600 };
    const ask = async () =>
      (value(await client.callTool({ name: "request_capacity", arguments: request }))["lease"] as { leaseId: string })
        .leaseId;
    const first = await ask();
    await ask();
    expect(await json("lease-release", first)).toEqual({ leaseId: first, ended: "takenBack", now: true });
    expect(await leased("critical")).toHaveLength(1);
    await client.close();
    await until("the lease was given back", async () => (await leased("critical")).length === 0);
  });

  test("with --no-start and no engine it says so, to whoever asks, and lists its tools all the same", async () => {
    const env = { ...environment, SWARM_ALLOCATOR_HOME: join(home, "none") };
    const client = await connectV2({ args: [...launch.args, "--no-start"], env });
    open.push(client);
    expect((await client.listTools()).tools.length).toBe(tools.length);
    const reply = await client.callTool({ name: "swarm_status", arguments: {} });
    expect(reply).toMatchObject({ isError: true, content: [{ text: expect.stringMatching(/^engine\.notRunning: /) }] });
  });

  test("nothing that is planted as a secret is ever told", async () => {
    const client = await connected();
    const told: unknown[] = [await client.listTools(), await client.listResources()];
    for (const { uri } of (await client.listResources()).resources) told.push(await client.readResource({ uri }));
    const args: Record<string, Record<string, unknown>> = {
      swarm_status: { agents: true },
      metrics_query: { series: [{ scope: "swarm", key: "team", metric: "live" }] },
      ...Object.fromEntries(["forecast", "kpis"].map((name) => [name, { swarmId: "team" }])),
      estimate: { swarmId: "team", tasks: 3 },
      request_capacity: { swarmId: "team", lane: "critical", memoryBytesEach: 1_000 },
      submit_task: { swarmId: "team", prompt: "hi" },
      scale: { swarmId: "team", target: 3 },
    };
    for (const { name } of tools) told.push(await client.callTool({ name, arguments: args[name] ?? {} }));
    const { tokens } = JSON.parse(await endpoint()) as { tokens: Record<string, string> };
    const text = JSON.stringify(told);
    expect(text.length).toBeGreaterThan(5_000);
    for (const secret of [...CANARIES, ...Object.values(tokens)]) expect(text.includes(secret), secret).toBe(false);
    expect(startTimeOf(process.pid)).not.toBeNull();
  });
});

async function endpoint(): Promise<string> {
  const { readdirSync, readFileSync } = await import("node:fs");
  const root = join(home, "h");
  const path = readdirSync(root, { recursive: true, encoding: "utf8" }).find((name) => name.endsWith("endpoint.json"));
  return readFileSync(join(root, path ?? ""), "utf8");
}
