import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import {
  listPids,
  parseStat,
  readEnvironmentVariable,
  readMachineIdentity,
  readProcessStat,
  readStartTime,
} from "../../../src/engine/common/processIdentity.ts";

const FIELDS = "S 7 12 13 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 987654 1000 1 18446744073709551615";

describe("parseStat", () => {
  test.each(["plain", "with blank", ") R 1 1 1 (", "((", "a) S 2", ""])(
    "a name like %j does not shift the fields",
    (name) => {
      expect(parseStat(9, `9 (${name}) ${FIELDS}`)).toEqual({
        pid: 9,
        state: "S",
        parentPid: 7,
        processGroup: 12,
        session: 13,
        startTime: 987654,
      });
    },
  );

  test("half a line is nothing", () => {
    expect(parseStat(9, "9 (x) S 7 12")).toBeNull();
    expect(parseStat(9, "")).toBeNull();
  });
});

describe.runIf(process.platform === "linux")("on Linux", () => {
  test("we see ourselves, and nothing under a pid that cannot be", () => {
    const own = readProcessStat(process.pid);
    expect(own).toMatchObject({ pid: process.pid, parentPid: process.ppid });
    expect(readStartTime(process.pid)).toBe(own?.startTime);
    expect(listPids()).toContain(process.pid);
    for (const pid of [0, -1, NaN, 1.5, 2 ** 30]) expect(readProcessStat(pid)).toBeNull();
  });

  test("a variable is read from the environment a process was started with, by its whole name", async () => {
    const child = spawn("sleep", ["1000"], {
      env: { PATH: process.env["PATH"] ?? "", FIRST: "1", MARK: "a=b", MARK2: "no", EMPTY: "" },
    });
    await once(child, "spawn");
    const pid = child.pid ?? 0;
    expect(readEnvironmentVariable(pid, "MARK")).toBe("a=b");
    expect(readEnvironmentVariable(pid, "FIRST")).toBe("1");
    expect(readEnvironmentVariable(pid, "EMPTY")).toBe("");
    expect(readEnvironmentVariable(pid, "ARK")).toBeNull();
    expect(readEnvironmentVariable(pid, "OTHER")).toBeNull();
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
    expect(readEnvironmentVariable(pid, "MARK")).toBeNull();
    expect(readProcessStat(pid)).toBeNull();
  });

  test("the machine has a boot id and a pid namespace, the same at every look", () => {
    const identity = readMachineIdentity();
    expect(identity.bootId).toMatch(/^[0-9a-f-]{36}$/);
    expect(identity.pidNamespace).toMatch(/^\d+$/);
    expect(readMachineIdentity()).toEqual(identity);
  });
});
