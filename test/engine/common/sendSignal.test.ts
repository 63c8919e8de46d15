import { expect, test } from "vitest";
import { sendSignal } from "../../../src/engine/common/sendSignal.ts";

test.each([undefined, null, 0, 1, -1, -5, NaN, Infinity, 2.5, 2 ** 60])(
  "pid %s is refused and nothing is sent",
  (pid) => {
    const sent: unknown[] = [];
    for (const wholeGroup of [true, false]) {
      expect(() => sendSignal((...what) => sent.push(what), { pid, wholeGroup }, "SIGKILL")).toThrow(
        `pid must be an integer > 1 to be signalled, got ${String(pid)}`,
      );
    }
    expect(sent).toEqual([]);
  },
);

test("a group is addressed by the negative pid, a process by its own", () => {
  const sent: unknown[] = [];
  sendSignal((...what) => sent.push(what), { pid: 12, wholeGroup: true }, "SIGTERM");
  sendSignal((...what) => sent.push(what), { pid: 12, wholeGroup: false }, "SIGKILL");
  expect(sent).toEqual([
    [-12, "SIGTERM"],
    [12, "SIGKILL"],
  ]);
});

test("nothing there is false, forbidden is an error that names the pid, anything else passes through", () => {
  const failing = (code: string) => () => {
    throw Object.assign(new Error(code), { code });
  };
  expect(sendSignal(failing("ESRCH"), { pid: 12, wholeGroup: false }, "SIGTERM")).toBe(false);
  expect(() => sendSignal(failing("EPERM"), { pid: 12, wholeGroup: false }, "SIGTERM")).toThrow(
    expect.objectContaining({ code: "signal.refused", args: { pid: 12, signal: "SIGTERM" } }),
  );
  expect(() => sendSignal(failing("EINVAL"), { pid: 12, wholeGroup: false }, "SIGTERM")).toThrow("EINVAL");
});
