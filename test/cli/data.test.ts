import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { writeOwn } from "../../src/cli/terminal.ts";
import { CodedError } from "../../src/engine/common/errors.ts";
import { backupOutput, cliError, diagnosticsOutput, exitCode } from "../../src/engine/protocol/cli.ts";
import { runFake, WORKING_FOLDER } from "./fakeWorld.ts";
import { diagnosticsSample } from "./samples.ts";

describe("backup", () => {
  const copied = {
    "store/backup": ({ path }: { path?: string }) => ({ path: path ?? "/state/b.db", bytes: 5e6, elapsedMs: 40 }),
  };

  test("names the file from the caller's own folder, or lets the engine choose", async () => {
    const named = await runFake(["backup", "--output", "copy.db", "--json"], { answers: copied });
    expect(named.exit).toBe(exitCode.ok);
    expect(named.calls).toEqual([{ method: "store/backup", params: { path: `${WORKING_FOLDER}/copy.db` } }]);
    expect(backupOutput.parse(named.json())).toEqual(named.json());
    const chosen = await runFake(["backup"], { answers: copied });
    expect(chosen.calls[0]?.params).toEqual({});
    expect(chosen.stdout).toBe("copied  5.0 MB in 40 ms to /state/b.db\n");
  });

  test("that was refused ends with 1, and one whose answer was lost with 4", async () => {
    const refuse = (code: string) => ({ "store/backup": () => Promise.reject(new CodedError(code, { path: "/b" })) });
    expect((await runFake(["backup"], { answers: refuse("backup.exists") })).exit).toBe(exitCode.failure);
    expect((await runFake(["backup"], { answers: refuse("rpc.timeout") })).exit).toBe(exitCode.unconfirmed);
  });
});

describe("diagnostics", () => {
  const answers = { "diagnostics/collect": diagnosticsSample };

  test("are printed as JSON, with and without --json", async () => {
    const json = await runFake(["diagnostics", "--json"], { answers });
    expect(json).toMatchObject({ exit: exitCode.ok, written: {} });
    // Nothing is stripped: the contract knows every field.
    expect(diagnosticsOutput.parse(json.json())).toEqual(json.json());
    const text = await runFake(["diagnostics"], { answers });
    expect(JSON.parse(text.stdout)).toEqual(json.json());
    expect(text.stdout.split("\n").length).toBeGreaterThan(20);
  });

  test("go to a new file when one is named", async () => {
    const run = await runFake(["diagnostics", "--output", "d.json"], { answers });
    expect(run.exit).toBe(exitCode.ok);
    expect(JSON.parse(run.written["d.json"] ?? "")).toEqual(diagnosticsSample());
    expect(run.stdout).toMatch(/^written {2}\S+ kB to \/work\/here\/d\.json\n$/);
  });

  test("replace an existing file with --force only", async () => {
    const files = { "d.json": "mine" };
    const refused = await runFake(["diagnostics", "--output", "d.json", "--json"], { answers, files });
    expect(refused).toMatchObject({ exit: exitCode.failure, written: {} });
    expect(cliError.parse(refused.json()).error).toMatchObject({ code: "file.exists" });
    const forced = await runFake(["diagnostics", "--output", "d.json", "--force"], { answers, files });
    expect(forced.exit).toBe(exitCode.ok);
    expect(Object.keys(forced.written)).toEqual(["d.json"]);
  });

  test("--force without a file is a usage error", async () => {
    expect((await runFake(["diagnostics", "--force"])).exit).toBe(exitCode.usage);
  });
});

describe("a file that is written", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "sw-cli-file-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const mode = (path: string) => statSync(path).mode & 0o777;

  test("is new, whole and its owner's only", async () => {
    const path = join(folder, "new.json");
    expect(await writeOwn(path, "text", false)).toBe(path);
    expect(readFileSync(path, "utf8")).toBe("text");
    expect(mode(path)).toBe(0o600);
  });

  test("is left alone when it exists, and replaced only on request, then with its own permissions", async () => {
    const path = join(folder, "old.json");
    writeFileSync(path, "old");
    chmodSync(path, 0o644);
    await expect(writeOwn(path, "new", false)).rejects.toMatchObject({ code: "file.exists", args: { path } });
    expect(readFileSync(path, "utf8")).toBe("old");
    await writeOwn(path, "new", true);
    expect(readFileSync(path, "utf8")).toBe("new");
    expect(mode(path)).toBe(0o600);
    expect(readdirSync(folder)).toEqual(["old.json"]);
  });

  test("in a place that cannot be is refused with the reason, and leaves nothing behind", async () => {
    mkdirSync(join(folder, "taken"));
    await expect(writeOwn(join(folder, "none", "x"), "", false)).rejects.toMatchObject({
      code: "file.unwritable",
      args: { reason: "there is no such file or folder" },
    });
    await expect(writeOwn(join(folder, "taken"), "", true)).rejects.toMatchObject({ code: "file.unwritable" });
    expect(readdirSync(folder)).toEqual(["taken"]);
  });
});
