import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CodedError } from "../../../src/engine/common/errors.ts";
import type { Paths } from "../../../src/engine/common/paths.ts";
import { OLDEST_PROTOCOL_VERSION, PROTOCOL_VERSION } from "../../../src/engine/protocol/rpc.ts";
import { findOrStart } from "../../../src/engine/client/findOrStart.ts";
import type { EngineConnection } from "../../../src/engine/client/types.ts";
import { compareVersions } from "../../../src/engine/client/version.ts";
import type { RpcServer } from "../../../src/engine/serve/rpcServer.ts";
import { startTestServer, temporaryPaths } from "../serve/serverFixture.ts";

test.each([
  ["1.0.0", "1.0.0", 0],
  ["1.0.0", "1.0.1", -1],
  ["1.2.0", "1.10.0", -1],
  ["2.0.0", "1.99.99", 1],
  ["1.0.0-beta.2", "1.0.0-beta.11", -1],
  ["1.0.0-beta", "1.0.0-beta.1", -1],
  ["1.0.0-1", "1.0.0-alpha", -1],
  ["1.0.0-rc.1", "1.0.0", -1],
  ["1.0.0+abc", "1.0.0+def", 0],
  ["v1.0.0", "1.0.0", 0],
  ["no version", "0.0.0", -1],
  ["no version", "", 0],
])("version %s against %s: %i, and the other way round", (a, b, order) => {
  expect(Math.sign(compareVersions(a, b))).toBe(order);
  expect(Math.sign(compareVersions(b, a))).toBe(order === 0 ? 0 : -order);
});

/** An engine of each age in this process, met by a client of version 1.0.0. */
describe("engine and client of different ages", () => {
  const N = PROTOCOL_VERSION;
  const older = { min: OLDEST_PROTOCOL_VERSION - 2, max: OLDEST_PROTOCOL_VERSION - 1 };
  const newer = { min: N + 1, max: N + 2 };
  const meeting = { min: N, max: N + 1 };

  let paths: Paths & { readonly remove: () => void };
  let dist: string;
  let engine: RpcServer;
  let connection: EngineConnection | null;
  const asked: unknown[] = [];

  beforeEach(() => {
    paths = temporaryPaths();
    dist = mkdtempSync(join(tmpdir(), "sa-dist-"));
    for (const name of ["engine.js", "keeper.js"]) writeFileSync(join(dist, name), "// never run here\n");
    asked.length = 0;
    connection = null;
  });

  afterEach(async () => {
    connection?.dispose();
    await engine.close();
    paths.remove();
    rmSync(dist, { recursive: true, force: true });
  });

  /** Makes room when asked, by a successor of the client's version. */
  async function run(version: string, protocol: { min: number; max: number }): Promise<void> {
    const { server } = await startTestServer(
      paths,
      {
        handOver: (params) => {
          asked.push(params);
          const old = engine;
          void old
            .close()
            .then(() => startTestServer(paths, {}, { version: "1.0.0", epoch: 2 }))
            .then((next) => (engine = next.server));
          return null;
        },
      },
      { version, epoch: 1 },
      protocol,
    );
    engine = server;
  }

  async function join1(role: "operator" | "viewer" = "operator"): Promise<EngineConnection> {
    const options = {
      role,
      client: { name: "t", version: "1.0.0", kind: "test" },
      start: true,
      distFolder: dist,
    } as const;
    const findRuntime = () => Promise.reject(new CodedError("test.mustNotStart"));
    connection = await findOrStart(options, { paths, findRuntime });
    return connection;
  }

  test.each([
    ["0.9.0", { min: OLDEST_PROTOCOL_VERSION, max: N }],
    ["0.9.0", older],
  ])("older engine %s with protocol %o hands over, told folder and version", async (version, protocol) => {
    await run(version, protocol);
    expect((await join1()).info).toMatchObject({ version: "1.0.0", epoch: 2 });
    expect(asked).toEqual([{ folder: expect.stringMatching(/^1\.0\.0-[0-9a-f]{12}$/), version: "1.0.0" }]);
  });

  test.each([
    ["1.0.0", { min: OLDEST_PROTOCOL_VERSION, max: N }],
    ["2.0.0", meeting],
  ])("engine %s with protocol %o is joined as it is", async (version, protocol) => {
    await run(version, protocol);
    expect((await join1()).info).toMatchObject({ version, epoch: 1, protocol: N });
    expect(asked).toEqual([]);
  });

  test("a newer engine that speaks no protocol of ours: the client is told to update", async () => {
    await run("2.0.0", newer);
    await expect(join1()).rejects.toMatchObject({
      code: "client.outdated",
      args: { client: "1.0.0", engine: "2.0.0" },
    });
    expect(asked).toEqual([]);
  });

  test("a viewer cannot have an engine of a foreign protocol replaced, and learns both ranges", async () => {
    await run("0.9.0", older);
    await expect(join1("viewer")).rejects.toMatchObject({
      code: "protocol.unsupported",
      args: { clientMin: OLDEST_PROTOCOL_VERSION, clientMax: N, engineMin: older.min, engineMax: older.max },
    });
    expect(asked).toEqual([]);
  });
});
