import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { cliError, exitCode, profilePerformanceOutput, stacksOutput } from "../../src/engine/protocol/cli.ts";
import { endAll, isUntouched, startNode } from "../profiler/realProcess.ts";
import { bundle, cli, home, json, status, tidyUp, until } from "./realCli.ts";

/** The whole way: command line, engine, a real process that somebody else started. */
describe.runIf(process.platform === "linux")("a profile from the command line, with a real engine", () => {
  beforeAll(bundle, 60_000);
  afterEach(endAll);
  afterAll(tidyUp, 60_000);

  test(
    "names the hot function, keeps its files for the owner alone, and leaves the process as it was",
    { timeout: 60_000 },
    async () => {
      const target = await startNode("hot");
      const asked = ["profile-performance", "--pid", String(target.pid), "--duration", "1500", "--components", "cpu"];
      const unasked = await cli(...asked, "--json");
      expect(unasked.exit).toBe(exitCode.usage);
      expect(cliError.parse(JSON.parse(unasked.stdout)).error.code).toBe("confirm.inspector");
      expect(isUntouched(target)).toBe(true);

      const report = profilePerformanceOutput.parse(await json(...asked, "--yes"));
      expect(report).toMatchObject({ inspected: true, leftOpen: null, ended: false, missing: [], memory: null });
      expect(report.cpu?.hotspots[0]).toMatchObject({ name: "plantedHot", line: 3 });
      const path = report.cpu?.flamegraph?.path ?? expect.fail("no file");
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(JSON.parse(readFileSync(path, "utf8"))).toHaveProperty("timeDeltas");
      expect(isUntouched(target)).toBe(true);
    },
  );

  test("shows where a process hangs", { timeout: 60_000 }, async () => {
    const target = await startNode("hung");
    const { frames } = stacksOutput.parse(await json("stacks", "--pid", String(target.pid), "--yes"));
    expect(frames[0]).toMatchObject({ name: "plantedHang" });
    expect(isUntouched(target)).toBe(true);
  });

  test("that the engine's end cuts short leaves the process as it was", { timeout: 60_000 }, async () => {
    const target = await startNode("hot");
    const profile = cli("profile-performance", "--pid", String(target.pid), "--duration", "600000", "--yes", "--json");
    await until("its inspector is open", () => !isUntouched(target));
    await json("engine-restart");
    expect((await profile).exit).not.toBe(exitCode.ok);
    expect(isUntouched(target)).toBe(true);
  });

  test("whose engine is killed is put right by the next one", { timeout: 60_000 }, async () => {
    const { engine } = await status();
    const target = await startNode("hot");
    const profile = cli("profile-performance", "--pid", String(target.pid), "--duration", "600000", "--yes", "--json");
    await until("the inspector is noted", () => existsSync(join(home, "h", "state", "profiles", "open.json")));
    process.kill(engine.pid, "SIGKILL");
    expect((await profile).exit).not.toBe(exitCode.ok);
    await until("its inspector is closed", () => isUntouched(target));
  });

  test("of the engine itself, and of nobody, is refused", { timeout: 60_000 }, async () => {
    const { engine } = await status();
    for (const [pid, code] of [
      [engine.pid, "profile.own"],
      [2 ** 22 + 9, "profile.noProcess"],
    ] as const) {
      const refused = await cli("profile-performance", "--pid", String(pid), "--yes", "--json");
      expect(cliError.parse(JSON.parse(refused.stdout)).error.code).toBe(code);
    }
  });
});
