import { describe, expect, test } from "vitest";
import { ManualClock } from "../../../src/engine/common/clock.ts";
import type { Disposable } from "../../../src/engine/common/disposable.ts";
import { type Coded, CodedError } from "../../../src/engine/common/errors.ts";
import { Emitter } from "../../../src/engine/common/event.ts";
import type { InitializeResult, Topic } from "../../../src/engine/protocol/rpc.ts";
import { EngineSession, MAX_STARTS } from "../../../src/engine/client/session.ts";
import type { ClientOptions, EngineConnection, SessionState } from "../../../src/engine/client/types.ts";

const options: ClientOptions = {
  role: "operator",
  client: { name: "t", version: "1.0.0", kind: "test" },
  start: true,
  distFolder: "/nowhere",
};

class FakeConnection implements EngineConnection {
  readonly info: InitializeResult;
  readonly subscribed: [Topic, boolean][] = [];
  listeners: ((state: never, seq: number) => void)[] = [];
  disposed = false;
  readonly #closed = new Emitter<Coded>();

  constructor(epoch: number) {
    this.info = { epoch } as InitializeResult;
  }

  call = () => Promise.reject(new CodedError("test.absent"));

  async subscribe(topic: Topic, looking: boolean, listener: (state: never, seq: number) => void): Promise<Disposable> {
    this.subscribed.push([topic, looking]);
    this.listeners.push(listener);
    return { dispose: () => (this.listeners = this.listeners.filter((one) => one !== listener)) };
  }

  readonly onClosed = this.#closed.on;

  lose(): void {
    this.#closed.emit({ code: "rpc.closed", args: {} });
  }

  dispose(): void {
    this.disposed = true;
    this.lose();
  }
}

/** What each attempt does, and the time between them, in the test's hands. */
class World {
  readonly clock = new ManualClock();
  readonly states: SessionState[] = [];
  readonly attempts: ClientOptions[] = [];
  readonly session: EngineSession;
  plan: (given: ClientOptions, signal: AbortSignal) => Promise<EngineConnection>;
  #timer: { readonly callback: () => void; readonly atMs: number } | null = null;

  constructor(plan: World["plan"]) {
    this.plan = plan;
    this.session = new EngineSession(options, {
      connect: (given, signal) => {
        this.attempts.push(given);
        return this.plan(given, signal);
      },
      clock: this.clock,
      rng: () => 1,
      setTimer: (callback, ms) => {
        const timer = { callback, atMs: this.clock.monotonicMs() + ms };
        this.#timer = timer;
        return { dispose: () => void (this.#timer === timer && (this.#timer = null)) };
      },
    });
    this.session.onState((state) => this.states.push(state));
  }

  get waitMs(): number | null {
    return this.#timer === null ? null : this.#timer.atMs - this.clock.monotonicMs();
  }

  /** Lets time pass to the next retry, and the retry happen. */
  async retry(): Promise<void> {
    const timer = this.#timer;
    if (timer === null) throw new Error("no retry is waiting");
    this.#timer = null;
    this.clock.advance(Math.max(0, timer.atMs - this.clock.monotonicMs()));
    timer.callback();
    await settled();
  }

  get kinds(): string[] {
    return this.states.map((state) => state.kind);
  }
}

/** Promise callbacks that are due have run. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

const refuse = (code: string) => () => Promise.reject(new CodedError(code));

/** As the real one does when it starts a keeper and fails. */
const startAndFail = (given: ClientOptions) => {
  if (!given.start) return Promise.reject(new CodedError("engine.notRunning"));
  given.onProgress?.({ code: "engine.starting", args: {} });
  return Promise.reject(new CodedError("keeper.died", { exitCode: 1 }));
};

describe("session", () => {
  test("connects when told to, and says so", async () => {
    const connection = new FakeConnection(1);
    const world = new World(async () => connection);
    expect(world.session.state.kind).toBe("idle");
    world.session.start();
    world.session.start();
    await settled();
    expect(world.kinds).toEqual(["connecting", "connected"]);
    expect(await world.session.connection()).toBe(connection);
  });

  test("is not begun after its end", async () => {
    const world = new World(async () => new FakeConnection(1));
    world.session.dispose();
    world.session.start();
    await settled();
    expect(world.session.state.kind).toBe("idle");
    expect(world.kinds).not.toContain("connecting");
  });

  test("whoever asked before gets the connection when it stands", async () => {
    const connection = new FakeConnection(1);
    const world = new World(async () => connection);
    const asked = world.session.connection();
    world.session.start();
    expect(await asked).toBe(connection);
  });

  test("waits longer after each failure, up to five seconds, and tells when it tries again", async () => {
    const world = new World(refuse("engine.unresponsive"));
    world.session.start();
    await settled();
    const waits: (number | null)[] = [];
    for (let n = 0; n < 7; n += 1) {
      waits.push(world.waitMs);
      const state = world.session.state;
      expect(state).toMatchObject({ kind: "waiting", reason: { code: "engine.unresponsive" } });
      if (state.kind === "waiting") expect(state.retryAtMs).toBe(world.clock.wallMs() + (world.waitMs ?? 0));
      await world.retry();
    }
    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 5000, 5000]);
  });

  test("subscriptions are carried over to the next connection, with the looking of the moment", async () => {
    const connections = [new FakeConnection(1), new FakeConnection(2)];
    let next = 0;
    const world = new World(async () => connections[next++] as FakeConnection);
    const heard: number[] = [];
    const subscription = world.session.subscribe("overview", true, (_, seq) => heard.push(seq));
    world.session.start();
    await settled();
    expect(connections[0]?.subscribed).toEqual([["overview", true]]);
    subscription.setLooking(false);
    await settled();
    expect(connections[0]?.subscribed.at(-1)).toEqual(["overview", false]);
    expect(connections[0]?.listeners).toHaveLength(1);
    connections[0]?.lose();
    expect(world.session.state.kind).toBe("waiting");
    await world.retry();
    expect(connections[1]?.subscribed).toEqual([["overview", false]]);
    connections[1]?.listeners[0]?.({} as never, 7);
    expect(heard).toEqual([7]);
    subscription.dispose();
    expect(connections[1]?.listeners).toHaveLength(0);
  });

  test("looking that changes quickly ends as it was last set, with one listener", async () => {
    const connection = new FakeConnection(1);
    const world = new World(async () => connection);
    world.session.start();
    await settled();
    const subscription = world.session.subscribe("overview", false, () => undefined);
    for (let n = 0; n < 11; n += 1) subscription.setLooking(n % 2 === 0);
    await settled();
    expect(connection.subscribed.at(-1)).toEqual(["overview", true]);
    expect(connection.listeners).toHaveLength(1);
    subscription.setLooking(false);
    subscription.dispose();
    await settled();
    expect(connection.listeners).toHaveLength(0);
  });

  test(`starts an engine at most ${MAX_STARTS} times in three minutes, then fails with the last reason`, async () => {
    const world = new World(startAndFail);
    world.session.start();
    await settled();
    while (world.session.state.kind === "waiting") await world.retry();
    expect(world.attempts.filter((given) => given.start)).toHaveLength(MAX_STARTS);
    expect(world.session.state).toMatchObject({
      kind: "failed",
      reason: { code: "engine.failed", args: { starts: MAX_STARTS, detail: "keeper.died" } },
    });
    expect(world.waitMs).toBeNull();
  });

  test("with its starts used up it still joins an engine that somebody else has started", async () => {
    const world = new World(startAndFail);
    world.session.start();
    await settled();
    for (let n = 1; n < MAX_STARTS; n += 1) await world.retry();
    const connection = new FakeConnection(9);
    world.plan = async (given) => {
      expect(given.start).toBe(false);
      return connection;
    };
    await world.retry();
    expect(world.session.state.kind).toBe("connected");
  });

  test("starts long ago do not count", async () => {
    const world = new World(startAndFail);
    world.session.start();
    await settled();
    for (let n = 1; n < MAX_STARTS; n += 1) await world.retry();
    world.clock.advance(180_001);
    await world.retry();
    expect(world.attempts.every((given) => given.start)).toBe(true);
    expect(world.session.state.kind).toBe("waiting");
  });

  test.each([
    "engine.failed",
    "client.outdated",
    "node.missing",
    "node.tooOld",
    "state.unwritable",
    "install.incomplete",
  ])("%s fails at once: trying again would not help; `restart` tries again", async (code) => {
    const world = new World(refuse(code));
    world.session.start();
    await settled();
    expect(world.session.state).toEqual({ kind: "failed", reason: { code, args: {} } });
    await expect(world.session.connection()).rejects.toMatchObject({ code });
    world.plan = async () => new FakeConnection(1);
    world.session.restart();
    await settled();
    expect(world.session.state.kind).toBe("connected");
  });

  test("`restart` while waiting tries at once and forgets the starts", async () => {
    const world = new World(startAndFail);
    world.session.start();
    await settled();
    for (let n = 1; n < MAX_STARTS; n += 1) await world.retry();
    world.session.restart();
    await settled();
    expect(world.attempts.at(-1)?.start).toBe(true);
    expect(world.waitMs).toBe(250);
  });

  test("a connection that held resets the waiting, one that broke at once does not", async () => {
    let connection = new FakeConnection(1);
    const world = new World(async () => (connection = new FakeConnection(1)));
    world.session.start();
    await settled();
    connection.lose();
    expect(world.waitMs).toBe(250);
    await world.retry();
    connection.lose();
    expect(world.waitMs).toBe(500);
    await world.retry();
    world.clock.advance(10_000);
    connection.lose();
    expect(world.waitMs).toBe(250);
  });

  test("asking for a connection can be aborted, and ends with the session", async () => {
    const world = new World(() => new Promise(() => undefined));
    world.session.start();
    const controller = new AbortController();
    const aborted = world.session.connection(controller.signal);
    const open = world.session.connection();
    controller.abort();
    await expect(aborted).rejects.toMatchObject({ code: "aborted" });
    world.session.dispose();
    await expect(open).rejects.toMatchObject({ code: "session.disposed" });
    await expect(world.session.connection()).rejects.toMatchObject({ code: "session.disposed" });
  });

  test("disposal aborts the attempt, ends the connection and cancels the retry", async () => {
    let signal: AbortSignal | null = null;
    let finish: (connection: EngineConnection) => void = () => undefined;
    const connecting = new World((_, given) => {
      signal = given;
      return new Promise((resolve) => (finish = resolve));
    });
    connecting.session.start();
    connecting.session.dispose();
    expect((signal as AbortSignal | null)?.aborted).toBe(true);
    const late = new FakeConnection(1);
    finish(late);
    await settled();
    expect(late.disposed).toBe(true);

    const connection = new FakeConnection(1);
    const connected = new World(async () => connection);
    connected.session.start();
    await settled();
    connected.session.dispose();
    expect(connection.disposed).toBe(true);
    expect(connected.waitMs).toBeNull();

    const waiting = new World(refuse("engine.unresponsive"));
    waiting.session.start();
    await settled();
    waiting.session.dispose();
    expect(waiting.waitMs).toBeNull();
  });
});
