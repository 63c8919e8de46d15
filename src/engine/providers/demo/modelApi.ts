/**
 * The demo's stand-in for a model API: a loopback HTTP server that answers after a lognormal time, seeded by the request.
 * It computes nothing and says so in its answer. Runs under the keeper like a worker and tells its port in `ready`.
 */
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { createRng, lognormal } from "../../common/rng.ts";

/** A demo task makes two calls and waits 1 s in all on average. */
const MEAN_SECONDS = 0.5;
const SIGMA = 0.6;
const MAX_BODY_BYTES = 64 * 1024;

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  let size = 0;
  request.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) {
      response.writeHead(413).end();
      request.destroy();
    } else chunks.push(chunk);
  });
  request.on("end", () => {
    if (request.method !== "POST" || request.url !== "/v1/complete") return void response.writeHead(404).end();
    const seed = seedOf(Buffer.concat(chunks).toString("utf8"));
    if (seed === null) return void response.writeHead(400).end();
    const seconds = lognormal(createRng(seed), MEAN_SECONDS, SIGMA);
    const timer = setTimeout(() => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ standIn: true, text: "A stand-in answered; no model ran.", seconds }));
    }, seconds * 1000);
    response.on("close", () => clearTimeout(timer));
  });
});

function seedOf(body: string): number | null {
  try {
    const seed: unknown = (JSON.parse(body) as { seed?: unknown }).seed;
    return typeof seed === "number" && Number.isInteger(seed) ? seed : null;
  } catch {
    // Not JSON: the caller gets a 400.
    return null;
  }
}

server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  process.stdout.write(`${JSON.stringify({ type: "ready", info: { port } })}\n`);
});

const input = createInterface({ input: process.stdin });
input.on("line", (line) => {
  if (line.includes('"drain"')) process.exit(0);
});
input.on("close", () => process.exit(0));
process.on("SIGTERM", () => process.exit(143));
