import { Duplex, duplexPair } from "node:stream";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { KeeperClient } from "../../../src/engine/act/keeperClient.ts";
import { type KeeperRequest, keeperRequest } from "../../../src/engine/protocol/keeper.ts";

const never = new AbortController().signal;
const HELLO = { ok: true, protocol: 1, keeperPid: 77, engineStarts: 3 };

/** The far end: collects what the client asks, answers what the test says. */
class FakeKeeper {
  readonly stream: Duplex;
  readonly asked: KeeperRequest[] = [];

  constructor(stream: Duplex, answer: (request: KeeperRequest) => object | string | null) {
    this.stream = stream;
    stream.on("error", () => {});
    let text = "";
    stream.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      const lines = text.split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) {
        const request = keeperRequest.parse(JSON.parse(line));
        this.asked.push(request);
        const reply = request.op === "hello" ? HELLO : answer(request);
        if (reply !== null) this.say(typeof reply === "string" ? reply : { id: request.id, ...reply });
      }
    });
  }

  say(message: object | string): void {
    this.stream.write(`${typeof message === "string" ? message : JSON.stringify(message)}\n`);
  }
}

async function connectTo(answer: (request: KeeperRequest) => object | string | null, deadlineMs = 5_000) {
  const [near, far] = duplexPair();
  const keeper = new FakeKeeper(far, answer);
  const client = await KeeperClient.connect(near, { epoch: 4, deadlineMs }, never);
  return { client, keeper, near };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe("answers", () => {
  test("hello tells who the keeper is; acting requests carry the epoch", async () => {
    const { client, keeper } = await connectTo(() => ({ ok: true, pid: 12, startTime: 99 }));
    expect([client.keeperPid, client.engineStarts]).toEqual([77, 3]);
    const request = { spawnId: "a.b", command: "cat", args: ["-"], cwd: "/", env: { A: "1" }, spoolBytes: 4096 };
    expect(await client.spawn(request, never)).toEqual({ pid: 12, startTime: 99 });
    await client.write("a.b", "x", never);
    expect(keeper.asked.slice(1)).toMatchObject([
      { op: "spawn", epoch: 4, ...request },
      { op: "write", epoch: 4, spawnId: "a.b", data: "x" },
    ]);
  });

  test("a start time the keeper does not know is null, not a number", async () => {
    const { client } = await connectTo(() => ({ ok: true, pid: 12 }));
    const request = { spawnId: "a.b", command: "cat", args: [], cwd: "/", env: {}, spoolBytes: 4096 };
    expect(await client.spawn(request, never)).toEqual({ pid: 12, startTime: null });
  });

  test("read gives the bytes and where they begin", async () => {
    const data = Buffer.from([0, 255, 10]).toString("base64");
    const { client } = await connectTo(() => ({ ok: true, data, offset: 7, endOffset: 10 }));
    const chunk = await client.read("a.b", "stdout", 5, 100, never);
    expect([[...chunk.data], chunk.offset, chunk.endOffset]).toEqual([[0, 255, 10], 7, 10]);
  });

  test("signal is false when nothing is left, and every other refusal is an error with its code", async () => {
    const { client } = await connectTo((request) =>
      request.op === "signal" ? { ok: false, error: "gone" } : { ok: false, error: "stale-epoch", detail: "9" },
    );
    expect(await client.signal("a.b", "SIGTERM", never)).toBe(false);
    await expect(client.forget("a.b", never)).rejects.toMatchObject({
      code: "keeper.stale-epoch",
      args: { op: "forget", spawnId: "a.b", detail: "9" },
    });
  });

  test("answers out of order go to their own questions", async () => {
    const { client, keeper } = await connectTo(() => null);
    const first = client.list(never);
    const second = client.read("a.b", "stderr", 0, 1, never);
    await turn();
    const [, listed, read] = keeper.asked;
    keeper.say({ id: read?.id, ok: true, data: "", offset: 0, endOffset: 0 });
    keeper.say({ id: listed?.id, ok: true, processes: [] });
    expect(await first).toEqual([]);
    expect((await second).endOffset).toBe(0);
  });

  test("a beat waits for nothing, and its answer disturbs nobody", async () => {
    const { client, keeper } = await connectTo((request) => ({
      ok: true,
      ...(request.op === "list" ? { processes: [] } : {}),
    }));
    client.beat();
    expect(await client.list(never)).toEqual([]);
    expect(keeper.asked.map(({ op }) => op)).toEqual(["hello", "beat", "list"]);
  });

  test("an answer that is not as agreed rejects its question only", async () => {
    const { client } = await connectTo((request) => (request.op === "list" ? { ok: "yes" } : { ok: true }));
    await expect(client.list(never)).rejects.toMatchObject({ code: "keeper.protocol" });
    await expect(client.read("a.b", "stdout", 0, 1, never)).rejects.toMatchObject({ code: "keeper.protocol" });
    await client.forget("a.b", never);
  });

  test("an older keeper is refused at hello", async () => {
    const [near, far] = duplexPair();
    far.on("data", () => void far.write('{"id":1,"ok":true,"protocol":0,"keeperPid":1}\n'));
    await expect(KeeperClient.connect(near, { epoch: 1 }, never)).rejects.toMatchObject({ code: "keeper.protocol" });
    expect(near.destroyed).toBe(true);
  });

  test("a bad epoch is refused by name", async () => {
    const [near] = duplexPair();
    await expect(KeeperClient.connect(near, { epoch: 0 }, never)).rejects.toThrow(
      "epoch must be an integer ≥ 1, got 0",
    );
  });
});

describe("events", () => {
  test("reach every listener until it unsubscribes; unknown ones are ignored", async () => {
    const { client, keeper } = await connectTo(() => ({ ok: true, processes: [] }));
    const seen: string[] = [];
    const subscription = client.onEvent((event) => seen.push(event.event));
    keeper.say({ event: "output", spawnId: "a.b", stream: "stdout", endOffset: 3 });
    keeper.say({ event: "something-new", spawnId: "a.b" });
    keeper.say({ event: "exit", spawnId: "a.b", code: 0, signal: null });
    await client.list(never);
    subscription.dispose();
    keeper.say({ event: "exit", spawnId: "a.c", code: 0, signal: null });
    await client.list(never);
    expect(seen).toEqual(["output", "exit"]);
  });
});

describe("every call settles", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
  afterEach(() => void vi.useRealTimers());

  test("at its deadline, and a late answer is dropped", async () => {
    const { client, keeper } = await connectTo(() => null, 1_000);
    const call = client.list(never);
    const settled = expect(call).rejects.toMatchObject({
      code: "keeper.deadline",
      args: { op: "list", afterMs: 1_000 },
    });
    await turn();
    vi.advanceTimersByTime(1_000);
    await settled;
    keeper.say({ id: keeper.asked[1]?.id, ok: true, processes: [] });
    await turn();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("on abort, before and after it was sent", async () => {
    const { client, keeper } = await connectTo(() => null);
    const abort = new AbortController();
    const call = client.closeStdin("a.b", abort.signal);
    abort.abort();
    await expect(call).rejects.toMatchObject({ code: "keeper.aborted", args: { op: "closeStdin", spawnId: "a.b" } });
    await expect(client.list(abort.signal)).rejects.toMatchObject({ code: "keeper.aborted" });
    await turn();
    expect(keeper.asked.map(({ op }) => op)).toEqual(["hello", "closeStdin"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test.each([
    ["the keeper's end closes", (keeper: FakeKeeper) => void keeper.stream.end()],
    ["the stream breaks", (_: FakeKeeper, near: Duplex) => void near.destroy(new Error("broken"))],
    ["the keeper talks nonsense", (keeper: FakeKeeper) => keeper.say("}{")],
    ["we close it", (_: FakeKeeper, __: Duplex, client: KeeperClient) => client.close()],
  ])("when %s: all that is pending, all later calls, and onLost once", async (_name, breakIt) => {
    const { client, keeper, near } = await connectTo(() => null);
    const told: string[] = [];
    client.onLost((reason) => told.push(reason.code));
    const calls = [client.list(never), client.forget("a.b", never)];
    const settled = Promise.allSettled(calls);
    await turn();
    breakIt(keeper, near, client);
    expect(
      (await settled).map((result) => result.status === "rejected" && (result.reason as { code: string }).code),
    ).toEqual(["keeper.lost", "keeper.lost"]);
    await expect(client.list(never)).rejects.toMatchObject({ code: "keeper.lost" });
    client.beat();
    await turn();
    expect(told).toEqual(["keeper.lost"]);
    expect(vi.getTimerCount()).toBe(0);
    const late = new Promise((resolve) => client.onLost((reason) => resolve(reason.code)));
    expect(await late).toBe("keeper.lost");
  });
});
