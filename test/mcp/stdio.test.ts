import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import type { EngineConnection } from "../../src/engine/client.ts";
import { calls } from "../../src/engine/protocol/rpc.ts";
import { serveAgents } from "../../src/mcp/main.ts";

/** The door over a pair of streams, without a process, in front of an engine that only knows an empty machine. */
function serve(answer?: (method: string, params: object) => Promise<unknown>) {
  const input = new PassThrough();
  const output = new PassThrough();
  const interrupt = new AbortController();
  const names: string[] = [];
  let disposed = 0;
  let text = "";
  output.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const connection = {
    call: ({ method }: { method: string }, params: object) =>
      answer?.(method, params) ?? Promise.resolve({ wallMs: 1, host: null, swarms: [] }),
    onClosed: () => ({ dispose: () => undefined }),
    dispose: () => void disposed++,
  } as unknown as EngineConnection;
  const done = serveAgents({
    ...{ version: "1", input, output, interrupt: interrupt.signal },
    connect: (name) => {
      names.push(name);
      return Promise.resolve(connection);
    },
  });
  const messages = () =>
    text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as { id?: number; result?: Record<string, unknown>; error?: object });
  return { input, output, interrupt, done, names, messages, disposed: () => disposed };
}

function opening(id: number): string {
  const params = {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "a\u001b[31m b\n", version: "1" },
  };
  return `${JSON.stringify({ jsonrpc: "2.0", id, method: "initialize", params })}\n`;
}

function call(id: number, name: string, args: unknown = {}): string {
  return `${JSON.stringify({ jsonrpc: "2.0", id, method: "tools/call", params: { name, arguments: args } })}\n`;
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 5_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error("not within 5 s");
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe("the door over two streams", () => {
  test("joins the engine with the first request, under the client's own name, cleaned, and leaves it at the end", async () => {
    const door = serve();
    door.input.write(opening(1));
    await until(() => door.messages().some(({ id }) => id === 1));
    expect(door.names).toEqual([]);
    door.input.write(call(2, "swarm_status"));
    await until(() => door.messages().some(({ id }) => id === 2));
    expect(door.names).toEqual([`a b ${process.ppid}`]);
    door.input.end();
    await door.done;
    await until(() => door.disposed() === 1);
  });

  test("goes on after what is no message, and answers each that is one", async () => {
    const door = serve();
    door.input.write('hello\n\n[]\n{}\n{"jsonrpc":"2.0"}\nnull\n\u0000\n');
    door.input.write(opening(1));
    door.input.write('{"jsonrpc":"2.0","id":2,"method":"tools/call"}\n{"jsonrpc":"2.0","id":3,"method":"no/such"}\n');
    door.input.write(call(4, "swarm_status"));
    await until(() => door.messages().some(({ id }) => id === 4));
    await until(() =>
      [2, 3].every((id) => door.messages().some((message) => message.id === id && message.error !== undefined)),
    );
    expect(door.messages().find(({ id }) => id === 4)?.result).toMatchObject({ structuredContent: { swarms: [] } });
    door.input.end();
    await door.done;
  });

  test("ends by itself after a message without end, when nobody reads, and when it is interrupted", async () => {
    const endless = serve();
    const piece = Buffer.alloc(1 << 20, "x");
    for (let at = 0; at < 5; at++) endless.input.write(piece);
    await endless.done;
    const broken = serve();
    broken.output.destroy(new Error("EPIPE"));
    await broken.done;
    const interrupted = serve();
    interrupted.interrupt.abort();
    await interrupted.done;
  });
});

/** An engine that grants what it is asked for when it is told to, whether or not anybody still waits. */
class SlowLender {
  readonly leases = new Set<string>();
  readonly #open: (() => void)[] = [];
  #asked = 0;

  readonly answer = (method: string, params: object): Promise<unknown> => {
    if (method === calls.capacityRelease.method) {
      const { leaseId } = params as { leaseId: string };
      return Promise.resolve({ leaseId, ended: "released", now: this.leases.delete(leaseId) });
    }
    const { lane, units, key } = params as { lane: string; units: number; key?: string };
    this.#asked++;
    const id = key ?? `lease ${this.#asked}`;
    this.leases.add(id);
    const lease = { id, lane, units, memoryBytes: null, untilMs: 9 };
    return new Promise((resolve) => this.#open.push(() => resolve({ kind: "granted", lease })));
  };

  get asked(): number {
    return this.#asked;
  }

  grant(): void {
    for (const give of this.#open.splice(0)) give();
  }
}

const OTHER = "01a21866-3d3f-7544-bd6a-f701c3874831";
const cancel = (requestId: number) =>
  `${JSON.stringify({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId } })}\n`;

describe("capacity that nobody takes", () => {
  test("goes back when its caller has given up, and what another caller was told of stays", async () => {
    const lender = new SlowLender();
    const door = serve(lender.answer);
    door.input.write(opening(1));
    await until(() => door.messages().some(({ id }) => id === 1));
    for (const id of [2, 3]) door.input.write(call(id, "request_capacity"));
    await until(() => lender.asked === 2);
    door.input.write(cancel(2));
    door.input.write(call(4, "release_capacity", { leaseId: OTHER }));
    await until(() => door.messages().some(({ id }) => id === 4));
    lender.grant();
    await until(() => door.messages().some(({ id }) => id === 3));
    await until(() => lender.leases.size === 1);
    expect([...lender.leases]).toEqual(["lease 2"]);
    door.input.end();
    await door.done;
    expect(lender.leases.size).toBe(0);
  });

  test("goes back when giving up has crossed the answer, but not what another answer has told of since", async () => {
    const lender = new SlowLender();
    const door = serve(lender.answer);
    const answered = (wanted: number) => until(() => door.messages().some(({ id }) => id === wanted));
    door.input.write(opening(1));
    await answered(1);
    for (const [id, args] of [
      [2, {}],
      [3, { key: "k" }],
      [4, { key: "k" }],
    ] as const) {
      door.input.write(call(id, "request_capacity", args));
      await until(() => lender.asked === id - 1);
      lender.grant();
      await answered(id);
    }
    expect([...lender.leases]).toEqual(["lease 1", "k"]);
    for (const id of [2, 3, 99]) door.input.write(cancel(id));
    await until(() => lender.leases.size === 1);
    door.input.write(call(5, "release_capacity", { leaseId: OTHER }));
    await answered(5);
    expect([...lender.leases]).toEqual(["k"]);
    door.input.end();
    await door.done;
  });

  test("stays where it was asked for once more under the same word, or had been given before", async () => {
    const lender = new SlowLender();
    const door = serve(lender.answer);
    door.input.write(opening(1));
    await until(() => door.messages().some(({ id }) => id === 1));
    const same = { key: "k" };
    for (const id of [2, 3]) door.input.write(call(id, "request_capacity", same));
    await until(() => lender.asked === 2);
    door.input.write(cancel(2));
    door.input.write(call(7, "release_capacity", { leaseId: OTHER }));
    await until(() => door.messages().some(({ id }) => id === 7));
    lender.grant();
    await until(() => door.messages().some(({ id }) => id === 3));
    door.input.write(call(4, "request_capacity", same));
    await until(() => lender.asked === 3);
    door.input.write(cancel(4));
    door.input.write(call(5, "release_capacity", { leaseId: OTHER }));
    await until(() => door.messages().some(({ id }) => id === 5));
    lender.grant();
    door.input.write(call(6, "release_capacity", { leaseId: OTHER }));
    await until(() => door.messages().some(({ id }) => id === 6));
    expect([...lender.leases]).toEqual(["k"]);
    door.input.end();
    await door.done;
  });

  test("goes back when the connection ends with the very request, or while it is asked for", async () => {
    const prompt = new SlowLender();
    const brief = serve((method, params) => {
      const answer = prompt.answer(method, params);
      prompt.grant();
      return answer;
    });
    brief.input.write(opening(1));
    await until(() => brief.messages().some(({ id }) => id === 1));
    for (const id of [2, 3, 4]) brief.input.write(call(id, "request_capacity"));
    brief.input.end();
    await brief.done;
    await until(() => prompt.leases.size === 0);

    const lender = new SlowLender();
    const door = serve(lender.answer);
    door.input.write(opening(1));
    await until(() => door.messages().some(({ id }) => id === 1));
    for (const id of [2, 3, 4]) door.input.write(call(id, "request_capacity"));
    await until(() => lender.asked === 3);
    door.input.end();
    await new Promise((resolve) => setImmediate(resolve));
    lender.grant();
    await door.done;
    expect(lender.leases.size).toBe(0);
  });
});
