import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Paths } from "../../../src/engine/common/paths.ts";
import { openConnection } from "../../../src/engine/client/connection.ts";
import { endpointFile } from "../../../src/engine/protocol/files.ts";
import {
  type CallProgress,
  PROGRESS_INTERVAL_MS,
  PROGRESS_METHOD,
  PROGRESS_TOKEN,
} from "../../../src/engine/protocol/progress.ts";
import { calls, OLDEST_PROTOCOL_VERSION, PROTOCOL_VERSION } from "../../../src/engine/protocol/rpc.ts";
import type { Handlers } from "../../../src/engine/serve/handlers.ts";
import { ProgressSender, takeToken } from "../../../src/engine/serve/progressSender.ts";
import type { RpcServer } from "../../../src/engine/serve/rpcServer.ts";
import { profileSample } from "../../cli/profileSample.ts";
import { RawClient, startTestServer, temporaryPaths, testClient } from "./serverFixture.ts";

const at = (percent: number): CallProgress => ({
  step: { code: "test.step", args: { percent } },
  doneRatio: percent / 100,
});
const asked = {
  ...{ process: { pid: 7, startTime: 1 }, durationMs: 1_000, components: ["cpu" as const], consent: false },
};

/** A transport and a clock that tests move by hand. */
function rig() {
  const sent: { readonly percent: unknown; readonly token: unknown }[] = [];
  let taken: () => void = () => undefined;
  const timers = new Set<{ readonly callback: () => void; readonly ms: number }>();
  const sender = new ProgressSender(9, {
    send: (frame, onSent) => {
      const text = frame.toString("utf8");
      const { method, params } = JSON.parse(text.slice(text.indexOf("{")));
      expect(method).toBe(PROGRESS_METHOD);
      sent.push({ percent: params.step.args.percent, token: params.token });
      taken = onSent;
    },
    setTimer: (callback, ms) => {
      const timer = { callback, ms };
      timers.add(timer);
      return { dispose: () => void timers.delete(timer) };
    },
  });
  return {
    sender,
    percents: () => sent.map(({ percent }) => percent),
    sent,
    taken: () => taken(),
    timers,
    pass: () => {
      const [timer] = timers;
      if (timer === undefined) throw new Error("nothing waits");
      expect(timer.ms).toBe(PROGRESS_INTERVAL_MS);
      timers.delete(timer);
      timer.callback();
    },
  };
}

describe("how far a call is", () => {
  test("goes out at once, then the newest after the pause, and never one for each that was said", () => {
    const { sender, percents, taken, pass, timers, sent } = rig();
    for (let percent = 1; percent <= 50; percent++) sender.tell(at(percent));
    expect(percents()).toEqual([1]);
    taken();
    expect(percents()).toEqual([1]);
    pass();
    expect(percents()).toEqual([1, 50]);
    expect(new Set(sent.map(({ token }) => token))).toEqual(new Set([9]));
    taken();
    pass();
    expect(percents()).toEqual([1, 50]);
    expect(timers.size).toBe(0);
    sender.tell(at(51));
    expect(percents()).toEqual([1, 50, 51]);
  });

  test("waits for a client that does not read, with one message and no more", () => {
    const { sender, percents, taken, pass } = rig();
    sender.tell(at(1));
    pass();
    for (let percent = 2; percent <= 90; percent++) sender.tell(at(percent));
    expect(percents()).toEqual([1]);
    taken();
    expect(percents()).toEqual([1, 90]);
  });

  test("is not said any more once the call is over, and leaves no timer", () => {
    const { sender, percents, taken, timers } = rig();
    sender.tell(at(1));
    sender.tell(at(2));
    sender.end();
    taken();
    sender.tell(at(3));
    expect(percents()).toEqual([1]);
    expect(timers.size).toBe(0);
  });

  test("is asked for by a whole number beside the parameters; anything else is left for their schema", () => {
    expect(takeToken({ a: 1, [PROGRESS_TOKEN]: 4 }, PROGRESS_TOKEN)).toEqual({ token: 4, params: { a: 1 } });
    for (const params of [
      undefined,
      null,
      [],
      { a: 1 },
      { [PROGRESS_TOKEN]: "4" },
      { [PROGRESS_TOKEN]: 1.5 },
      { [PROGRESS_TOKEN]: null },
    ])
      expect(takeToken(params, PROGRESS_TOKEN)).toEqual({ token: null, params });
  });
});

describe("between an engine and its clients", () => {
  let paths: Paths & { readonly remove: () => void };
  let server: RpcServer;
  beforeEach(() => {
    paths = temporaryPaths();
  });
  afterEach(async () => {
    await server.close();
    paths.remove();
  });

  const protocol = { min: OLDEST_PROTOCOL_VERSION, max: PROTOCOL_VERSION };
  async function serve(handlers: Partial<Handlers>): Promise<void> {
    ({ server } = await startTestServer(paths, handlers));
  }
  function endpoint() {
    return endpointFile.parse(JSON.parse(readFileSync(paths.endpoint, "utf8")));
  }
  async function client() {
    const options = { role: "operator", client: { name: "t", version: "1", kind: "test" } } as const;
    const connection = await openConnection(endpoint(), options, protocol);
    if (connection === null) throw new Error("nobody listens");
    return connection;
  }

  test("a client that asks hears it, each call its own, and nothing after the answer", async () => {
    let late: (progress: CallProgress) => void = () => undefined;
    await serve({
      profile: async ({ process }, { progress }) => {
        progress({ step: { code: "test.begun", args: { pid: process.pid } }, doneRatio: null });
        late = progress;
        await new Promise((resolve) => setImmediate(resolve));
        return { ...profileSample(), process: { ...process, command: "c" } };
      },
    });
    const connection = await client();
    expect(connection.info.progress).toBe(true);
    const heard: unknown[] = [];
    const run = (pid: number) =>
      connection.call(calls.profile, { ...asked, process: { pid, startTime: 1 } }, undefined, ({ step, doneRatio }) =>
        heard.push([pid, step.args["pid"], doneRatio]),
      );
    const [first, second] = await Promise.all([run(7), run(8)]);
    expect([first.process.pid, second.process.pid]).toEqual([7, 8]);
    expect(heard.toSorted()).toEqual([
      [7, 7, null],
      [8, 8, null],
    ]);
    late(at(99));
    await connection.call(calls.overview, {});
    expect(heard).toHaveLength(2);
    connection.dispose();
  });

  test("a client that does not ask, and one from before, hear nothing", async () => {
    await serve({
      profile: (_, { progress }) => {
        progress(at(10));
        return profileSample();
      },
    });
    const connection = await client();
    expect((await connection.call(calls.profile, asked)).process.pid).toBe(4121);
    connection.dispose();
    const raw = await RawClient.open(paths.socket);
    await raw.request(1, "initialize", { protocol, token: endpoint().tokens.operator, client: testClient });
    const reply = await raw.request(2, "profile/run", asked);
    expect(reply.result).toMatchObject({ process: { pid: 4121 } });
    expect(raw.received.filter(({ method }) => method === PROGRESS_METHOD)).toEqual([]);
    const wrong = await raw.request(3, "profile/run", { ...asked, [PROGRESS_TOKEN]: "x" });
    expect(wrong.error?.data?.code).toBe("params.invalid");
    raw.socket.destroy();
  });

  test("an engine from before is not asked: it would refuse the call", async () => {
    const seen: unknown[] = [];
    await serve({
      profile: (params, { progress }) => {
        seen.push(params);
        progress(at(10));
        return profileSample();
      },
    });
    const connection = await client();
    // What it says of itself is as an older one says it.
    const { progress: _, ...older } = connection.info;
    (connection as unknown as { info: unknown }).info = older;
    const heard: unknown[] = [];
    await connection.call(calls.profile, asked, undefined, (progress) => heard.push(progress));
    expect(seen).toEqual([asked]);
    expect(heard).toEqual([]);
    connection.dispose();
  });

  test("a call that is cancelled is told no more, and its handler may go on saying", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    await serve({
      profile: async (_, { progress, signal }) => {
        progress(at(1));
        await new Promise((done) => signal.addEventListener("abort", done, { once: true }));
        progress(at(2));
        resolve();
        return profileSample();
      },
    });
    const connection = await client();
    const giveUp = new AbortController();
    const heard: CallProgress[] = [];
    const call = connection.call(calls.profile, asked, giveUp.signal, (progress) => {
      heard.push(progress);
      giveUp.abort();
    });
    await expect(call).rejects.toMatchObject({ code: "aborted" });
    await promise;
    await connection.call(calls.overview, {});
    expect(heard).toEqual([at(1)]);
    connection.dispose();
  });
});
