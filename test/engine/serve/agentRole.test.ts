import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Paths } from "../../../src/engine/common/paths.ts";
import { endpointFile } from "../../../src/engine/protocol/files.ts";
import { calls, PROTOCOL_VERSION } from "../../../src/engine/protocol/rpc.ts";
import type { RpcServer } from "../../../src/engine/serve/rpcServer.ts";
import { RawClient, startTestServer, temporaryPaths, testClient } from "./serverFixture.ts";

/** Everything that an agent may ask the engine. Whoever adds to it says so here. */
const ALLOWED = [
  ...[
    "overview",
    "metrics/collect",
    "history/range",
    "forecast/get",
    "bottlenecks/get",
    "kpis/get",
    "report/performance",
  ],
  ...["guard/get", "guard/throttles", "capacity/estimate", "profile/latest", "tasks/get", "subscribe", "unsubscribe"],
  ...["capacity/request", "capacity/renew", "capacity/release", "tasks/submit", "swarm/ask"],
];

let paths: Paths & { readonly remove: () => void };
let server: RpcServer;

beforeEach(async () => {
  paths = temporaryPaths();
  ({ server } = await startTestServer(paths));
});

afterEach(async () => {
  await server.close();
  paths.remove();
});

test("an agent reads, leases, submits and asks for a size, and everything else is refused before it is looked at", async () => {
  const { tokens } = endpointFile.parse(JSON.parse(readFileSync(paths.endpoint, "utf8")));
  const client = await RawClient.open(paths.socket);
  const protocol = { min: PROTOCOL_VERSION, max: PROTOCOL_VERSION };
  await client.request("hello", "initialize", { protocol, token: tokens.agent, client: testClient });
  const allowed: string[] = [];
  for (const [at, { method }] of Object.values(calls).entries()) {
    if (method === calls.initialize.method) continue;
    const reply = await client.request(at, method, {});
    if (reply.error?.data?.code !== "role.denied") allowed.push(method);
  }
  expect(allowed.toSorted()).toEqual(ALLOWED.toSorted());
  client.socket.destroy();
});
