import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findRuntime, OLDEST_NODE, type RuntimeSurroundings } from "../../../src/engine/client/runtime.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sa-node-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A program that answers as a Node of that version would. */
function fakeNode(name: string, version: string): string {
  const path = join(folder, name, "node");
  mkdirSync(join(folder, name));
  writeFileSync(path, `#!/bin/sh\necho '${version}'\n`, { mode: 0o755 });
  return path;
}

function from(path: readonly string[], some: Partial<RuntimeSurroundings> = {}): RuntimeSurroundings {
  return {
    execPath: "/own/node",
    versions: { node: "24.0.0" },
    platform: "linux",
    appImage: undefined,
    login: async () => ({ env: { PATH: path.join(delimiter) }, notice: null }),
    ...some,
  };
}

describe("swarm.nodePath", () => {
  test("is used when it is new enough, and the PATH is not asked", async () => {
    const path = fakeNode("a", OLDEST_NODE);
    const login = () => Promise.reject(new Error("must not be asked"));
    expect(await findRuntime(path, from([], { login }))).toEqual({ command: path, env: {}, notices: [] });
  });

  test("too old: the error names path, version and what is needed", async () => {
    const path = fakeNode("a", "22.14.9");
    await expect(findRuntime(path, from([]))).rejects.toMatchObject({
      code: "node.tooOld",
      args: { path, version: "22.14.9", needed: OLDEST_NODE },
    });
  });

  test.each(["/nowhere/node", "node", "/etc/passwd", "/bin/true"])(
    "%s is no Node: the error names it",
    async (path) => {
      await expect(findRuntime(path, from([]))).rejects.toMatchObject({ code: "node.missing", args: { path } });
    },
  );
});

describe("without it", () => {
  test("the first node on the login PATH that is new enough", async () => {
    const old = fakeNode("old", "20.19.0");
    const good = fakeNode("good", "22.15.0");
    const newer = fakeNode("newer", "24.1.0");
    const path = ["relative", "/nowhere", join(old, ".."), join(good, ".."), join(newer, "..")];
    expect((await findRuntime(undefined, from(path))).command).toBe(good);
    expect((await findRuntime("", from(path))).command).toBe(good);
  });

  test("one that is broken is passed over, one that is linked twice asked once", async () => {
    const broken = fakeNode("broken", "no version");
    mkdirSync(join(folder, "link"));
    symlinkSync(broken, join(folder, "link", "node"));
    const good = fakeNode("good", "22.15.0");
    const path = [join(broken, ".."), join(folder, "link"), join(good, "..")];
    expect((await findRuntime(undefined, from(path))).command).toBe(good);
  });

  test("none on the PATH: what runs us, as it is when it is Node", async () => {
    expect(await findRuntime(undefined, from([]))).toEqual({ command: "/own/node", env: {}, notices: [] });
  });

  test("none on the PATH: the editor as Node", async () => {
    const editor = { execPath: "/editor/code", versions: { node: "22.21.0", electron: "39.0.0" } };
    expect(await findRuntime(undefined, from([], editor))).toEqual({
      command: "/editor/code",
      env: { ELECTRON_RUN_AS_NODE: "1" },
      notices: [],
    });
  });

  test.each([
    ["in an AppImage", { appImage: "/home/u/Code.AppImage" }],
    ["on Windows", { platform: "win32" as const }],
  ])("the editor %s cannot outlive its last window, and that is said", async (_, some) => {
    const editor = { execPath: "/editor/code", versions: { node: "22.21.0", electron: "39.0.0" }, ...some };
    expect((await findRuntime(undefined, from([], editor))).notices).toEqual([
      { code: "runtime.endsWithEditor", args: { path: "/editor/code" } },
    ]);
  });

  test("what runs us is too old as well: an error that says so", async () => {
    const surroundings = from([], { versions: { node: "20.19.0" } });
    await expect(findRuntime(undefined, surroundings)).rejects.toMatchObject({
      code: "node.tooOld",
      args: { path: "/own/node", version: "20.19.0", needed: OLDEST_NODE },
    });
  });

  test("a login shell that could not be asked is passed on as a notice", async () => {
    const notice = { code: "loginShell.failed", args: {} };
    const login = async () => ({ env: {}, notice });
    expect((await findRuntime(undefined, from([], { login }))).notices).toEqual([notice]);
  });
});
