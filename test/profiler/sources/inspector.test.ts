import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { CodedError } from "../../../src/engine/common/errors.ts";
import { INSPECTOR_STEPS, Inspector } from "../../../src/profiler/sources/inspector.ts";
import {
  identify,
  isNode,
  listeningPorts,
  socketInodes,
  tcpSockets,
} from "../../../src/profiler/sources/procTarget.ts";
import { endAll, isUntouched, startNode, startSleep, until } from "../realProcess.ts";

const signal = new AbortController().signal;

/** Attaches as a session does, and counts what is sent. */
function attach(pid: number, options: { abort?: AbortSignal; startTime?: number } = {}) {
  const sent: string[] = [];
  const kill = (to: number, name: NodeJS.Signals) => {
    sent.push(name);
    return process.kill(to, name);
  };
  const target = identify(pid);
  const asked = { ...target, startTime: options.startTime ?? target.startTime };
  return { attached: Inspector.attach(asked, { signal: options.abort ?? signal, kill }), sent };
}

function connectionsOf(pid: number, port: number): number {
  const own = socketInodes(pid);
  return tcpSockets(pid).filter((socket) => !socket.listens && socket.port === port && own.has(socket.inode)).length;
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => expect.fail("it was not refused"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof CodedError)) throw error;
  return error.code;
}

describe.runIf(process.platform === "linux")("the inspector of a real process", () => {
  afterEach(endAll);

  test("is opened on loopback, answers, and is closed again: nothing listens any more, and it runs on", async () => {
    const target = await startNode("hot");
    const { attached, sent } = attach(target.pid);
    const inspector = await attached;
    expect(sent).toEqual(["SIGUSR1"]);
    expect(listeningPorts(target.pid).map(({ address, port }) => [address, port])).toEqual([
      ["0100007F", inspector.port],
    ]);
    expect(await inspector.evaluate("process.pid", signal)).toBe(target.pid);
    expect(await codeOf(inspector.evaluate("null.x", signal))).toBe("inspector.refused");
    expect(await codeOf(inspector.call("No.such", {}, signal))).toBe("inspector.refused");
    expect(await inspector.detach()).toBeNull();
    expect(isUntouched(target)).toBe(true);
    expect(await codeOf(inspector.call("Runtime.enable", {}, signal))).toBe("inspector.lost");
    // And once more: nothing of the first time stands in the way.
    const again = await attach(target.pid).attached;
    expect(await again.detach()).toBeNull();
    expect(isUntouched(target)).toBe(true);
  });

  test.each([
    ["a process that is not Node", async () => startSleep(), "inspector.notNode"],
    ["one that is being debugged", async () => startNode("idle", "--inspect=127.0.0.1:0"), "inspector.inUse"],
    ["one that would die of the signal", async () => startNode("idle", "--disable-sigusr1"), "inspector.noSignal"],
    [
      "one whose inspector would listen to all",
      async () => startNode("idle", "--inspect-port=0.0.0.0:0"),
      "inspector.notLoopback",
    ],
  ])("of %s is refused by name, and no signal is sent", async (_, start, code) => {
    const target = await start();
    if (code === "inspector.inUse") await until("it listens", () => listeningPorts(target.pid).length > 0);
    const { attached, sent } = attach(target.pid);
    expect(await codeOf(attached)).toBe(code);
    expect(sent).toEqual([]);
    expect(target.child.exitCode ?? target.child.signalCode).toBeNull();
    expect(isNode(target.pid)).toBe(code !== "inspector.notNode");
  });

  test("whose port is taken by another program is refused, and so is a pid that means another process", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    const target = await startNode("idle", `--inspect-port=${port}`);
    const taken = attach(target.pid);
    expect(await codeOf(taken.attached)).toBe("inspector.portTaken");
    server.close();
    const changed = attach(target.pid, { startTime: 1 });
    expect(await codeOf(changed.attached)).toBe("profile.changed");
    expect([...taken.sent, ...changed.sent]).toEqual([]);
    expect(isUntouched(target)).toBe(true);
  });

  test("of one that is stopped is refused: the signal would wait for it", async () => {
    const target = await startNode("idle");
    process.kill(target.pid, "SIGSTOP");
    const { attached, sent } = attach(target.pid);
    expect(await codeOf(attached)).toBe("inspector.stopped");
    process.kill(target.pid, "SIGCONT");
    expect(sent).toEqual([]);
  });

  test("is closed when nobody waits any more, at whatever step that was", async () => {
    const target = await startNode("idle");
    for (const step of INSPECTOR_STEPS.slice(0, 4)) {
      const abort = new AbortController();
      const onStep = (at: string) => at === step && abort.abort();
      expect(await codeOf(Inspector.attach(identify(target.pid), { signal: abort.signal, onStep }))).toBe("aborted");
      expect(isUntouched(target), step).toBe(true);
    }
  });

  test("stays open where somebody else has connected meanwhile, and that is said", async () => {
    const target = await startNode("idle");
    const inspector = await attach(target.pid).attached;
    const list = await fetch(`http://127.0.0.1:${inspector.port}/json/list`, { headers: { connection: "close" } });
    const [{ webSocketDebuggerUrl }] = (await list.json()) as [{ webSocketDebuggerUrl: string }];
    const other = new WebSocket(webSocketDebuggerUrl);
    await new Promise((resolve) => other.addEventListener("open", resolve, { once: true }));
    expect(await inspector.detach()).toMatchObject({ code: "inspector.shared", args: { port: inspector.port } });
    expect(other.readyState).toBe(WebSocket.OPEN);
    other.close();
  });

  test("that was left over by one who is gone is closed, and nothing else is", async () => {
    const target = await startNode("idle");
    const identity = identify(target.pid);
    const inspector = await attach(target.pid).attached;
    // Somebody is connected: it is theirs.
    expect(await Inspector.closeLeftOver(identity, inspector.port)).toMatchObject({ code: "inspector.shared" });
    inspector.drop();
    await until("its connection is gone", () => connectionsOf(target.pid, inspector.port) === 0);
    expect(await Inspector.closeLeftOver(identity, inspector.port)).toBeNull();
    expect(isUntouched(target)).toBe(true);
    expect(await Inspector.closeLeftOver(identity, inspector.port)).toBeNull();
  });
});
