import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ownToken, readHeadersFile, readTokenFile } from "../../../../src/engine/serve/doors/secretFile.ts";
import { readSecretFile } from "../../../../src/engine/common/secretFile.ts";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "secret-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function file(text: string, mode = 0o600): string {
  const path = join(folder, "secret");
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}
const TOKEN = "a".repeat(40);

describe("a secret file", () => {
  test("is read when it is the user's alone", () => {
    expect(readSecretFile(file("word\n"), "door.secretUnusable")).toBe("word\n");
    expect(readTokenFile(file(`${TOKEN}\n`))).toBe(TOKEN);
  });

  test.each([0o644, 0o640, 0o604, 0o620, 0o666])("is refused when others may read or write it (%o)", (mode) => {
    expect(() => readSecretFile(file("word", mode), "door.secretUnusable")).toThrow(/chmod 600/);
  });

  test("is refused when it is not there, a folder, a pipe or too long, without blocking", () => {
    expect(() => readSecretFile(join(folder, "none"), "door.secretUnusable")).toThrow(/not there/);
    expect(() => readSecretFile(folder, "door.secretUnusable")).toThrow(/not a file/);
    const pipe = join(folder, "pipe");
    spawnSync("mkfifo", ["-m", "600", pipe]);
    expect(() => readSecretFile(pipe, "door.secretUnusable")).toThrow(/not a file/);
    expect(() => readSecretFile("/dev/zero", "door.secretUnusable")).toThrow(/not a file/);
    expect(() => readSecretFile(file("x".repeat(20_000)), "door.secretUnusable")).toThrow(/longer than/);
  });

  test("of ours may be no link; one of the operator's may", () => {
    const link = join(folder, "link");
    symlinkSync(file(TOKEN), link);
    expect(readTokenFile(link)).toBe(TOKEN);
    expect(() => readTokenFile(link, true)).toThrow(/secretUnusable/);
  });

  test.each(["", "short", "with space ".repeat(5), `${TOKEN}\n${TOKEN}`, "é".repeat(40), "a".repeat(600)])(
    "with %j holds no token, and its content is not told",
    (text) => {
      try {
        readTokenFile(file(text));
        expect.fail("taken");
      } catch (error) {
        expect(error).toMatchObject({ code: "door.secretUnusable" });
        if (text.length > 4) expect(String(error)).not.toContain(text.trim());
      }
    },
  );
});

describe("the door's own token", () => {
  test("is made once, long, and for its owner alone", () => {
    const path = join(folder, "metrics.token");
    const token = ownToken(path);
    expect(token).toMatch(/^[\w-]{43}$/);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, "utf8")).toBe(`${token}\n`);
    expect(ownToken(path)).toBe(token);
  });

  test("is replaced when others could have read it, and when it is none", () => {
    const path = join(folder, "metrics.token");
    const token = ownToken(path);
    chmodSync(path, 0o644);
    const next = ownToken(path);
    expect(next).not.toBe(token);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    writeFileSync(path, "short");
    expect(ownToken(path)).not.toBe(next);
  });

  test("never follows a link that lies in its place", () => {
    const target = file("not ours to write");
    const path = join(folder, "metrics.token");
    symlinkSync(target, path);
    ownToken(path);
    expect(readFileSync(target, "utf8")).toBe("not ours to write");
    expect(statSync(path).isFile()).toBe(true);
  });
});

describe("a file of headers", () => {
  test("is a header a line; empty lines and remarks say nothing", () => {
    expect(readHeadersFile(file("# key\nAuthorization: Api-Key abc\r\n\n x-scope : 7 \n"))).toEqual({
      authorization: "Api-Key abc",
      "x-scope": "7",
    });
  });

  test.each([
    "no colon",
    "Host: evil",
    "content-length: 1",
    "Transfer-Encoding: chunked",
    "a: 1\nA: 2",
    "a b: 1",
    ": x",
    "a: \u0001",
    "a: é",
    Array.from({ length: 21 }, (_, i) => `x${i}: 1`).join("\n"),
  ])("with %j is refused, by the number of the line and not by what stands there", (text) => {
    try {
      readHeadersFile(file(`${text}\n`));
      expect.fail("taken");
    } catch (error) {
      expect(String(error)).toMatch(/line \d+: /);
      expect(String(error)).not.toContain("evil");
    }
  });
});
