import { type Duplex, duplexPair } from "node:stream";
import { expect, test, vi } from "vitest";
import { EngineChannel, type RequestHandler } from "../../../src/engine/keeper/channel.ts";

function open(handle: RequestHandler = ({ id }) => ({ id, ok: true })): {
  channel: EngineChannel;
  engine: Duplex;
  heard: object[];
} {
  const [near, engine] = duplexPair();
  return { channel: new EngineChannel(near, handle), engine, heard: [] };
}

/** Collects whole lines from now on. */
function listen(engine: Duplex, heard: object[]): void {
  let text = "";
  engine.on("data", (chunk: Buffer) => {
    const lines = (text + chunk.toString()).split("\n");
    text = lines.pop() ?? "";
    for (const line of lines) heard.push(JSON.parse(line) as object);
  });
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

const output = (endOffset: number, stream: "stdout" | "stderr" = "stdout") =>
  ({ event: "output", spawnId: "a.b", stream, endOffset }) as const;

test("output of one stream is told once a round with its latest end, and before the exit", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    const { channel, engine, heard } = open();
    listen(engine, heard);
    for (let end = 1; end <= 100; end++) channel.event(output(end));
    channel.event(output(7, "stderr"));
    await turn();
    expect(heard).toEqual([]);
    vi.advanceTimersByTime(10);
    await turn();
    expect(heard).toEqual([output(100), output(7, "stderr")]);
    channel.event(output(105));
    channel.event({ event: "exit", spawnId: "a.b", code: 0, signal: null });
    await turn();
    expect(heard.slice(2)).toEqual([output(105), { event: "exit", spawnId: "a.b", code: 0, signal: null }]);
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

test("an engine that does not read holds up a bounded number of events, and gets the latest when it does", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    const { channel, engine, heard } = open();
    for (let end = 1; end <= 5_000; end++) {
      channel.event(output(end));
      vi.advanceTimersByTime(10);
    }
    listen(engine, heard);
    while (!heard.some((event) => (event as { endOffset: number }).endOffset === 5_000)) await turn();
    // Each is about 75 bytes; the stream takes 64 KiB at each end before it says stop.
    expect(heard.length).toBeLessThan(2_500);
  } finally {
    vi.useRealTimers();
  }
});

test("after its engine has ended a channel neither hears nor says anything", async () => {
  const asked: string[] = [];
  let answer: (() => void) | null = null;
  const { channel, engine, heard } = open(({ id, op }) => {
    asked.push(op);
    return new Promise((resolve) => {
      answer = () => resolve({ id, ok: true });
    });
  });
  engine.on("error", () => {});
  listen(engine, heard);
  engine.write('{"op":"list","id":1}\n');
  await turn();
  channel.dispose();
  (answer as (() => void) | null)?.();
  channel.event(output(1));
  channel.event({ event: "exit", spawnId: "a.b", code: 0, signal: null });
  engine.write('{"op":"list","id":2}\n');
  await turn();
  expect(asked).toEqual(["list"]);
  expect(heard).toEqual([]);
});

test("a handler that throws answers io with the reason", async () => {
  const { engine, heard } = open(() => {
    throw new Error("broken disk");
  });
  listen(engine, heard);
  engine.write('{"op":"list","id":5}\n');
  await turn();
  expect(heard).toEqual([{ id: 5, ok: false, error: "io", detail: "Error: broken disk" }]);
});
