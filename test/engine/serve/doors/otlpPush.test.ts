import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { ManualClock } from "../../../../src/engine/common/clock.ts";
import { CodedError } from "../../../../src/engine/common/errors.ts";
import { createRng } from "../../../../src/engine/common/rng.ts";
import { endpointProblem, type OtlpState, otlpPush } from "../../../../src/engine/protocol/doors.ts";
import type { Coded } from "../../../../src/engine/protocol/model.ts";
import { type CollectorAnswer, type PostMetrics, postMetrics } from "../../../../src/engine/serve/doors/otlpClient.ts";
import { OtlpPush } from "../../../../src/engine/serve/doors/otlpPush.ts";

/** Timers that run when the clock is moved, in the order of their time. */
class Timers {
  readonly clock = new ManualClock();
  #timers: { at: number; run: () => void }[] = [];

  readonly set = (run: () => void, ms: number) => {
    const timer = { at: this.clock.monotonicMs() + ms, run };
    this.#timers.push(timer);
    return { dispose: () => void (this.#timers = this.#timers.filter((one) => one !== timer)) };
  };

  get count(): number {
    return this.#timers.length;
  }

  async pass(ms: number): Promise<void> {
    const end = this.clock.monotonicMs() + ms;
    for (;;) {
      const next = this.#timers.filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((one) => one !== next);
      this.clock.advance(Math.max(0, next.at - this.clock.monotonicMs()));
      next.run();
      await settled();
    }
    this.clock.advance(end - this.clock.monotonicMs());
    await settled();
  }
}

/** Everything that follows without waiting for time has happened. */
async function settled(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve();
}

const ok: CollectorAnswer = { status: 200, retryAfterMs: null, body: "{}" };
const answered = (status: number, more: Partial<CollectorAnswer> = {}): CollectorAnswer => ({ ...ok, status, ...more });

function world(post: PostMetrics, policy: Record<string, unknown> = {}) {
  const timers = new Timers();
  const notices: Coded[] = [];
  const logged: [string, unknown][] = [];
  const note = (code: string, args?: Coded["args"]) => void logged.push([code, args]);
  const sent: { readonly body: string; readonly headers: Readonly<Record<string, string>> }[] = [];
  let written = 0;
  const parts = {
    policy: otlpPush.parse({ endpoint: "http://127.0.0.1:4318/v1/metrics", intervalSeconds: 60, ...policy }),
    body: () => `state ${++written}`,
    headers: () => ({ "x-key": "CANARY" }) as Readonly<Record<string, string>>,
    post: (async (endpoint, headers, body, signal) => {
      sent.push({ body, headers });
      return post(endpoint, headers, body, signal);
    }) as PostMetrics,
    clock: timers.clock,
    rng: createRng(7),
    setTimer: timers.set,
    log: { debug: note, info: note, warn: note, error: note },
    notice: (notice: Coded) => void notices.push(notice),
  };
  const push = new OtlpPush(parts);
  const state = () => push.state() as Extract<OtlpState, { kind: "on" }>;
  return { timers, notices, logged, sent, push, state, parts };
}

describe("pushes", () => {
  test("go out at once and then at every interval, with the headers of the file", async () => {
    const { timers, sent, state } = world(async () => ok);
    await timers.pass(0);
    expect(sent).toEqual([{ body: "state 1", headers: { "x-key": "CANARY" } }]);
    await timers.pass(180_000);
    expect(sent.map(({ body }) => body)).toEqual(["state 1", "state 2", "state 3", "state 4"]);
    expect(state()).toMatchObject({ taken: 4, failed: 0, skipped: 0, breaker: "closed" });
    expect(state().last).toMatchObject({ bytes: 7, outcome: { kind: "taken" } });
  });

  test("that a collector takes in part say how many points it did not", async () => {
    const body = '{"partialSuccess":{"rejectedDataPoints":"3","errorMessage":"no"}}';
    const { timers, state } = world(async () => answered(200, { body }));
    await timers.pass(0);
    expect(state().last?.outcome).toEqual({ kind: "partial", rejected: 3 });
  });

  test.each([
    "",
    "not json",
    "null",
    "[]",
    '{"partialSuccess":null}',
    '{"partialSuccess":{"rejectedDataPoints":"x"}}',
    "\u0000",
  ])("count as taken when the answer is %j", async (body) => {
    const { timers, state } = world(async () => answered(200, { body }));
    await timers.pass(0);
    expect(state().last?.outcome).toEqual({ kind: "taken" });
  });

  test("are tried again when that may help, with a pause, and then with what the collector asks for", async () => {
    const answers = [answered(503), answered(429, { retryAfterMs: 20_000 }), ok];
    const { timers, sent, state } = world(async () => answers.shift() ?? ok);
    await timers.pass(0);
    expect(sent.length).toBe(1);
    await timers.pass(1_000);
    expect(sent.length).toBe(2);
    await timers.pass(18_500);
    expect(sent.length).toBe(2);
    await timers.pass(2_500);
    expect(sent.length).toBe(3);
    expect(state()).toMatchObject({ taken: 1, failed: 2 });
  });

  test.each([301, 302, 307, 400, 401, 403, 404, 413, 500, 501])("are not tried again after a %d", async (status) => {
    const { timers, sent, state } = world(async () => answered(status));
    await timers.pass(59_000);
    expect(sent.length).toBe(1);
    expect(state().last?.outcome).toEqual({ kind: "failed", reason: { code: "otlp.refused", args: { status } } });
  });

  test("are given up at their deadline", async () => {
    let aborted = false;
    const never: PostMetrics = (_e, _h, _b, signal) =>
      new Promise((_, reject) =>
        signal.addEventListener("abort", () => {
          aborted = true;
          reject(new CodedError("aborted"));
        }),
      );
    const { timers, state } = world(never, { timeoutSeconds: 10 });
    await timers.pass(9_999);
    expect(aborted).toBe(false);
    await timers.pass(2);
    expect(aborted).toBe(true);
    expect(state().last).toMatchObject({
      tookMs: 10_000,
      outcome: { kind: "failed", reason: { code: "otlp.timeout", args: { seconds: 10 } } },
    });
  });

  test("that are due while one is under way wait as the newest alone", async () => {
    let release: (answer: CollectorAnswer) => void = () => undefined;
    const { timers, sent, state } = world(() => new Promise((resolve) => (release = resolve)), {
      intervalSeconds: 5,
      timeoutSeconds: 60,
    });
    await timers.pass(22_000);
    expect(sent.length).toBe(1);
    expect(state().skipped).toBe(3);
    release(ok);
    await settled();
    expect(sent.map(({ body }) => body)).toEqual(["state 1", "state 2"]);
  });

  test("never reach a collector again that keeps failing until the breaker lets one through; said once, and once that it is over", async () => {
    let works = false;
    const { timers, sent, state, notices, logged } = world(async () => {
      if (works) return ok;
      throw new CodedError("otlp.unreachable", { reason: "connect ECONNREFUSED" });
    });
    await timers.pass(120_000);
    expect(state().breaker).not.toBe("closed");
    expect(notices.map(({ code }) => code)).toEqual(["otlp.failing"]);
    expect(notices[0]?.args["host"]).toBe("127.0.0.1:4318");
    await timers.pass(3_600_000);
    // An hour of one push a minute, and the breaker opens for ten minutes at most.
    expect(sent.length).toBeLessThan(20);
    expect(notices.length).toBe(1);
    works = true;
    await timers.pass(1_200_000);
    expect(notices.map(({ code }) => code)).toEqual(["otlp.failing", "otlp.recovered"]);
    expect(state()).toMatchObject({ breaker: "closed" });
    expect(JSON.stringify([notices, logged, state()])).not.toContain("CANARY");
  });

  test("spend no more retries than the budget has, however many pushes fail", async () => {
    let tries = 0;
    const { timers } = world(
      async () => {
        tries++;
        // Every other one works: the breaker stays closed.
        return tries % 3 === 0 ? ok : answered(503);
      },
      { intervalSeconds: 20 },
    );
    await timers.pass(3_600_000);
    // 180 pushes; 0.05 a second and a tenth of a push are 180 + 18 retries at the very most.
    expect(tries).toBeLessThan(180 + 200);
    expect(tries).toBeGreaterThan(180);
  });

  test("whose figures or secrets cannot be read fail as such, and the next goes on", async () => {
    const w = world(async () => ok);
    let broken = true;
    w.parts.headers = () => {
      if (broken) throw new CodedError("door.secretUnusable", { path: "/k", problem: "it is not there" });
      return {};
    };
    await w.timers.pass(0);
    expect(w.state().last?.outcome).toMatchObject({ kind: "failed", reason: { code: "door.secretUnusable" } });
    expect(w.sent).toEqual([]);
    broken = false;
    await w.timers.pass(60_000);
    expect(w.state().last?.outcome).toEqual({ kind: "taken" });
  });

  test("end with the door: what is under way is given up, no timer is left", async () => {
    let signalled = false;
    const { timers, push } = world(
      (_e, _h, _b, signal) =>
        new Promise((_, reject) =>
          signal.addEventListener("abort", () => {
            signalled = true;
            reject(new CodedError("aborted"));
          }),
        ),
    );
    await timers.pass(0);
    push.dispose();
    await settled();
    expect(signalled).toBe(true);
    expect(timers.count).toBe(0);
  });
});

describe("where metrics may go", () => {
  test.each([
    "",
    "https://collector.example/v1/metrics",
    "http://127.0.0.1:4318/v1/metrics",
    "http://localhost:4318",
    "http://[::1]:4318/v1/metrics",
    "http://127.8.9.10/",
    "http://2130706433:4318/",
  ])("%j", (endpoint) => {
    expect(endpointProblem(endpoint)).toBe(null);
    expect(otlpPush.safeParse({ endpoint }).success).toBe(true);
  });

  test.each([
    ["http://collector.example/v1/metrics", "this machine only"],
    ["http://10.0.0.1:4318/", "this machine only"],
    ["http://127.0.0.1.evil.example/", "this machine only"],
    ["http://localhost.evil.example/", "this machine only"],
    ["http://[::ffff:10.0.0.1]/", "this machine only"],
    ["https://user:secret@collector.example/", "headersFile"],
    ["https://collector.example/?key=secret", "headersFile"],
    ["https://collector.example/#x", "headersFile"],
    ["ftp://127.0.0.1/", "https"],
    ["file:///etc/passwd", "https"],
    ["javascript:alert(1)", "https"],
    ["127.0.0.1:4318", "not a URL"],
    ["not a url", "not a URL"],
  ])("not %s, which is told", (endpoint, said) => {
    expect(endpointProblem(endpoint)).toContain(said);
    const parsed = otlpPush.safeParse({ endpoint });
    expect(parsed.success).toBe(false);
    expect(parsed.error?.issues[0]?.message).toContain(said);
    // What is wrong with a URL is told without the URL: it may hold a secret.
    expect(JSON.stringify(parsed.error?.issues[0]?.message)).not.toContain("secret");
  });
});

describe("the request", () => {
  const servers: ReturnType<typeof createServer>[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.close();
      server.closeAllConnections();
    }
  });

  async function collector(answer: (request: IncomingMessage, body: string, response: ServerResponse) => void) {
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => answer(request, body, response));
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/metrics`;
  }
  const signal = () => AbortSignal.timeout(5_000);

  test("is a POST of JSON with the given headers", async () => {
    let seen: unknown;
    const endpoint = await collector(({ method, url, headers }, body, response) => {
      seen = { method, url, type: headers["content-type"], key: headers["x-key"], body };
      response.end('{"partialSuccess":{}}');
    });
    const answer = await postMetrics(endpoint, { "x-key": "é".normalize("NFD").slice(0, 1) }, '{"a":"ü"}', signal());
    expect(answer).toEqual({ status: 200, retryAfterMs: null, body: '{"partialSuccess":{}}' });
    expect(seen).toEqual({ method: "POST", url: "/v1/metrics", type: "application/json", key: "e", body: '{"a":"ü"}' });
  });

  test("follows no redirect", async () => {
    let asked = 0;
    const endpoint = await collector((_, __, response) => {
      asked++;
      response.writeHead(307, { Location: "/elsewhere" }).end();
    });
    expect((await postMetrics(endpoint, {}, "{}", signal())).status).toBe(307);
    expect(asked).toBe(1);
  });

  test("reads no more of an answer than it needs", async () => {
    const endpoint = await collector((_, __, response) => {
      const more = () => {
        while (!response.destroyed && response.write("x".repeat(100_000)));
        response.once("drain", more);
      };
      more();
    });
    expect((await postMetrics(endpoint, {}, "{}", signal())).body.length).toBe(64 * 1024);
  });

  test.each([
    ["5", 5_000],
    ["Wed, 21 Oct 2026 07:28:00 GMT", null],
    ["-1", null],
    ["99999999", null],
  ])("hears Retry-After: %s", async (header, retryAfterMs) => {
    const endpoint = await collector((_, __, response) => response.writeHead(503, { "Retry-After": header }).end());
    expect(await postMetrics(endpoint, {}, "{}", signal())).toMatchObject({ status: 503, retryAfterMs });
  });

  test("to nobody, and to one that hangs up, is an error of its own", async () => {
    await expect(postMetrics("http://127.0.0.1:1/", {}, "{}", signal())).rejects.toMatchObject({
      code: "otlp.unreachable",
    });
    const endpoint = await collector((request) => request.socket.destroy());
    await expect(postMetrics(endpoint, {}, "{}", signal())).rejects.toMatchObject({ code: "otlp.unreachable" });
  });

  test("ends when it is cancelled, also in the middle of an answer", async () => {
    const cancel = new AbortController();
    const endpoint = await collector((_, __, response) => {
      response.write("half");
      cancel.abort();
    });
    await expect(postMetrics(endpoint, {}, "{}", cancel.signal)).rejects.toMatchObject({ code: "aborted" });
  });
});
