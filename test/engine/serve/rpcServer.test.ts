import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join as joinPath } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CodedError } from "../../../src/engine/common/errors.ts";
import type { Paths } from "../../../src/engine/common/paths.ts";
import { type EndpointFile, endpointFile } from "../../../src/engine/protocol/files.ts";
import { OLDEST_PROTOCOL_VERSION, PROTOCOL_VERSION } from "../../../src/engine/protocol/rpc.ts";
import type { Handlers } from "../../../src/engine/serve/handlers.ts";
import { MAX_AGENTS, MAX_CLIENTS, type RpcServer } from "../../../src/engine/serve/rpcServer.ts";
import {
  eventually,
  frame,
  type LogEntry,
  overviewOf,
  RawClient,
  startTestServer,
  temporaryPaths,
  testClient,
} from "./serverFixture.ts";

let paths: Paths & { readonly remove: () => void };
let server: RpcServer;
let log: LogEntry[];
const clients: RawClient[] = [];

beforeEach(() => {
  paths = temporaryPaths();
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.socket.destroy();
  await server.close();
  paths.remove();
});

async function serve(handlers: Partial<Handlers> = {}): Promise<void> {
  ({ server, log } = await startTestServer(paths, handlers));
}

function endpoint(): EndpointFile {
  return endpointFile.parse(JSON.parse(readFileSync(paths.endpoint, "utf8")));
}

async function open(): Promise<RawClient> {
  const client = await RawClient.open(paths.socket);
  clients.push(client);
  return client;
}

function hello(token: string, protocol = { min: OLDEST_PROTOCOL_VERSION, max: PROTOCOL_VERSION }): object {
  return { protocol, token, client: testClient };
}

async function join(role: keyof EndpointFile["tokens"] = "operator"): Promise<RawClient> {
  const client = await open();
  const reply = await client.request("hello", "initialize", hello(endpoint().tokens[role]));
  expect(reply.result).toMatchObject({ role, version: "1.0.0", epoch: 1 });
  return client;
}

const codeOf = (reply: { error?: { data?: { code: string } } }) => reply.error?.data?.code;

describe("the address", () => {
  test("socket and endpoint file are for the owner alone", async () => {
    await serve();
    expect(statSync(paths.socket).mode & 0o777).toBe(0o600);
    expect(statSync(paths.endpoint).mode & 0o777).toBe(0o600);
    expect(statSync(paths.runtime).mode & 0o777).toBe(0o700);
  });

  test("tokens are 256 bits, differ by role, and are new at every start", async () => {
    await serve();
    const first = endpoint().tokens;
    await server.close();
    await serve();
    const all = [...Object.values(first), ...Object.values(endpoint().tokens)];
    expect(new Set(all).size).toBe(6);
    for (const token of all) expect(Buffer.from(token, "base64url").length).toBe(32);
  });

  test("a stale socket file of a dead engine is replaced", async () => {
    writeFileSync(paths.socket, "left behind");
    await serve();
    await join();
  });

  test("closing removes socket and endpoint file", async () => {
    await serve();
    await server.close();
    expect(existsSync(paths.socket)).toBe(false);
    expect(existsSync(paths.endpoint)).toBe(false);
  });

  test("closing leaves the socket and endpoint file of a successor alone", async () => {
    await serve();
    const old = server;
    await serve();
    await old.close();
    expect(existsSync(paths.endpoint)).toBe(true);
    await join();
  });

  test("a socket path that cannot be bound is an error that names it", async () => {
    await serve();
    const failing = startTestServer({ ...paths, socket: joinPath(paths.endpoint, "engine.sock") });
    await expect(failing).rejects.toMatchObject({ code: "socket.unusable" });
  });
});

describe("initialize", () => {
  test.each(["viewer", "operator", "agent"] as const)("the %s token gives that role", async (role) => {
    await serve();
    await join(role);
    expect(server.clients().map((client) => client.role)).toEqual([role]);
  });

  test.each(["", "wrong", "x".repeat(200)])("a wrong token is refused and the door shut (%j)", async (token) => {
    await serve();
    const client = await open();
    expect(codeOf(await client.request(1, "initialize", hello(token)))).toBe("token.refused");
    await client.untilClosed();
    expect(server.counts().clients).toBe(0);
  });

  test("anything before it is refused and the door shut", async () => {
    await serve();
    const client = await open();
    expect(codeOf(await client.request(1, "overview", {}))).toBe("rpc.notInitialized");
    await client.untilClosed();
  });

  test("a second one is refused, the client stays", async () => {
    await serve();
    const client = await join();
    expect(codeOf(await client.request(2, "initialize", hello("x")))).toBe("rpc.alreadyInitialized");
    expect((await client.request(3, "overview", {})).result).toBeDefined();
  });

  const N = PROTOCOL_VERSION;
  test.each([
    { min: N, max: N, spoken: N },
    { min: N - 1, max: N, spoken: N },
    { min: N, max: N + 1, spoken: N },
    { min: 0, max: N + 100, spoken: N },
    { min: N + 1, max: N + 2, spoken: null },
    { min: OLDEST_PROTOCOL_VERSION - 2, max: OLDEST_PROTOCOL_VERSION - 1, spoken: null },
    { min: N + 1, max: N, spoken: null },
  ])("protocol $min..$max → $spoken", async ({ min, max, spoken }) => {
    await serve();
    const client = await open();
    const reply = await client.request(1, "initialize", hello(endpoint().tokens.viewer, { min, max }));
    if (spoken !== null) {
      expect(reply.result).toMatchObject({ protocol: spoken });
      return;
    }
    expect(reply.error?.data).toEqual({
      code: "protocol.unsupported",
      args: { clientMin: min, clientMax: max, engineMin: OLDEST_PROTOCOL_VERSION, engineMax: PROTOCOL_VERSION },
    });
    await client.untilClosed();
  });
});

describe("calls", () => {
  test("an unknown method is refused by name, also one that every object has", async () => {
    await serve();
    const client = await join();
    for (const [id, method] of ["nothing", "constructor", "__proto__", "toString", ""].entries()) {
      expect((await client.request(id, method, {})).error?.data).toEqual({ code: "method.unknown", args: { method } });
    }
  });

  test("invalid params name the path and never reach the handler", async () => {
    let called = 0;
    await serve({
      swarmScale: () => {
        called += 1;
        throw new CodedError("test.reached");
      },
    });
    const client = await join();
    const good = { swarmId: "a", target: 1, deadlineMs: 1000 };
    const bad: readonly (readonly [unknown, string])[] = [
      [{ ...good, target: "1" }, "target"],
      [{ ...good, target: 1.5 }, "target"],
      [{ ...good, deadlineMs: 1 }, "deadlineMs"],
      [{ ...good, extra: 1 }, ""],
      [[], ""],
      [{}, "swarmId"],
      [undefined, "swarmId"],
    ];
    for (const [id, [params, path]] of bad.entries()) {
      const reply = await client.request(id, "swarm/scale", params);
      expect(reply.error?.data).toMatchObject({ code: "params.invalid", args: { method: "swarm/scale", path } });
    }
    expect(called).toBe(0);
    expect(codeOf(await client.request("good", "swarm/scale", good))).toBe("test.reached");
  });

  test("each role may call what it may, and nothing else", async () => {
    await serve({ engineRestart: () => null, configGet: () => ({ version: 1 }) as never });
    const may = { viewer: [true, true, false], operator: [true, true, true], agent: [true, false, false] } as const;
    for (const role of ["viewer", "operator", "agent"] as const) {
      const client = await join(role);
      for (const [id, method] of ["overview", "config/get", "engine/restart"].entries()) {
        const reply = await client.request(id, method, {});
        expect([role, method, codeOf(reply)]).toEqual([role, method, may[role][id] ? undefined : "role.denied"]);
      }
    }
  });

  test("a coded error reaches the caller with its arguments; any other only as `internal`, and the log", async () => {
    await serve({
      engineRestart: () => {
        throw new CodedError("swarm.held", { reason: "no operator" });
      },
      configGet: () => {
        throw new Error("secret /home/somebody");
      },
    });
    const client = await join();
    const coded = await client.request(1, "engine/restart", {});
    expect(coded.error).toEqual({
      code: -32050,
      message: "swarm.held",
      data: { code: "swarm.held", args: { reason: "no operator" } },
    });
    const internal = await client.request(2, "config/get", {});
    expect(internal.error?.data).toEqual({ code: "internal", args: { method: "config/get" } });
    expect(JSON.stringify(internal)).not.toContain("secret");
    expect(log).toContainEqual({
      level: "error",
      code: "rpc.handlerFailed",
      args: { method: "config/get", message: "secret /home/somebody" },
    });
  });

  test("cancelling a request aborts its handler and no other", async () => {
    const signals = new Map<string, AbortSignal>();
    await serve({
      scalePreview: ({ swarmId }, { signal }) => {
        signals.set(swarmId, signal);
        return new Promise((_, reject) => {
          signal.addEventListener("abort", () => reject(new CodedError("aborted", { swarmId })));
        });
      },
    });
    const client = await join();
    for (const id of ["a", "b"])
      client.send({ jsonrpc: "2.0", id, method: "swarm/scalePreview", params: { swarmId: id, target: 1 } });
    await eventually(() => signals.size === 2, "both handlers run");
    client.send({ jsonrpc: "2.0", method: "$/cancelRequest", params: { id: "b" } });
    expect((await client.reply("b")).error?.data).toEqual({ code: "aborted", args: { swarmId: "b" } });
    expect(signals.get("a")?.aborted).toBe(false);
  });

  test("a client that goes away aborts its handlers", async () => {
    let aborted = false;
    let running = false;
    await serve({
      overview: (_, { signal }) => {
        running = true;
        return new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            aborted = true;
            reject(new CodedError("aborted"));
          });
        });
      },
    });
    const client = await join();
    client.send({ jsonrpc: "2.0", id: 1, method: "overview", params: {} });
    await eventually(() => running, "the handler runs");
    client.socket.destroy();
    await eventually(() => aborted, "the handler is aborted");
    await eventually(() => server.counts().clients === 0, "the client is gone");
  });

  test("more than 64 requests at once are refused, the first 64 answered", async () => {
    const waiting: (() => void)[] = [];
    await serve({ overview: () => new Promise((resolve) => waiting.push(() => resolve(overviewOf(1)))) });
    const client = await join();
    for (let id = 0; id < 70; id += 1) client.send({ jsonrpc: "2.0", id, method: "overview", params: {} });
    for (let id = 64; id < 70; id += 1) expect(codeOf(await client.reply(id))).toBe("rpc.busy");
    await eventually(() => waiting.length === 64, "64 handlers run");
    for (const finish of waiting.splice(0)) finish();
    for (let id = 0; id < 64; id += 1) expect((await client.reply(id)).result).toBeDefined();
    expect(codeOf(await client.request(99, "config/get", {}))).toBe("test.absent");
  });

  test("closing lets an answer in flight go out first", async () => {
    let closing: Promise<void> | null = null;
    await serve({
      engineStop: () => {
        closing = server.close();
        return { ended: 7 };
      },
    });
    const client = await join();
    expect((await client.request(1, "engine/stop", { deadlineMs: 1000 })).result).toEqual({ ended: 7 });
    await closing;
    await client.untilClosed();
  });
});

describe("hostile bytes", () => {
  const big = 64 * 1024 + 1;
  test.each<readonly [string, string | Buffer]>([
    ["a body longer than allowed before initialize", `Content-Length: ${big}\r\n\r\n`],
    ["a huge length", "Content-Length: 99999999999999999999\r\n\r\n"],
    ["a negative length", "Content-Length: -1\r\n\r\n"],
    ["a length with a sign", "Content-Length: +5\r\n\r\n12345"],
    ["a hexadecimal length", "Content-Length: 0x10\r\n\r\n"],
    ["an empty body", "Content-Length: 0\r\n\r\n"],
    ["two lengths", "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}"],
    ["no length", "Content-Type: x\r\n\r\n{}"],
    ["an endless header", "a".repeat(2000)],
    ["a header that is none", "hello\r\n\r\n"],
    ["not JSON", frame("{]")],
    [
      "no UTF-8",
      Buffer.concat([Buffer.from('Content-Length: 4\r\n\r\n"'), Buffer.from([0xff, 0xfe]), Buffer.from('"')]),
    ],
    ["a batch", frame('[{"jsonrpc":"2.0","id":1,"method":"overview"}]')],
    ["null", frame("null")],
    ["no jsonrpc member", frame('{"id":1,"method":"initialize"}')],
    ["an object as id", frame('{"jsonrpc":"2.0","id":{},"method":"initialize"}')],
    ["null as id", frame('{"jsonrpc":"2.0","id":null,"method":"initialize"}')],
    ["a cancellation without params", frame('{"jsonrpc":"2.0","method":"$/cancelRequest"}')],
    ["a number as params", frame('{"jsonrpc":"2.0","id":1,"method":"initialize","params":1}')],
    ["an inherited method", frame('{"jsonrpc":"2.0","id":1,"method":["initialize"]}')],
  ])("%s ends the connection, with one log record", async (_, bytes) => {
    await serve();
    const client = await open();
    client.sendRaw(bytes);
    await client.untilClosed();
    expect(log.filter((entry) => entry.code === "rpc.clientDropped")).toHaveLength(1);
    await join();
  });

  test("a message cut into single bytes is understood", async () => {
    await serve();
    const client = await open();
    const bytes = Buffer.from(
      frame(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params: hello(endpoint().tokens.viewer) })),
    );
    client.socket.setNoDelay(true);
    for (const byte of bytes) client.sendRaw(Buffer.from([byte]));
    expect((await client.reply(1)).result).toMatchObject({ role: "viewer" });
  });

  test("4 MiB are too long a body, a little less is read", async () => {
    await serve();
    const client = await join();
    const text = (bytes: number) =>
      JSON.stringify({ jsonrpc: "2.0", id: 1, method: "x", params: { pad: "p".repeat(bytes) } });
    client.sendText(text(4 * 1024 * 1024 - 200));
    expect(codeOf(await client.reply(1))).toBe("method.unknown");
    client.sendText(text(4 * 1024 * 1024));
    await client.untilClosed();
  });

  test("JSON nested a million deep does no harm", async () => {
    await serve();
    const client = await join();
    const deep = `${"[".repeat(1_000_000)}${"]".repeat(1_000_000)}`;
    client.sendText(`{"jsonrpc":"2.0","id":1,"method":"overview","params":{"a":${deep}}}`);
    expect(codeOf(await client.reply(1))).toBe("params.invalid");
    expect((await client.request(2, "overview", {})).result).toBeDefined();
  });

  test("`__proto__` and `constructor` keys never reach a handler nor a prototype", async () => {
    const seen: unknown[] = [];
    await serve({
      configPatch: (params) => {
        seen.push(params);
        return { version: 1 } as never;
      },
      swarmScale: (params) => {
        seen.push(params);
        throw new CodedError("test.reached");
      },
    });
    const client = await join();
    const send = (id: number, params: string, method = "swarm/scale") =>
      client.sendText(`{"jsonrpc":"2.0","id":${id},"method":"${method}","params":${params}}`);
    send(1, '{"swarmId":"a","target":1,"deadlineMs":1000,"__proto__":{"polluted":1}}');
    send(2, '{"__proto__":{"swarmId":"a","target":1,"deadlineMs":1000}}');
    send(3, '{"swarmId":"a","target":1,"deadlineMs":1000,"constructor":{"prototype":{"polluted":1}}}');
    const env = '{"__proto__":"x","constructor":"y","PATH":"/bin"}';
    send(
      4,
      `{"source":"t","baseRevision":0,"patch":{"swarms":[{"id":"a","command":"c","env":${env}}]}}`,
      "config/patch",
    );
    for (const id of [1, 2, 3]) expect([id, codeOf(await client.reply(id))]).toEqual([id, "params.invalid"]);
    await client.reply(4);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    for (const params of seen) expect(Object.getPrototypeOf(params)).toBe(Object.prototype);
    const patched = seen[0] as { patch: { swarms: { env: object }[] } } | undefined;
    const given = patched?.patch.swarms[0]?.env;
    expect(Object.keys(given ?? {})).toEqual(["constructor", "PATH"]);
    expect(Object.getPrototypeOf(given)).toBe(Object.prototype);
  });

  test("a flood of unknown notifications and cancellations is read and forgotten", async () => {
    await serve();
    const client = await join();
    const notification = frame('{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":5}}').repeat(20_000);
    client.sendRaw(notification);
    client.sendRaw(frame('{"jsonrpc":"2.0","method":"$/progress","params":{}}').repeat(20_000));
    expect((await client.request(1, "overview", {})).result).toBeDefined();
  });

  test("one connection too many is turned away, and room is made by one that leaves", async () => {
    await serve();
    const opened: RawClient[] = [];
    for (let index = 0; index < MAX_CLIENTS; index += 1) opened.push(await open());
    const extra = await open();
    await extra.untilClosed();
    expect(log.map((entry) => entry.args["reason"])).toContain("too many clients");
    opened[0]?.socket.destroy();
    await eventually(() => opened[0]?.closed === true, "the first has left");
    await join();
  });

  test("a crowd of agents keeps no operator out", async () => {
    await serve();
    for (let index = 0; index < MAX_AGENTS; index += 1) await join("agent");
    const extra = await open();
    const reply = await extra.request("hello", "initialize", hello(endpoint().tokens.agent));
    expect(reply.error?.data).toMatchObject({ code: "rpc.tooMany", args: { role: "agent" } });
    await extra.untilClosed();
    await join("operator");
    await join("viewer");
  });
});

describe("publishing", () => {
  test("a subscriber gets the latest state at once, then each new one", async () => {
    await serve();
    server.publish("overview", overviewOf(10));
    server.publish("overview", overviewOf(11));
    const client = await join();
    expect((await client.request(1, "subscribe", { topic: "overview", looking: true })).result).toEqual({ seq: 2 });
    const states = () =>
      client.received.filter((message) => message.method === "published").map((m) => m.params?.state.wallMs);
    await client.until(() => states().length === 1);
    server.publish("overview", overviewOf(12));
    await client.until(() => states().length === 2);
    expect(states()).toEqual([11, 12]);
    await client.request(2, "unsubscribe", { topic: "overview" });
    server.publish("overview", overviewOf(13));
    await client.request(3, "overview", {});
    expect(states()).toEqual([11, 12]);
  });

  test("counts tell who is there and who looks", async () => {
    await serve();
    const heard: number[] = [];
    server.onClients((counts) => heard.push(counts.lookers));
    const operator = await join("operator");
    await join("viewer");
    await join("agent");
    await operator.request(1, "subscribe", { topic: "log", looking: false });
    expect(server.counts()).toEqual({ clients: 3, operators: 1, viewers: 1, lookers: 0 });
    await operator.request(2, "subscribe", { topic: "overview", looking: true });
    expect(server.counts().lookers).toBe(1);
    await operator.request(3, "subscribe", { topic: "overview", looking: false });
    expect(server.counts().lookers).toBe(0);
    await operator.request(4, "subscribe", { topic: "overview", looking: true });
    operator.socket.destroy();
    await eventually(() => server.counts().operators === 0, "the operator is gone");
    expect(server.counts()).toEqual({ clients: 2, operators: 0, viewers: 1, lookers: 0 });
    expect(heard).toContain(1);
    expect(heard.at(-1)).toBe(0);
  });

  test("a client that stops reading costs one message a topic, slows nobody, and hears the newest when it reads again", async () => {
    await serve();
    const good = await join();
    const stuck = await join();
    for (const client of [good, stuck]) await client.request(1, "subscribe", { topic: "overview", looking: true });
    stuck.socket.pause();
    const ballast = "b".repeat(1024 * 1024);
    const before = process.memoryUsage.rss();
    for (let n = 1; n <= 200; n += 1) {
      server.publish("overview", { ...overviewOf(n), swarms: [ballast as never] });
      const wanted = n;
      await good.until(() => good.received.some((message) => message.params?.seq === wanted));
      good.received.length = 0;
    }
    expect((process.memoryUsage.rss() - before) / 2 ** 20).toBeLessThan(150);
    expect(log).toEqual([]);
    stuck.socket.resume();
    await stuck.until(() => stuck.received.some((message) => message.params?.seq === 200));
    expect(stuck.received.filter((message) => message.method === "published").length).toBeLessThan(5);
  });

  test("a client that asks and asks and never reads is dropped, with a log record", async () => {
    const ballast = "b".repeat(1024 * 1024);
    await serve({ overview: () => ({ ...overviewOf(1), swarms: [ballast as never] }) });
    const stuck = await join();
    const good = await join();
    stuck.socket.pause();
    for (let id = 0; id < 40; id += 1) stuck.send({ jsonrpc: "2.0", id, method: "overview", params: {} });
    await eventually(() => server.counts().clients === 1, "the client that does not read is dropped");
    expect(log).toContainEqual({
      level: "warn",
      code: "rpc.clientDropped",
      args: { reason: "does not read", alsoSince: 0 },
    });
    expect((await good.request(1, "overview", {})).result).toBeDefined();
  });
});
