import { readFileSync } from "node:fs";
import { fork } from "node:child_process";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Paths } from "../../../src/engine/common/paths.ts";
import { createRng, type Rng } from "../../../src/engine/common/rng.ts";
import { endpointFile } from "../../../src/engine/protocol/files.ts";
import { calls, OLDEST_PROTOCOL_VERSION, PROTOCOL_VERSION } from "../../../src/engine/protocol/rpc.ts";
import { frame, RawClient, temporaryPaths, testClient } from "./serverFixture.ts";

/** Reliability row 5. */
const LONG = process.env["SWARM_RELIABILITY_LONG"] === "1";
const MESSAGES = LONG ? 10_000 : 1_500;
const SEED = Number(process.env["SWARM_FUZZ_SEED"] ?? Date.now() % 2 ** 31);

let paths: Paths & { readonly remove: () => void };

beforeEach(() => {
  paths = temporaryPaths();
});

afterEach(() => paths.remove());

/** The door runs in a process of its own, so that its memory and its end are its own. */
async function startDoor(): Promise<{
  readonly facts: () => Promise<{ readonly rssBytes: number; readonly reasons: readonly string[] }>;
  readonly alive: () => boolean;
  readonly stop: () => Promise<void>;
}> {
  const child = fork(new URL("fuzzDoor.ts", import.meta.url).pathname, [], {
    env: { ...process.env, SWARM_ALLOCATOR_HOME: paths.state.replace(/\/state$/, "") },
    execArgv: ["--expose-gc", "--no-warnings"],
  });
  const next = () =>
    new Promise<unknown>((resolve, reject) => {
      child.once("message", resolve);
      child.once("exit", (code, signal) => reject(new Error(`the door ended: ${code} ${signal}`)));
    });
  await next();
  return {
    facts: async () => {
      const answer = next();
      child.send("rss");
      return (await answer) as { rssBytes: number; reasons: string[] };
    },
    alive: () => child.exitCode === null && child.signalCode === null,
    stop: () =>
      new Promise((resolve) => {
        child.once("exit", () => resolve());
        child.kill("SIGTERM");
      }),
  };
}

function hello(token: string): object {
  const protocol = { min: OLDEST_PROTOCOL_VERSION, max: PROTOCOL_VERSION };
  return { jsonrpc: "2.0", id: "hello", method: "initialize", params: { protocol, token, client: testClient } };
}

const pick = <T>(rng: Rng, items: readonly T[]): T => items[Math.floor(rng() * items.length)] as T;
const upTo = (rng: Rng, max: number) => Math.floor(rng() * max);

/** Random JSON with the keys that have hurt others. */
function junk(rng: Rng, depth = 0): string {
  const kind = upTo(rng, depth > 4 ? 5 : 8);
  if (kind === 0) return pick(rng, ["null", "true", "1e999", "-0", "1e-400", "9007199254740993"]);
  if (kind <= 2) return String(upTo(rng, 1000) - 500);
  if (kind <= 4)
    return JSON.stringify(
      pick(rng, ["", "../../etc/passwd", "\u0000", "\u202e", "a".repeat(upTo(rng, 5000)), "\ud800"]),
    );
  const items = Array.from({ length: upTo(rng, 6) }, () => junk(rng, depth + 1));
  if (kind === 5) return `[${items.join(",")}]`;
  const keys = [
    "__proto__",
    "constructor",
    "prototype",
    "id",
    "method",
    "params",
    "jsonrpc",
    "toString",
    "topic",
    "looking",
  ];
  return `{${items.map((item) => `${JSON.stringify(pick(rng, keys))}:${item}`).join(",")}}`;
}

function message(rng: Rng, n: number): Buffer {
  const methods = [
    ...Object.values(calls).map((call) => call.method),
    "$/cancelRequest",
    "$/progress",
    "__proto__",
    "",
  ];
  const good = `{"jsonrpc":"2.0","id":${n},"method":${JSON.stringify(pick(rng, methods))},"params":${junk(rng)}}`;
  switch (upTo(rng, 12)) {
    case 0:
      return Buffer.from(
        `Content-Length: ${pick(rng, ["4294967296", "99999999999", "-1", "1e3", "0", "", "4194305"])}\r\n\r\n${good}`,
      );
    case 1:
      return Buffer.from(frame(good).slice(0, upTo(rng, good.length)));
    case 2: {
      const bytes = Buffer.from(frame(good));
      for (let flip = 0; flip < 5; flip += 1) bytes[upTo(rng, bytes.length)] = upTo(rng, 256);
      return bytes;
    }
    case 3:
      return Buffer.from(Array.from({ length: upTo(rng, 2000) }, () => upTo(rng, 256)));
    case 4:
      return Buffer.from(frame(junk(rng)));
    case 5:
      return Buffer.from(
        frame(`{"jsonrpc":"2.0","id":${n},"method":"overview","params":${"[".repeat(20_000)}${"]".repeat(20_000)}}`),
      );
    case 6:
      return Buffer.from(
        frame(
          `{"jsonrpc":"2.0","id":${n},"method":"config/patch","params":{"pad":"${"x".repeat(upTo(rng, 300_000))}"}}`,
        ),
      );
    default:
      return Buffer.from(frame(good));
  }
}

/** Sends one message on a new or present connection, whole or in pieces. */
async function attack(rng: Rng, n: number, tokens: readonly string[], open: RawClient[]): Promise<void> {
  let client = open.find((one) => !one.closed);
  if (client === undefined || rng() < 0.1) {
    client = await RawClient.open(paths.socket);
    open.push(client);
    if (rng() < 0.8) client.send(hello(pick(rng, tokens)));
  }
  const bytes = message(rng, n);
  const cut = rng() < 0.3 ? upTo(rng, bytes.length) : bytes.length;
  if (client.socket.destroyed) return;
  client.sendRaw(bytes.subarray(0, cut));
  if (cut < bytes.length) client.sendRaw(bytes.subarray(cut));
  client.received.length = 0;
  // Some stay half-open on purpose; the rest make room.
  while (open.length > 40) open.shift()?.socket.destroy();
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length * share)] ?? Infinity;
}

let asked = 0;
async function latenciesOf(client: RawClient, count: number): Promise<number[]> {
  const latencies: number[] = [];
  for (let n = 0; n < count; n += 1) {
    const start = performance.now();
    await client.request(1_000_000 + asked++, "overview", {});
    latencies.push(performance.now() - start);
    client.received.length = 0;
  }
  return latencies;
}

test(
  `fuzz: ${MESSAGES} hostile messages with seed ${SEED}: no crash, bounded memory, a good client is served in time`,
  { timeout: LONG ? 300_000 : 60_000 },
  async () => {
    const rng = createRng(SEED);
    const door = await startDoor();
    const { tokens } = endpointFile.parse(JSON.parse(readFileSync(paths.endpoint, "utf8")));
    const open: RawClient[] = [];
    const good = await RawClient.open(paths.socket);
    good.send(hello(tokens.operator));
    await good.reply("hello");
    const latencies: number[] = [];
    let sent = 0;
    try {
      const warm = () => attack(rng, sent++, [tokens.viewer, tokens.agent, "wrong"], open);
      // What the machine itself costs just now: the same client, and nobody else at the door.
      const quiet = await latenciesOf(good, 60);
      for (let n = 0; n < 300; n += 1) await warm();
      const before = await door.facts();
      while (sent < MESSAGES + 300) {
        for (let burst = 0; burst < 5; burst += 1) await warm();
        const start = performance.now();
        const reply = await good.request(sent, "overview", {});
        latencies.push(performance.now() - start);
        expect(reply.result).toBeDefined();
        good.received.length = 0;
      }
      const after = await door.facts();
      const grownMb = (after.rssBytes - before.rssBytes) / 2 ** 20;
      quiet.push(...(await latenciesOf(good, 60)));
      const p99 = percentile(latencies, 0.99);
      const quietP99 = percentile(quiet, 0.99);
      console.log(
        `fuzz seed ${SEED}: ${sent} messages, RSS ${grownMb.toFixed(1)} MB, good client p99 ${p99.toFixed(1)} ms of ${latencies.length} (undisturbed ${quietP99.toFixed(1)} ms)`,
      );
      expect(door.alive()).toBe(true);
      // The messages have reached what they were made for.
      const reached = ["malformed header", "bad content length", "body too long", "not json", "token.refused"];
      expect(after.reasons).toEqual(expect.arrayContaining(reached));
      expect(grownMb).toBeLessThanOrEqual(50);
      // Other tests run beside this one: the limit is for what the attack adds to the machine's own noise.
      expect(p99).toBeLessThanOrEqual(50 + quietP99);
    } finally {
      for (const client of [...open, good]) client.socket.destroy();
      await door.stop();
    }
  },
);
