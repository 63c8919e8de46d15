import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ManualClock } from "../../../../src/engine/common/clock.ts";
import { httpDoor } from "../../../../src/engine/protocol/doors.ts";
import type { Coded } from "../../../../src/engine/protocol/model.ts";
import type { Page } from "../../../../src/engine/serve/doors/httpDoor.ts";
import { HttpDoorKeeper } from "../../../../src/engine/serve/doors/httpDoorKeeper.ts";

let folder: string;
let port: number;
let clock: ManualClock;
let notices: Coded[];
let logged: { code: string; args: Coded["args"] }[];
let timers: { run: () => void; ms: number }[];
let keeper: HttpDoorKeeper;

const page = (open: boolean): Page => ({ open, answer: () => ({ status: 200, type: "text/plain", body: "x" }) });

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "door-"));
  clock = new ManualClock();
  notices = [];
  logged = [];
  timers = [];
  const note = (code: string, args: Coded["args"] = {}) => void logged.push({ code, args });
  keeper = new HttpDoorKeeper({
    ownTokenFile: join(folder, "metrics.token"),
    pages: new Map([
      ["/metrics", page(false)],
      ["/healthz", page(true)],
    ]),
    clock,
    log: { debug: note, info: note, warn: note, error: note },
    notice: (notice) => void notices.push(notice),
    setTimer: (run, ms) => {
      const timer = { run, ms };
      timers.push(timer);
      return { dispose: () => void (timers = timers.filter((one) => one !== timer)) };
    },
  });
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  ({ port } = probe.address() as AddressInfo);
  await new Promise((resolve) => probe.close(resolve));
});
afterEach(() => {
  keeper.dispose();
  rmSync(folder, { recursive: true, force: true });
});

async function follow(policy: Record<string, unknown>): Promise<void> {
  keeper.follow(httpDoor.parse({ enabled: true, port, ...policy }));
  await keeper.settled();
}
async function ask(path = "/metrics", token = readFileSync(join(folder, "metrics.token"), "utf8").trim()) {
  // Connections are rationed by this clock too.
  clock.advance(100);
  return (await fetch(`http://127.0.0.1:${port}${path}`, { headers: { Authorization: `Bearer ${token}` } })).status;
}

describe("the keeper of the HTTP door", () => {
  test("counts what was answered and what was not, and tells where the token lies but never the token", async () => {
    await follow({});
    expect([await ask(), await ask("/healthz"), await ask("/metrics", "wrong")]).toEqual([200, 200, 401]);
    const state = keeper.state();
    expect(state).toMatchObject({ kind: "open", address: "127.0.0.1", port, answered: 2, refused: 1 });
    const token = readFileSync(join(folder, "metrics.token"), "utf8").trim();
    expect(JSON.stringify([state, logged, notices])).not.toContain(token);
  });

  test("is in use while somebody with the token asks, and not by whoever has none", async () => {
    await follow({});
    expect(keeper.isInUse).toBe(false);
    await ask("/healthz");
    await ask("/metrics", "wrong");
    expect(keeper.isInUse).toBe(false);
    await ask();
    expect(keeper.isInUse).toBe(true);
    clock.advance(299_000);
    expect(keeper.isInUse).toBe(true);
    clock.advance(2_000);
    expect(keeper.isInUse).toBe(false);
  });

  test("tries again by itself while the port is taken, and says so once", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(port, "127.0.0.1", resolve));
    await follow({});
    expect(keeper.state()).toMatchObject({ kind: "failed", reason: { code: "door.portInUse", args: { port } } });
    const retry = async () => {
      expect(timers.map(({ ms }) => ms)).toEqual([30_000]);
      timers.splice(0)[0]?.run();
      await keeper.settled();
    };
    await retry();
    expect(notices.length).toBe(1);
    await new Promise((resolve) => taken.close(resolve));
    await retry();
    expect(keeper.state().kind).toBe("open");
    expect(timers).toEqual([]);
  });

  test("does what was said last, whatever comes in between", async () => {
    for (let i = 0; i < 10; i++) keeper.follow(httpDoor.parse({ enabled: i % 2 === 0, port }));
    await keeper.settled();
    expect(keeper.state().kind).toBe("off");
    await follow({});
    expect(await ask()).toBe(200);
    keeper.dispose();
    await expect(ask()).rejects.toThrow();
  });

  test("shuts everybody out when the operator's file is gone or open to others, once with a notice", async () => {
    const tokenFile = join(folder, "mine");
    const token = "m".repeat(40);
    writeFileSync(tokenFile, token, { mode: 0o600 });
    await follow({ tokenFile });
    expect(await ask("/metrics", token)).toBe(200);
    chmodSync(tokenFile, 0o640);
    clock.advance(2_000);
    expect([await ask("/metrics", token), await ask("/metrics", token)]).toEqual([503, 503]);
    clock.advance(2_000);
    expect(await ask("/metrics", token)).toBe(503);
    expect(notices.map(({ code }) => code)).toEqual(["door.secretUnusable"]);
    chmodSync(tokenFile, 0o600);
    clock.advance(2_000);
    expect(await ask("/metrics", token)).toBe(200);
  });

  test("makes its own token anew when that is gone, and the old one is worth nothing", async () => {
    await follow({});
    const old = readFileSync(join(folder, "metrics.token"), "utf8").trim();
    rmSync(join(folder, "metrics.token"));
    clock.advance(2_000);
    expect(await ask("/metrics", old)).toBe(401);
    expect(await ask()).toBe(200);
    expect(notices).toEqual([]);
  });

  test("logs one record a reason, however many are refused", async () => {
    await follow({});
    for (let i = 0; i < 30; i++) await ask("/metrics", "wrong");
    const refused = () => logged.filter(({ code }) => code === "door.refused");
    expect(refused()).toEqual([{ code: "door.refused", args: { reason: "the token is missing or wrong", count: 1 } }]);
    clock.advance(10_000);
    await ask("/metrics", "wrong");
    expect(refused().at(-1)?.args["count"]).toBe(30);
  });
});
