/**
 * A worker of the demo swarm: a real process doing a seeded mix of about one tenth CPU (generated text through JSON, zlib
 * and SHA-256) and nine tenths waiting for the stand-in of a model API. It speaks the worker protocol of the README.
 */
import { createHash } from "node:crypto";
import { Agent, request } from "node:http";
import { createInterface } from "node:readline";
import { deflateSync, inflateSync } from "node:zlib";
import * as z from "zod/mini";
import { createRng, type Rng } from "../../common/rng.ts";
import { plantedDiskLoop, plantedHotLoop, plantedLeak } from "./planted.ts";

const message = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("task"),
    id: z.string(),
    input: z.object({
      kind: z.literal("demo"),
      modelUrl: z.string().check(z.regex(/^http:\/\/127\.0\.0\.1:\d+\//)),
      seed: z.int(),
      /** Injected by an operator who wants to see what follows. */
      fault: z.optional(z.enum(["error", "hang", "crash"])),
      latencyMs: z.optional(z.number()),
      cpuMs: z.optional(z.number()),
      leakBytes: z.optional(z.number()),
      diskMs: z.optional(z.number()),
    }),
  }),
  z.object({ type: z.literal("cancel"), id: z.string() }),
  z.object({ type: z.literal("drain") }),
]);

/** Model calls a task makes, one after the other; the stand-in answers each after half a second on average. */
const CALLS = 2;
/** Rounds of CPU work before each call, uniform around the mean: about 50 ms on a 3 GHz core. */
const MEAN_ROUNDS = 14;

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
let busy = false;
let draining = false;
let current: string | null = null;
let giveUp = new AbortController();

const input = createInterface({ input: process.stdin });
input.on("line", (line) => void take(line));
input.on("close", () => process.exit(0));
process.on("SIGTERM", () => process.exit(143));
say({ type: "ready" });

async function take(line: string): Promise<void> {
  let parsed;
  try {
    parsed = message.safeParse(JSON.parse(line));
  } catch (error) {
    say({ type: "log", message: `not JSON: ${String(error)}` });
    return;
  }
  if (!parsed.success) {
    say({ type: "log", message: `not understood: ${parsed.error.issues[0]?.message ?? ""}` });
    return;
  }
  if (parsed.data.type === "drain") {
    draining = true;
    if (!busy) process.exit(0);
    return;
  }
  if (parsed.data.type === "cancel") {
    // The engine may be late: only the task in hand is given up.
    if (parsed.data.id === current) giveUp.abort(new Error("cancelled"));
    return;
  }
  const { id, input: task } = parsed.data;
  busy = true;
  current = id;
  giveUp = new AbortController();
  say({ type: "started", id });
  try {
    if (task.latencyMs !== undefined) await pause(task.latencyMs, giveUp.signal);
    if (task.fault === "crash") process.exit(70);
    if (task.fault === "hang") await pause(2 ** 31 - 1, giveUp.signal);
    if (task.fault === "error") throw new Error("injected fault");
    if (task.cpuMs !== undefined) plantedHotLoop(task.cpuMs);
    if (task.leakBytes !== undefined) plantedLeak(task.leakBytes);
    if (task.diskMs !== undefined) plantedDiskLoop(task.diskMs);
    say({ type: "done", id, output: await work(task.modelUrl, createRng(task.seed)) });
  } catch (error) {
    say({ type: "failed", id, error: error instanceof Error ? error.message : String(error) });
  }
  busy = false;
  current = null;
  if (draining) process.exit(0);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    });
  });
}

async function work(modelUrl: string, rng: Rng): Promise<{ digest: string; bytes: number }> {
  const hash = createHash("sha256");
  let bytes = 0;
  for (let call = 0; call < CALLS; call++) {
    const rounds = Math.round(MEAN_ROUNDS * (0.5 + rng()));
    for (let round = 0; round < rounds; round++) bytes += grind(rng, hash);
    const prompt = { prompt: generateText(rng, 40), seed: Math.floor(rng() * 2 ** 31) };
    hash.update(await post(modelUrl, JSON.stringify(prompt)));
  }
  return { digest: hash.digest("hex"), bytes };
}

/** `node:http` and not `fetch`, which would double the memory of a worker. */
function post(url: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request(
      url,
      {
        method: "POST",
        agent,
        headers: { "content-type": "application/json" },
        signal: AbortSignal.any([giveUp.signal, AbortSignal.timeout(30_000)]),
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          if (response.statusCode === 200) resolve(Buffer.concat(chunks).toString("utf8"));
          else reject(new Error(`model API answered ${response.statusCode}`));
        });
      },
    );
    call.on("error", reject);
    call.end(body);
  });
}

/** One round: what agents do all day with text, in small. */
function grind(rng: Rng, hash: ReturnType<typeof createHash>): number {
  const records = Array.from({ length: 120 }, (_, line) => ({
    line,
    text: generateText(rng, 30),
    tags: [line % 7, line % 11],
  }));
  const packed = deflateSync(JSON.stringify(records), { level: 6 });
  const again = JSON.parse(inflateSync(packed).toString()) as typeof records;
  hash.update(packed).update(String(again.length));
  return packed.length;
}

const SYLLABLES = [
  "an",
  "bel",
  "cor",
  "dan",
  "el",
  "fir",
  "gra",
  "hol",
  "in",
  "jun",
  "kel",
  "lor",
  "mas",
  "nor",
  "ost",
  "pra",
];

function generateText(rng: Rng, words: number): string {
  let text = "";
  for (let word = 0; word < words; word++) {
    const length = 1 + Math.floor(rng() * 3);
    for (let part = 0; part < length; part++) text += SYLLABLES[Math.floor(rng() * SYLLABLES.length)];
    text += " ";
  }
  return text;
}
