import { describe, expect, test } from "vitest";
import type { EngineConnection } from "../../src/engine/client.ts";
import { calls } from "../../src/engine/protocol/rpc.ts";
import { EngineLink } from "../../src/mcp/engineLink.ts";
import { ToolFailure } from "../../src/mcp/failure.ts";

const signal = new AbortController().signal;
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** An engine that answers when it is told to. */
class FakeEngine {
  readonly waiting: (() => void)[] = [];
  closed: ((reason: never) => void) | null = null;
  disposed = 0;
  readonly connection = {
    call: (_call: unknown, _params: unknown) => new Promise((resolve) => this.waiting.push(() => resolve("answer"))),
    onClosed: (listener: (reason: never) => void) => {
      this.closed = listener;
      return { dispose: () => undefined };
    },
    dispose: () => void this.disposed++,
  } as unknown as EngineConnection;
}

function link(engines: (FakeEngine | Error)[]) {
  const clock = { ms: 0 };
  let connects = 0;
  const one = new EngineLink({
    connect: () => {
      const next = engines[connects++];
      if (next === undefined) throw new Error("connected once too often");
      return next instanceof Error ? Promise.reject(next) : Promise.resolve(next.connection);
    },
    monotonicMs: () => clock.ms,
  });
  return { link: one, clock, connects: () => connects };
}

describe("the way to the engine", () => {
  test("is made with the first request, shared, and made again with the first after it was lost", async () => {
    const engines = [new FakeEngine(), new FakeEngine()];
    const { link: one, connects } = link(engines);
    expect([one.isOpen, connects()]).toEqual([false, 0]);
    const both = Promise.all([one.call(calls.overview, {}, signal), one.call(calls.guard, {}, signal)]);
    await turn();
    for (const answer of engines[0]?.waiting ?? []) answer();
    expect(await both).toEqual(["answer", "answer"]);
    engines[0]?.closed?.(undefined as never);
    await turn();
    // Not by itself: an engine that was stopped stays stopped until somebody asks.
    expect([one.isOpen, connects()]).toEqual([false, 1]);
    const again = one.call(calls.overview, {}, signal);
    await turn();
    engines[1]?.waiting[0]?.();
    expect(await again).toBe("answer");
  });

  test("lets a crowd wait here, below what the engine takes of one client, and loses nobody", async () => {
    const engine = new FakeEngine();
    const { link: one } = link([engine]);
    const gone = new AbortController();
    const asked = Array.from({ length: 100 }, (_, at) =>
      one
        .call(calls.overview, {}, at === 50 ? gone.signal : signal)
        .catch((error: unknown) => (error as ToolFailure).code),
    );
    await turn();
    expect(engine.waiting.length).toBe(32);
    gone.abort();
    for (let answered = 0; answered < 99; answered++) {
      await turn();
      expect(engine.waiting.length - answered).toBeLessThanOrEqual(32);
      engine.waiting[answered]?.();
    }
    const answers = await Promise.all(asked);
    expect(answers.filter((answer) => answer === "answer")).toHaveLength(99);
    expect(answers[50]).toBe("aborted");
  });

  test("that cannot be made is told to everybody, and tried again after a pause, not by each", async () => {
    const engine = new FakeEngine();
    const { link: one, clock, connects } = link([new ToolFailure("engine.failed"), engine]);
    await expect(one.call(calls.overview, {}, signal)).rejects.toMatchObject({ code: "engine.failed" });
    for (let at = 0; at < 10; at++)
      await expect(one.call(calls.overview, {}, signal)).rejects.toMatchObject({ code: "engine.failed" });
    expect(connects()).toBe(1);
    clock.ms = 2_000;
    const answer = one.call(calls.overview, {}, signal);
    await turn();
    engine.waiting[0]?.();
    expect(await answer).toBe("answer");
  });

  test("ends with the door: what is asked after it is refused", async () => {
    const engine = new FakeEngine();
    const { link: one } = link([engine]);
    const asked = one.call(calls.overview, {}, signal);
    await turn();
    engine.waiting[0]?.();
    await asked;
    one.dispose();
    await turn();
    expect(engine.disposed).toBe(1);
    await expect(one.call(calls.overview, {}, signal)).rejects.toMatchObject({ code: "rpc.closed" });
  });
});
