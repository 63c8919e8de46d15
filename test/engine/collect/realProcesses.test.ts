import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createCollector, type StartedCollector } from "../../../src/engine/collect/collector.ts";
import { createRecognizer } from "../../../src/engine/collect/recognition.ts";
import { systemClock } from "../../../src/engine/common/clock.ts";
import type { AgentRecognizer } from "../../../src/engine/ports.ts";
import type { FoundAgent } from "../../../src/engine/protocol/model.ts";

const DEADLINE_MS = 15_000;
const STAY = "setInterval(() => {}, 60_000);";

/** Agents' names on programs of our own, looked for in the real process table. */
describe.runIf(process.platform === "linux")("real processes", () => {
  let folder: string;
  let collector: StartedCollector;
  let recognizer: AgentRecognizer;
  const started: ChildProcess[] = [];

  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "real-agents-")));
    collector = createCollector({
      clock: systemClock,
      facts: { load: () => Promise.reject(new Error("not asked for here")) },
    });
    recognizer = createRecognizer();
  });

  afterEach(async () => {
    for (const child of started.splice(0)) {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, "exit");
        // Its own process group: what it started goes with it.
        process.kill(-(child.pid as number), "SIGKILL");
        await ended;
      }
    }
    collector.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  function write(path: string, text: string): string {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  }

  function nodeAs(path: string): string {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    symlinkSync(process.execPath, file);
    return file;
  }

  function start(command: string, args: readonly string[], cwd = folder): number {
    const child = spawn(command, args, { cwd, stdio: "ignore", detached: true });
    started.push(child);
    return child.pid as number;
  }

  const look = (): readonly FoundAgent[] => recognizer.recognize(collector.read(), new Set());

  /** The agent of a pid once it looks as it should. */
  async function until(pid: number, fits: (agent: FoundAgent | undefined) => boolean): Promise<FoundAgent | undefined> {
    const deadline = performance.now() + DEADLINE_MS;
    for (;;) {
      const agent = look().find((one) => one.identity.pid === pid);
      if (fits(agent)) return agent;
      if (performance.now() > deadline)
        throw new Error(`still not so after ${DEADLINE_MS} ms: ${JSON.stringify(agent)}`);
      await pause(20);
    }
  }

  test("a native claude is found with its MCP server and its tool shell, in its Git root, and gone after its end", async () => {
    mkdirSync(join(folder, "work/.git"), { recursive: true });
    mkdirSync(join(folder, "work/packages/a"), { recursive: true });
    const server = write("servers/node_modules/weather-mcp/index.js", STAY);
    const script = write(
      "claude-body.cjs",
      `const { spawn } = require("node:child_process");
       spawn(${JSON.stringify(process.execPath)}, [${JSON.stringify(server)}], { stdio: "ignore" });
       spawn("/bin/sh", ["-c", "sleep 300; true"], { stdio: "ignore" });
       ${STAY}`,
    );
    const pid = start(nodeAs("bin/claude"), ["-r", script, "-e", STAY], join(folder, "work/packages/a"));
    // The shell's child bears the shell's name until it has become the other program.
    const hasSleep = (one: { readonly name: string }): boolean => one.name === "sleep";
    const agent = await until(pid, (one) => one?.processes.length === 4 && one.processes.some(hasSleep));
    expect(agent).toMatchObject({ kind: "claude-code", directory: join(folder, "work") });
    expect(agent?.processes.map((one) => `${one.role} ${one.name}`).toSorted()).toEqual([
      "agent claude",
      "helper weather-mcp",
      "tool sh",
      "tool sleep",
    ]);
    expect(agent?.usage.rssBytes).toBeGreaterThan(20e6);
    process.kill(-pid, "SIGKILL");
    await until(pid, (one) => one === undefined);
  });

  test("node that gives itself the title claude is found from then on", async () => {
    const go = join(folder, "go");
    const waits = `const fs = require("node:fs"); setInterval(() => { if (fs.existsSync(${JSON.stringify(go)})) process.title = "claude"; }, 20);`;
    const pid = start(process.execPath, [write("cli.cjs", waits)]);
    const deadline = performance.now() + DEADLINE_MS;
    while (!collector.read().processes.get(pid)?.args.includes(join(folder, "cli.cjs"))) {
      if (performance.now() > deadline) throw new Error("not seen as a script");
      await pause(20);
    }
    expect(look().some((one) => one.identity.pid === pid)).toBe(false);
    writeFileSync(go, "");
    const agent = await until(pid, (one) => one !== undefined);
    expect(agent?.kind).toBe("claude-code");
  });

  test("codex is one agent though its script starts the native program", async () => {
    const native = nodeAs("node_modules/@openai/codex/vendor/codex");
    const body = `require("node:child_process").spawn(${JSON.stringify(native)}, ["-e", ${JSON.stringify(STAY)}], { stdio: "ignore" }); ${STAY}`;
    const pid = start(process.execPath, [
      "--no-warnings",
      write("node_modules/@openai/codex/bin/codex.cjs", body),
      "exec",
      "x",
    ]);
    const agent = await until(pid, (one) => one?.processes.length === 2);
    expect(agent?.processes.map((one) => one.role)).toEqual(["agent", "agent"]);
    expect(
      look().filter((one) => one.processes.some((owned) => owned.identity.pid === agent?.processes[1]?.identity.pid)),
    ).toHaveLength(1);
  });

  test("a shell that execs into an agent is found under its pid", async () => {
    const go = join(folder, "go");
    const claude = nodeAs("claude");
    const pid = start("/bin/sh", ["-c", `while [ ! -e ${go} ]; do sleep 0.05; done; exec ${claude} -e '${STAY}'`]);
    await until(pid, (one) => one === undefined);
    writeFileSync(go, "");
    expect((await until(pid, (one) => one !== undefined))?.kind).toBe("claude-code");
  });

  test("a file called claude in an editor's arguments is no agent", async () => {
    const pid = start("/bin/sleep", ["300"]);
    const shell = start("/bin/sh", ["-c", "sleep 300 # claude codex"]);
    await pause(0);
    const deadline = performance.now() + DEADLINE_MS;
    while (!collector.read().processes.has(shell) && performance.now() < deadline) await pause(20);
    expect(look().filter((one) => one.identity.pid === pid || one.identity.pid === shell)).toEqual([]);
  });
});
