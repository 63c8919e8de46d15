import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { agentEnvironment, loginShell, readLoginEnvironment } from "../../../src/engine/common/loginEnvironment.ts";
import { readProcessStat } from "../../../src/engine/common/processIdentity.ts";
import { eventually } from "../serve/serverFixture.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sa-shell-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A shell whose start-up files do what `startUp` says before it runs its `-lic` script. */
function shell(startUp: string): string {
  const path = join(folder, "shell");
  writeFileSync(path, `#!/bin/sh\n${startUp}\nexec /bin/sh -c "$2"\n`, { mode: 0o755 });
  return path;
}

const own = { PATH: "/own/bin:/usr/bin:/bin", HOME: "/own" };

describe("login environment", () => {
  test("is read from between the markers, whatever start-up files print around it", async () => {
    const path = shell("echo PATH=/wrong; printf 'Welcome\\0to'; export PATH=/login/bin:$PATH MULTI='two\nlines = ='");
    const { env, notice } = await readLoginEnvironment(own, path, 5_000);
    expect(notice).toBeNull();
    expect(env).toMatchObject({ PATH: `/login/bin:${own.PATH}`, MULTI: "two\nlines = =", HOME: "/own" });
  });

  test("a daemon left behind by start-up files does not keep it waiting", async () => {
    const pidFile = join(folder, "pid");
    const { notice } = await readLoginEnvironment(own, shell(`sleep 1000 & echo $! > ${pidFile}`), 5_000);
    process.kill(Number(readFileSync(pidFile, "utf8")), "SIGKILL");
    expect(notice).toBeNull();
  });

  test("a real bash answers", async () => {
    const { env, notice } = await readLoginEnvironment({ ...own, HOME: folder }, "/bin/bash", 5_000);
    expect(notice).toBeNull();
    expect(env["PATH"]).toBeTruthy();
  });

  test("a shell that hangs is ended with its children at the deadline; ours is used, and that is said", async () => {
    const pidFile = join(folder, "pid");
    const path = shell(`sleep 1000 & echo $! > ${pidFile}; wait`);
    const { env, notice } = await readLoginEnvironment(own, path, 300);
    expect(env).toEqual(own);
    expect(notice).toMatchObject({
      code: "loginShell.failed",
      args: { shell: path, reason: "no answer within 300 ms" },
    });
    const child = Number(readFileSync(pidFile, "utf8"));
    await eventually(() => {
      const state = readProcessStat(child)?.state;
      return state === undefined || state === "Z";
    }, "its child has ended");
  });

  test.each([
    ["ends early", "exit 3"],
    ["prints nothing useful", "echo hello; exit 0"],
  ])("a shell that %s: ours is used, and that is said", async (_, startUp) => {
    const { env, notice } = await readLoginEnvironment(own, shell(startUp), 5_000);
    expect([env, notice?.code]).toEqual([own, "loginShell.failed"]);
  });

  test("a shell that floods its output is ended", async () => {
    const { notice } = await readLoginEnvironment(own, shell("exec yes"), 10_000);
    expect(notice?.args["reason"]).toMatch(/more than \d+ bytes/);
  });

  test("a shell that is not there: ours is used, and that is said", async () => {
    const { env, notice } = await readLoginEnvironment(own, "/nowhere/sh", 5_000);
    expect([env, notice?.code]).toEqual([own, "loginShell.failed"]);
  });

  test("an account without a login shell is not asked", () => {
    expect(loginShell({ SHELL: "/usr/sbin/nologin" })).toBeNull();
    expect(loginShell({ SHELL: "/bin/false" })).toBeNull();
    expect(loginShell({ SHELL: "bash" })).toBeNull();
    expect(loginShell({ SHELL: "/bin/zsh" })).toBe("/bin/zsh");
  });
});

describe("environment of an agent", () => {
  const login = {
    PATH: "/bin",
    HOME: "/home/u",
    LC_ALL: "C",
    XDG_RUNTIME_DIR: "/run",
    https_proxy: "p",
    HTTPS_PROXY: "P",
    SSL_CERT_FILE: "/c",
    SSH_AUTH_SOCK: "/s",
    AWS_SECRET_ACCESS_KEY: "secret",
    NODE_OPTIONS: "--inspect",
    VSCODE_PID: "1",
    ELECTRON_RUN_AS_NODE: "1",
    SWARM_SPAWN_ID: "x.y",
    LD_PRELOAD: "/evil.so",
  };

  test("takes what is allowed from the login environment and nothing else", () => {
    const kept = [
      "PATH",
      "HOME",
      "LC_ALL",
      "XDG_RUNTIME_DIR",
      "https_proxy",
      "HTTPS_PROXY",
      "SSL_CERT_FILE",
      "SSH_AUTH_SOCK",
    ];
    expect(Object.keys(agentEnvironment(login, {}, "linux"))).toEqual(kept);
  });

  test("the swarm's own goes on top, but for what belongs to the editor", () => {
    const env = agentEnvironment(
      login,
      { PATH: "/own", API_KEY: "k", NODE_OPTIONS: "-r x", VSCODE_X: "1", electron_y: "1" },
      "linux",
    );
    expect(env).toMatchObject({ PATH: "/own", API_KEY: "k" });
    expect(Object.keys(env).filter((name) => /^(?:NODE_OPTIONS|VSCODE_|electron_)/.test(name))).toEqual([]);
  });

  test("on Windows names are compared without case", () => {
    const windows = { Path: "C:\\bin", SystemRoot: "C:\\Windows", ComSpec: "cmd", Secret: "s" };
    expect(Object.keys(agentEnvironment(windows, {}, "win32"))).toEqual(["Path", "SystemRoot", "ComSpec"]);
    expect(Object.keys(agentEnvironment(windows, {}, "linux"))).toEqual([]);
  });

  test("a variable called `__proto__` stays a variable", () => {
    const env = agentEnvironment({}, JSON.parse('{"__proto__":"x"}') as Record<string, string>, "linux");
    expect(Object.getPrototypeOf(env)).toBe(Object.prototype);
    expect(Object.keys(env)).toEqual(["__proto__"]);
  });
});
