import { describe, expect, test } from "vitest";
import type { StackThread } from "../../src/engine/protocol/profiling.ts";
import { type HangFacts, verdictOf } from "../../src/profiler/hang.ts";
import { type CallFrame, commonCall } from "../../src/profiler/javascriptStack.ts";
import { parseKernelStack, parseSystemCall } from "../../src/profiler/sources/threads.ts";
import { moreReasons } from "../../src/text/moreReasons.ts";
import { addReasons, reasonText } from "../../src/text/reasons.ts";

addReasons(moreReasons);

const top = { name: "plantedLoop", file: "/a.js", line: 7, column: 1 };

function thread(more: Partial<StackThread> = {}): StackThread {
  return {
    ...{ tid: 10, name: "node", state: "sleeping", cpuRatio: 0, cpuWaitRatio: 0, waitChannel: null, systemCall: null },
    ...{ waitsOn: null, kernelStack: [] },
    ...more,
  };
}

function told(more: Partial<HangFacts>): string {
  const none = { tracerPid: null, frames: [], loop: null, isIdle: false, isDeaf: false };
  return reasonText(verdictOf({ threads: [thread()], ...none, ...more }));
}

const busy = thread({ state: "running", cpuRatio: 0.98 });
const crowded = thread({ state: "running", cpuRatio: 0.3, cpuWaitRatio: 0.65 });
const epoll = thread({ systemCall: { name: "epoll_pwait", number: 281 }, waitChannel: "ep_poll" });
const held = thread({ tid: 12, name: "libuv-worker", state: "uninterruptible", waitChannel: "io_schedule" });

describe("what a process does", () => {
  test.each<readonly [string, Partial<HangFacts>]>([
    [
      "Runs JavaScript: 98% of a CPU, and does not come back from 'plantedLoop' at /a.js:7.",
      { threads: [busy], frames: [top], loop: top },
    ],
    ["Runs JavaScript: 98% of a CPU, now in 'plantedLoop' at /a.js:7.", { threads: [busy], frames: [top] }],
    [
      "Runs JavaScript now and then: 3% of a CPU, when looked at in 'plantedLoop' at /a.js:7.",
      { threads: [thread({ cpuRatio: 0.03 })], frames: [top], loop: top },
    ],
    [
      "Runs native code: 98% of a CPU in its main thread, and its JavaScript does not go on.",
      { threads: [busy], isDeaf: true },
    ],
    ["Runs: 98% of a CPU in its main thread.", { threads: [busy] }],
    ["Runs: 30% of a CPU, and stood in line for one 65% of the time in its main thread.", { threads: [crowded] }],
    ["Runs: CPU unknown in its main thread.", { threads: [thread({ state: "running", cpuRatio: null })] }],
    ["Runs on and off: 30% of a CPU in its main thread.", { threads: [thread({ cpuRatio: 0.3 })] }],
    ["Runs on and off: 4% of a CPU in its main thread.", { threads: [thread({ state: "running", cpuRatio: 0.04 })] }],
    [
      "Stopped by a signal, such as SIGSTOP or Ctrl-Z. It goes on with SIGCONT.",
      { threads: [thread({ state: "stopped" })], frames: [top] },
    ],
    ["Held by a debugger, process 44.", { threads: [thread({ state: "traced" })], tracerPid: 44 }],
    [
      "Waits for a disk or another device (fsync, io_schedule; /data/x), and takes no signal until that answers.",
      {
        threads: [
          thread({
            state: "uninterruptible",
            waitChannel: "io_schedule",
            systemCall: { name: "fsync", number: 74 },
            waitsOn: "/data/x",
          }),
        ],
      },
    ],
    [
      "Waits for a child process that it is starting (vfork, kernel_clone).",
      {
        threads: [
          thread({
            ...{ state: "uninterruptible", waitChannel: "kernel_clone", systemCall: { name: "vfork", number: 58 } },
          }),
        ],
      },
    ],
    ["Its thread 'libuv-worker' (12) waits for a disk or another device (io_schedule).", { threads: [epoll, held] }],
    [
      "Works in the thread 'worker' (11): 90% of a CPU. The main thread waits (epoll_pwait, ep_poll).",
      { threads: [epoll, thread({ tid: 11, name: "worker", cpuRatio: 0.9 })] },
    ],
    ["Idle: waits for events (epoll_pwait, ep_poll).", { threads: [epoll], isIdle: true }],
    [
      "Waits for events (epoll_pwait, ep_poll), but its event loop did not answer: it may wait for a child process it has started.",
      { threads: [epoll], isDeaf: true },
    ],
    [
      "Waits for a lock or for another thread of its own (futex_do_wait).",
      { threads: [thread({ waitChannel: "futex_do_wait" })] },
    ],
    ["Waits for a child process to end (wait4).", { threads: [thread({ systemCall: { name: "wait4", number: 61 } })] }],
    [
      "Sleeps until a time it has set (restart_syscall, hrtimer_nanosleep).",
      { threads: [thread({ systemCall: { name: "restart_syscall", number: 219 }, waitChannel: "hrtimer_nanosleep" })] },
    ],
    [
      "Waits for a file, pipe or socket (read; pipe:[77]).",
      { threads: [thread({ systemCall: { name: "read", number: 0 }, waitsOn: "pipe:[77]" })] },
    ],
    [
      "Runs nothing; what it waits for is not told (system call 999).",
      { threads: [thread({ systemCall: { name: null, number: 999 } })] },
    ],
    ["Runs nothing; what it waits for is not told.", {}],
    ["Runs JavaScript: CPU unknown, now in 'plantedLoop' at /a.js:7.", { threads: [], frames: [top] }],
  ])("%s", (text, facts) => expect(told(facts)).toBe(text));
});

describe("what the kernel tells of a thread", () => {
  test("is its system call, by name where the machine's names are known", () => {
    expect(parseSystemCall("202 0x7f 0x80 0x0 0x0 0x0 0x0 0x7ffd 0x7f8c\n", "x64")).toEqual({
      name: "futex",
      number: 202,
      firstArgument: 127,
    });
    expect(parseSystemCall("98 0x7f 0x80 0x0 0x0 0x0 0x0 0x7ffd 0x7f8c\n", "arm64")?.name).toBe("futex");
    expect(parseSystemCall("0 0xffffffff00000003 0x0 0x0\n", "x64")).toMatchObject({ name: "read", firstArgument: 3 });
    expect(parseSystemCall("202 0x7f 0x80\n", null)).toMatchObject({ name: null, number: 202 });
    expect(parseSystemCall("202 0x7f 0x80\n", "riscv64")?.name).toBeNull();
    for (const text of ["running\n", "-1 0x7ffd 0x7f8c\n", "", "x", "202"])
      expect(parseSystemCall(text, "x64")).toBeNull();
  });

  test("is its stack, without addresses, and not without end", () => {
    const text = "[<0>] futex_do_wait+0x71/0xa0\n[<0>] do_futex+0x105/0x260\n[<0>] veth_xmit [veth]\nnonsense\n";
    expect(parseKernelStack(text)).toEqual(["futex_do_wait", "do_futex", "veth_xmit"]);
    expect(parseKernelStack("[<0>] a+0x1/0x2\n".repeat(1_000))).toHaveLength(32);
    expect(parseKernelStack("")).toEqual([]);
  });
});

describe("the call that does not come back", () => {
  const call = (functionName: string, lineNumber = 1, from = 0): CallFrame => ({
    ...{ functionName, url: "/a.js", location: { scriptId: "1", lineNumber } },
    functionLocation: { scriptId: "1", lineNumber: from },
  });

  test("is the innermost that all looks have, where the last one saw it", () => {
    const [main, loop] = [call("main", 90), call("loop", 5)];
    const looks = [
      [call("left"), loop, main],
      [call("right"), call("loop", 6), main],
      [call("loop", 7), main],
    ];
    expect(commonCall(looks)).toMatchObject({ functionName: "loop", location: { lineNumber: 7 } });
    expect(
      commonCall([
        [call("a", 1, 1), main],
        [call("a", 1, 2), main],
      ]),
    ).toMatchObject({ functionName: "main" });
  });

  test("is none where the looks have nothing in common", () => {
    expect(commonCall([[call("tick", 1, 1)], [call("tock", 1, 2)]])).toBeNull();
    expect(commonCall([[call("tick")], []])).toBeNull();
    expect(commonCall([])).toBeNull();
  });
});
