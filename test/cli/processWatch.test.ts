import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { watchProcess } from "../../src/cli/processWatch.ts";

test("a process is there until it has ended", async () => {
  const child = spawn(process.execPath, ["-e", "process.stdin.resume()"], { stdio: ["pipe", "ignore", "ignore"] });
  const gone = watchProcess(child.pid ?? expect.fail("not started"));
  expect(gone()).toBe(false);
  const exited = once(child, "exit");
  child.stdin.end();
  await exited;
  expect(gone()).toBe(true);
});

test("one that was gone before counts as gone, whoever gets its pid later", async () => {
  const child = spawn(process.execPath, ["-e", ""], { stdio: "ignore" });
  await once(child, "exit");
  expect(watchProcess(child.pid ?? expect.fail("not started"))()).toBe(true);
});

test.each([1, 0, -1, 1.5, Number.NaN])("refuses the pid %s", (pid) => {
  expect(() => watchProcess(pid)).toThrow(RangeError);
});
