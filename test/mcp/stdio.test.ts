import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import type { EngineConnection } from "../../src/engine/client.ts";
import { serveAgents } from "../../src/mcp/main.ts";

/** The door over a pair of streams, without a process, in front of an engine that only knows an empty machine. */
function serve() {
  const input = new PassThrough();
  const output = new PassThrough();
  const interrupt = new AbortController();
  const names: string[] = [];
  let disposed = 0;
  let text = "";
  output.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const connection = {
    call: () => Promise.resolve({ wallMs: 1, host: null, swarms: [] }),
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
